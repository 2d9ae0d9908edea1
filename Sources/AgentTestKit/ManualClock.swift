import ApprovalAgent
package import ApprovalCore
import Synchronization

/// A clock whose time passes only by waiting: a wait is over at once, and moves it on.
package final class ManualClock: WallClock {
    private struct State {
        var now: UnixTime
        var waits: [Int64] = []
    }

    private let state: Mutex<State>

    /// Starts at 2026-10-02T09:00:00Z where nothing else is said.
    package init(_ start: UnixTime = UnixTime(milliseconds: 1_790_931_600_000)) {
        state = Mutex(State(now: start))
    }

    package func now() -> UnixTime { state.withLock { $0.now } }

    package func wait(milliseconds: Int64) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        state.withLock {
            $0.waits.append(milliseconds)
            $0.now = $0.now.advanced(byMilliseconds: max(0, milliseconds))
        }
    }

    /// Moves the time by hand; backwards where negative.
    package func advance(milliseconds: Int64) {
        state.withLock { $0.now = $0.now.advanced(byMilliseconds: milliseconds) }
    }

    /// Every wait so far, in milliseconds, in order.
    package var waits: [Int64] { state.withLock { $0.waits } }
}
