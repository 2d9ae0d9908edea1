import ApprovalAgent
import ApprovalCore
import Synchronization

/// What is open in each account of each limit: added up once, from rows whose checksums held, and
/// changed with them, so that a decision costs the same however much is open.
///
/// INVARIANT: I5. Only the connection that writes has one, for nobody else changes those rows. It
/// is forgotten whenever an access fails, because that may have taken changes back.
final class OpenTotals: Sendable {
    private struct Place: Hashable {
        let series: Verbatim
        let key: Verbatim
    }

    private let totals = Mutex<[Place: Account.Total]>([:])

    /// The total of an account; adds it up with `reading` where it is not known.
    func total(
        _ series: String, _ key: String, reading: () throws -> Account.Total
    ) throws -> Account.Total {
        let place = Place(series: Verbatim(series), key: Verbatim(key))
        if let known = totals.withLock({ $0[place] }) { return known }
        let total = try reading()
        // An empty one is read in no time, so that only what is open takes room.
        if total.count > 0 { totals.withLock { $0[place] = total } }
        return total
    }

    /// Counts a row that was added, where its account is known.
    func add(_ membership: LimitMembership) throws {
        try change(membership) { try Account.total($0, with: membership) }
    }

    /// Counts a row that was removed, where its account is known.
    func remove(_ membership: LimitMembership) throws {
        try change(membership) { try Account.total($0, without: membership) }
    }

    /// Knows nothing any more.
    func forget() { totals.withLock { $0 = [:] } }

    private func change(
        _ membership: LimitMembership, _ next: (Account.Total) throws -> Account.Total
    ) throws {
        let place = Place(series: Verbatim(membership.limit), key: Verbatim(membership.key))
        guard let known = totals.withLock({ $0[place] }) else { return }
        let total = try next(known)
        totals.withLock { $0[place] = total.count > 0 ? total : nil }
    }
}
