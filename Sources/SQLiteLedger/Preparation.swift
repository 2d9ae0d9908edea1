import ApprovalAgent
import ApprovalCore
import Synchronization

/// What is built aside for a policy that is not active yet: series that no counter reads, and
/// destinations of a batch that is not known. Nothing of it counts before the policy is active;
/// what a stop leaves of it is removed by the next preparation.
struct Preparation: Sendable {
    /// Tells preparations apart; the last one begun is the only one that goes on.
    let number: Int64
    let policy: Policy
    let digest: Digest
    /// The series of every counter, by name.
    let series: [String: String]
    /// Those that are built.
    let new: Set<String>
    /// Under which new destinations are noted.
    let batch: Int64
    /// Whether the destinations have to be looked through.
    let looksForDestinations: Bool
    /// Reservations up to and with this one are counted in the new series; nil until then.
    var upTo: Int64?

    /// Where an exposure counts in the new series, each named once.
    func memberships(of exposure: Exposure) -> [LimitMembership] {
        guard !new.isEmpty else { return [] }
        var seen: Set<String> = []
        return policy.memberships(of: exposure).compactMap { membership in
            guard let name = series[membership.limit], new.contains(name),
                seen.insert(name).inserted
            else { return nil }
            return LimitMembership(limit: name, key: membership.key, amount: membership.amount)
        }
    }
}

/// The one preparation that is under way or waits for its activation. It is changed on the
/// database's queue only, after the commit that it tells of.
final class PreparationBench: Sendable {
    private let state = Mutex<(last: Int64, current: Preparation?)>((0, nil))

    /// The preparation that goes on.
    var current: Preparation? { state.withLock { $0.current } }

    /// A number for the next one.
    func nextNumber() -> Int64 {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    /// Lets this one go on, and no other.
    func put(_ preparation: Preparation) { state.withLock { $0.current = preparation } }

    /// Whether nobody began another one since.
    func isCurrent(_ preparation: Preparation) -> Bool {
        state.withLock { $0.current?.number == preparation.number }
    }

    /// Notes how far the current one has come.
    func reached(_ reservation: Int64) { state.withLock { $0.current?.upTo = reservation } }

    /// It became active.
    func clear() { state.withLock { $0.current = nil } }
}
