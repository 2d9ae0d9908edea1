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
    }

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
