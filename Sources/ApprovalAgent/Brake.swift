import ApprovalCore
import Synchronization

/// `brake`: a bound on signatures that no policy can lift. A place is taken with the reservation,
/// inside the ledger's one transaction after another, so no two take the last one.
package final class Brake: Sendable {
    private struct State {
        /// When places were taken within the last minute, oldest first.
        var taken: [UnixTime] = []
        var inPass = 0
    }

    private let perMinute: Int?
    private let perPass: Int?
    private let state = Mutex(State())

    /// nil is no bound.
    package init(perMinute: Int? = nil, perPass: Int? = nil) {
        self.perMinute = perMinute
        self.perPass = perPass
    }

    /// Whether it bounds anything.
    package var isOn: Bool { perMinute != nil || perPass != nil }

    /// What was signed before this process started counts too.
    func remember(_ times: [UnixTime]) { state.withLock { $0.taken = times } }

    func beginPass() { state.withLock { $0.inPass = 0 } }

    /// Takes a place; gives the reason where there is none. A place that is not used in the end
    /// stays taken for its minute.
    func take(at now: UnixTime) -> Reason? {
        guard isOn else { return nil }
        return state.withLock { state in
            let minuteAgo = now.advanced(byMilliseconds: -60_000)
            state.taken.removeAll { $0 <= minuteAgo }
            if let perPass, state.inPass >= perPass {
                return .brake(signatures: perPass, per: "one pass")
            }
            if let perMinute, state.taken.count >= perMinute {
                return .brake(signatures: perMinute, per: "a minute")
            }
            state.taken.append(now)
            state.inPass += 1
            return nil
        }
    }
}
