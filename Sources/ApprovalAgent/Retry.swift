import ApprovalCore
import Synchronization

/// How patiently an exchange is repeated. Milliseconds.
package struct RetryBounds: Hashable, Sendable {
    /// Attempts of one call, the first included.
    package var attempts = 5
    /// The first wait; each further one doubles.
    package var firstWait: Int64 = 200
    package var longestWait: Int64 = 5_000
    /// What one call may wait in all, `Retry-After` included.
    package var totalWait: Int64 = 30_000
    /// Failures in a row that open the breaker.
    package var failuresToOpen = 10
    /// While the breaker is open, one request in this time.
    package var probeInterval: Int64 = 1_000
    /// Retries that may be made beyond a tenth of the successes.
    package var budget = 10.0

    package init() {}
}

/// Decides whether and when an exchange may be repeated: a budget so that an outage sees at most
/// 1.1 times the normal load, and a breaker so that it sees one request a second.
final class RetryGovernor: Sendable {
    private struct State {
        var tokens: Double
        var failures = 0
        var nextProbe: Int64 = .min
        /// Until when commands are not sent, after the platform refused a signature twice.
        var refusedUntil: Int64?
        var refusals = 0
        /// Requests whose approving POST was sent and not seen to be taken.
        var undelivered: Set<ApprovalRequestID> = []
    }

    /// How long commands rest after a 401 that a new nonce did not mend, in milliseconds.
    static let refusal: Int64 = 60_000
    /// Undelivered requests that are remembered; beyond it each POST takes a token.
    static let maximumUndelivered = 10_000

    private let bounds: RetryBounds
    private let state: Mutex<State>

    init(bounds: RetryBounds) {
        self.bounds = bounds
        state = Mutex(State(tokens: bounds.budget))
    }

    /// How long a request must wait before it may be sent; 0 where the breaker is closed or this
    /// is its probe. A wait reserves the probe's place.
    func delay(at now: UnixTime) -> Int64 {
        state.withLock { state in
            guard state.failures >= bounds.failuresToOpen else { return 0 }
            // A clock that stepped back must not put the probes off.
            if state.nextProbe - now.milliseconds > bounds.totalWait + bounds.probeInterval {
                state.nextProbe = now.milliseconds
            }
            let turn = max(now.milliseconds, state.nextProbe)
            guard turn - now.milliseconds <= bounds.totalWait else { return bounds.totalWait + 1 }
            state.nextProbe = turn + bounds.probeInterval
            return turn - now.milliseconds
        }
    }

    /// The exchange did what it was for: this alone refills the budget.
    func succeeded() {
        answered()
        state.withLock { $0.tokens = min(bounds.budget, $0.tokens + 0.1) }
    }

    /// The platform is there, whatever it said.
    func answered() {
        state.withLock {
            $0.failures = 0
            $0.nextProbe = .min
        }
    }

    func failed(at now: UnixTime) {
        state.withLock {
            $0.failures += 1
            if $0.failures == bounds.failuresToOpen {
                $0.nextProbe = now.milliseconds + bounds.probeInterval
            }
        }
    }

    /// Whether a POST of this approval may be sent: the first one always, a repeated one for a
    /// token.
    func mayDeliver(_ id: ApprovalRequestID) -> Bool {
        let isFirst = state.withLock { state in
            guard state.undelivered.count < Self.maximumUndelivered else { return false }
            return state.undelivered.insert(id).inserted
        }
        return isFirst || takeToken()
    }

    func delivered(_ id: ApprovalRequestID) {
        state.withLock { _ = $0.undelivered.remove(id) }
    }

    /// Notes that a command ended as 401. The second in a row was no matter of the nonce:
    /// approvals stop for a while.
    func commandWasRefused(at now: UnixTime, isSecond: Bool) {
        state.withLock {
            $0.refusals += 1
            guard isSecond || $0.refusals >= 2 else { return }
            $0.refusedUntil = now.milliseconds + Self.refusal
            $0.refusals = 0
        }
    }

    func commandWasTaken() { state.withLock { $0.refusals = 0 } }

    func isRefusedCommands(at now: UnixTime) -> Bool {
        state.withLock { state in
            // A clock that stepped back must not make the rest longer.
            state.refusedUntil.map { (1...Self.refusal).contains($0 - now.milliseconds) } ?? false
        }
    }

    /// Takes a token for one retry; false where the budget is spent.
    func takeToken() -> Bool {
        state.withLock {
            guard $0.tokens >= 1 else { return false }
            $0.tokens -= 1
            return true
        }
    }
}

/// What one error means for the exchange that it ended: decided here and nowhere else.
enum Retriability {
    /// The platform did not act on it, or it was only a question.
    case again(after: Int64?)
    /// 401: once more with a new nonce.
    case onceMore
    /// 404 on something just seen: the platform creates eventually.
    case soon
    case final

    init(_ error: CustodyError, isQuestion: Bool) {
        switch error {
        case .notSent: self = .again(after: nil)
        case .throttled(429, let wait): self = .again(after: wait)
        case .throttled(_, let wait): self = isQuestion ? .again(after: wait) : .final
        case .ambiguous: self = isQuestion ? .again(after: nil) : .final
        case .refused(401): self = .onceMore
        case .refused(404): self = isQuestion ? .soon : .final
        case .refused(408): self = isQuestion ? .again(after: nil) : .final
        case .refused, .malformed: self = .final
        }
    }
}
