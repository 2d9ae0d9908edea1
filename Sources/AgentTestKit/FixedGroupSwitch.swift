package import ApprovalAgent
import Synchronization

/// A switch for groups that is thrown in memory.
package final class FixedGroupSwitch: GroupSwitch {
    private let halt = Mutex<Halt?>(nil)

    package init() {}

    package func current() -> Halt? { halt.withLock { $0 } }

    package func engage(_ new: Halt) throws(GroupSwitchError) {
        halt.withLock { $0 = $0 ?? new }
    }

    /// Goes on, as a person would let it.
    package func resume() { halt.withLock { $0 = nil } }
}
