import Synchronization

/// The last sign of life: an event of the agent, or a reply of the platform.
final class Pulse: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func beat() { last.withLock { $0 = .now } }

    /// How long there was none.
    var silence: Duration { last.withLock { $0 }.duration(to: .now) }
}
