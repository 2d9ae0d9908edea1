import ApprovalAgent
import Synchronization

/// Something to be written, and who waits for it.
struct Work: Sendable {
    /// What is left to do once it is on disk.
    struct Done: Sendable {
        /// Before any other access to the ledger.
        let committed: @Sendable () -> Void
        /// Lets whoever waits go on.
        let resume: @Sendable () -> Void
    }

    /// Whether nothing else may be written between it and what follows its commit.
    let endsBatch: Bool
    /// Writes it within a transaction.
    let attempt: @Sendable (Tables) throws -> Done
    /// Tells whoever waits that it was not written.
    let refuse: @Sendable (LedgerError) -> Void
}

/// The works that wait for the connection that writes, in the order in which they came. It is as
/// long as there are callers, of whom each waits for its own.
final class WaitingLine: Sendable {
    private struct State {
        var works: [Work] = []
        /// So many at the front are served already.
        var served = 0
        var isAttended = false
    }

    private let state = Mutex(State())

    /// So many wait and were not served yet.
    var count: Int { state.withLock { $0.works.count - $0.served } }

    /// Lines up. True where nobody attends to the line yet: the caller sees to it that it is.
    func join(_ work: Work) -> Bool {
        state.withLock { state in
            state.works.append(work)
            defer { state.isAttended = true }
            return !state.isAttended
        }
    }

    /// The next one; nil where nobody waits.
    func next() -> Work? {
        state.withLock { state in
            guard state.served < state.works.count else { return nil }
            defer { state.served += 1 }
            return state.works[state.served]
        }
    }

    /// Forgets those that were served. False where nobody waits any more, and so nobody attends.
    func goesOn() -> Bool {
        state.withLock { state in
            state.works.removeFirst(state.served)
            state.served = 0
            state.isAttended = !state.works.isEmpty
            return state.isAttended
        }
    }
}
