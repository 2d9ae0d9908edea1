import ApprovalAgent
import ApprovalCore
import Synchronization

/// One process of the agent: alive until it is killed or ends. What a dead one still does in
/// memory reaches nothing.
final class Life: Sendable {
    /// What a process was started for.
    enum Purpose: Sendable {
        case passes(Int)
        case once
        case rehearsal
    }

    private struct State {
        var isAlive = true
        var hasFailedWrite = false
    }

    let number: Int
    let purpose: Purpose
    private let state = Mutex(State())

    init(_ number: Int, _ purpose: Purpose) {
        self.number = number
        self.purpose = purpose
    }

    /// INVARIANT: I7. Whether it may only ask.
    var isRehearsal: Bool {
        switch purpose {
        case .rehearsal: true
        case .passes, .once: false
        }
    }

    var isAlive: Bool { state.withLock { $0.isAlive } }

    /// Whether its ledger failed: nothing more may be written, signed or sent by it.
    var hasFailedWrite: Bool { state.withLock { $0.hasFailedWrite } }

    func die() { state.withLock { $0.isAlive = false } }

    func failedToWrite() { state.withLock { $0.hasFailedWrite = true } }
}
