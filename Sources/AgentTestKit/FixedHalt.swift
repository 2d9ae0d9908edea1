package import ApprovalAgent
import Synchronization

/// A halt switch that a test throws.
package final class FixedHalt: HaltSwitch {
    private let halt: Mutex<Halt?>

    package init(_ halt: Halt? = nil) { self.halt = Mutex(halt) }

    package func current() -> Halt? { halt.withLock { $0 } }

    /// Halts, as a person would.
    package func halt(by: String = "anna", why: String = "a test") {
        halt.withLock { $0 = Halt(since: nil, by: by, why: why) }
    }

    /// Goes on.
    package func resume() { halt.withLock { $0 = nil } }
}
