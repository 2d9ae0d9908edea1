import Synchronization

/// Asks the agent to stop: nothing new is begun, and what is signed is finished.
package final class StopSwitch: Sendable {
    private let stopped = Mutex(false)

    package init() {}

    /// Asks; there is no way back.
    package func stop() { stopped.withLock { $0 = true } }

    package var isStopped: Bool { stopped.withLock { $0 } }
}
