import ApprovalAgent
import ApprovalCore
import GRDB
import Synchronization

/// Running totals that grow by settled reservations in the order of their times.
final class Tally: Sendable {
    private struct Key: Hashable, Comparable {
        let series: String
        let key: Verbatim

        static func < (left: Key, right: Key) -> Bool {
            left.series == right.series ? left.key < right.key : left.series < right.series
        }
    }

    private let preparation: Preparation
    private let totals = Mutex<[Key: (sum: RunningTotal, count: Int64)]>([:])

    init(_ preparation: Preparation) { self.preparation = preparation }

    /// The sealed rows of `total` that these reservations make, those of one account together: so
    /// they go into few pages.
    func rows(of reservations: some Sequence<Int64>, _ tables: Tables) throws -> [[DatabaseValue]] {
        var rows: [Key: [[DatabaseValue]]] = [:]
        for number in reservations {
            let reservation = try tables.reservation(number)
            guard let time = reservation.countedAt else {
                throw LedgerError.unexpected("counted_at")
            }
            for membership in preparation.memberships(of: reservation.exposure) {
                let key = Key(series: membership.limit, key: Verbatim(membership.key))
                let total = try add(membership, to: key)
                rows[key, default: []].append(
                    tables.sealed(
                        .total,
                        [
                            .text(membership.limit), .verbatim(membership.key), .time(time),
                            .integer(number), .bytes(total.sum.bytes), .integer(total.count),
                        ]))
            }
        }
        return rows.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    private func add(
        _ membership: LimitMembership, to key: Key
    ) throws -> (sum: RunningTotal, count: Int64) {
        try totals.withLock { totals in
            let last = totals[key] ?? (.zero, 0)
            let next = (sum: try last.sum.adding(membership), count: last.count + 1)
            totals[key] = next
            return next
        }
    }
}
