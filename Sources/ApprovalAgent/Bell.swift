import Synchronization

/// Wakes the watch before its interval is over. Rings add up to one.
package final class Bell: Sendable {
    private enum State {
        case quiet
        case rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    package init() {}

    /// Asks for a pass now.
    package func ring() {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .awaited(let continuation) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return continuation
        }?.resume()
    }

    /// Returns at the next ring, or after `milliseconds`, whichever comes first.
    func wait(upTo milliseconds: Int64, on clock: any WallClock) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await self.nextRing() }
            group.addTask { _ = try? await clock.wait(milliseconds: milliseconds) }
            await group.next()
            group.cancelAll()
        }
    }

    /// True at the next ring, false when the task is cancelled. One task may wait at a time.
    func nextRing() async -> Bool {
        guard !Task.isCancelled else { return false }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if case .rung = state {
                        state = .quiet
                        return true
                    }
                    guard !Task.isCancelled else { return true }
                    state = .awaited(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .awaited(let continuation) = state else { return nil }
                state = .quiet
                return continuation
            }?.resume()
        }
        return !Task.isCancelled
    }
}
