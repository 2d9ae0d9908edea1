package import ApprovalCore
import Synchronization

/// Holds this host's clock against the platform's `Date`.
///
/// Beyond the bound, or without a `Date` for three polls, nothing is approved.
package final class ClockWatch: Sendable {
    private struct State {
        var skew: Int64?
        /// What this host's clock showed when the skew was last seen.
        var seenAt: UnixTime?
        var sawDate = false
        var pollsWithoutDate = 0
    }

    /// Polls without a `Date` after which the clock is in doubt.
    package static let maximumPollsWithoutDate = 3

    private let state = Mutex(State())

    package init() {}

    /// Takes the `Date` of one reply (nil where it had none), received at `local`.
    package func observe(platform: UnixTime?, local: UnixTime) {
        guard let platform else { return }
        state.withLock {
            // `Date` has whole seconds; half of one is the fairest guess at the rest.
            $0.skew = local.milliseconds - platform.milliseconds - 500
            $0.seenAt = local
            $0.sawDate = true
            $0.pollsWithoutDate = 0
        }
    }

    /// Marks the end of one poll.
    package func endPoll() {
        state.withLock {
            if !$0.sawDate {
                $0.pollsWithoutDate += 1
                if $0.pollsWithoutDate >= Self.maximumPollsWithoutDate { $0.skew = nil }
            }
            $0.sawDate = false
        }
    }

    /// Why the clock cannot be trusted, `maximumSkew` being in milliseconds; nil where it can.
    package func doubt(_ maximumSkew: Int64) -> Reason? {
        state.withLock {
            if let skew = $0.skew, abs(skew) > maximumSkew {
                return .clockSkew(milliseconds: skew)
            }
            return $0.pollsWithoutDate >= Self.maximumPollsWithoutDate
                ? .clockSkew(milliseconds: nil) : nil
        }
    }

    /// Whether this poll saw a `Date` within `maximumSkew` milliseconds, at most so long before
    /// `now`: only then may time be taken to have passed. INVARIANT: I5. A clock that stepped since
    /// that `Date` makes no room in a limit.
    package func isWithin(_ maximumSkew: Int64, at now: UnixTime) -> Bool {
        state.withLock { state in
            guard state.sawDate, let skew = state.skew, let seenAt = state.seenAt else {
                return false
            }
            let (since, overflow) = now.milliseconds.subtractingReportingOverflow(
                seenAt.milliseconds)
            return abs(skew) <= maximumSkew && !overflow && (0...maximumSkew).contains(since)
        }
    }

    /// This host's clock minus the platform's, in milliseconds; nil before the first `Date`.
    package var skew: Int64? { state.withLock { $0.skew } }
}
