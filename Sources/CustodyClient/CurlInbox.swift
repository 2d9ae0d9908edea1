import ApprovalAgent
import Synchronization

/// What other threads may say to the thread that transfers.
enum CurlCommand: Sendable {
    case start(Exchange)
    case cancel(UInt64)
}

/// The only way to the thread that transfers: a bounded queue of commands, and its end.
final class CurlInbox: Sendable {
    /// The most exchanges that are waiting or under way at once.
    static let mostOpen = 1_024

    private struct State {
        var commands: [CurlCommand] = []
        var open = 0
        var nextID: UInt64 = 0
        var isClosed = false
        var hasEnded = false
        var ends: [CheckedContinuation<Void, Never>] = []
        /// The multi handle to wake; nil before it exists and once it is to be freed.
        var handle: UInt?
    }

    private let state = Mutex(State())

    /// A number that no other exchange has.
    func newID() -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    /// Queues an exchange; it is answered at once where the queue is full or closed.
    func start(_ exchange: Exchange) {
        let refusal: String? = state.withLock { state in
            if state.isClosed { return "the client was shut down" }
            if state.open >= Self.mostOpen { return "too many requests are waiting" }
            state.open += 1
            state.commands.append(.start(exchange))
            Self.wake(state)
            return nil
        }
        if let refusal { exchange.continuation.resume(returning: .failed(.notSent(refusal))) }
    }

    /// Asks to give up an exchange; one that is unknown or over is left alone.
    func cancel(_ id: UInt64) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.commands.append(.cancel(id))
            Self.wake(state)
        }
    }

    /// Takes no more exchanges; those under way go on to their end.
    func close() {
        state.withLock { state in
            state.isClosed = true
            Self.wake(state)
        }
    }

    /// Returns when the thread has freed all that it used.
    func ended() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.ends.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    /// For the thread: the handle to wake from now on.
    func attach(_ handle: UInt?) {
        state.withLock { $0.handle = handle }
    }

    /// For the thread: all commands since the last call, and whether the end was asked for.
    func take() -> (commands: [CurlCommand], isClosed: Bool) {
        state.withLock { state in
            let commands = state.commands
            state.commands.removeAll(keepingCapacity: true)
            return (commands, state.isClosed)
        }
    }

    /// For the thread: one exchange was answered.
    func noteAnswered() {
        state.withLock { $0.open -= 1 }
    }

    /// For the thread: nothing more will be answered after what this returns.
    func end() -> [CurlCommand] {
        state.withLock { state in
            state.isClosed = true
            let commands = state.commands
            state.commands.removeAll()
            return commands
        }
    }

    /// For the thread, as its last act.
    func announceEnd() {
        let ends = state.withLock { state in
            state.hasEnded = true
            state.commands.removeAll()
            let ends = state.ends
            state.ends.removeAll()
            return ends
        }
        for end in ends { end.resume() }
    }

    private static func wake(_ state: borrowing State) {
        if let handle = state.handle { CurlMulti.wake(handle) }
    }
}
