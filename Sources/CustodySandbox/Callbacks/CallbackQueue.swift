import Synchronization

/// The callbacks that are to be delivered, and exact counts. Bounded: what comes while
/// `capacity` are outstanding is dropped and counted.
final class CallbackQueue: Sendable {
    static let capacity = 10_000

    struct Delivery: Sendable {
        let sequence: Int
        let callback: Callback
        /// How many attempts have failed.
        var failures = 0
    }

    struct Counts: Sendable {
        var sent = 0
        var delivered = 0
        var failed = 0
        var givenUp = 0
        var overflowed = 0
    }

    private struct State: Sendable {
        var target: CallbackTarget?
        var outstanding: [Int: Callback] = [:]
        var sequence = 0
        var counts = Counts()
    }

    private let state = Mutex(State())
    /// In the order in which they are due.
    let due: AsyncStream<Delivery>
    private let continuation: AsyncStream<Delivery>.Continuation

    init() {
        (due, continuation) = AsyncStream.makeStream(of: Delivery.self)
    }

    /// Where the next attempt goes; nil: nowhere, and what is outstanding is given up.
    var target: CallbackTarget? { state.withLock { $0.target } }

    /// Adds callbacks in order.
    func add(_ callbacks: [Callback], target: CallbackTarget?) {
        let added: [Delivery] = state.withLock { state in
            state.target = target
            var added: [Delivery] = []
            for callback in callbacks {
                guard state.outstanding.count < Self.capacity else {
                    state.counts.overflowed += 1
                    continue
                }
                state.sequence += 1
                state.outstanding[state.sequence] = callback
                added.append(Delivery(sequence: state.sequence, callback: callback))
            }
            return added
        }
        for delivery in added { continuation.yield(delivery) }
    }

    /// Brings a delivery back whose time has come again.
    func addAgain(_ delivery: Delivery) { continuation.yield(delivery) }

    /// Counts an attempt that begins.
    func began() { state.withLock { $0.counts.sent += 1 } }

    /// Counts an attempt that ended with 2xx.
    func delivered(_ delivery: Delivery) {
        state.withLock { state in
            state.counts.delivered += 1
            state.outstanding[delivery.sequence] = nil
        }
    }

    /// Counts an attempt that ended with anything else. Returns the delivery and its wait, or nil
    /// where it is given up.
    func failed(_ delivery: Delivery) -> (again: Delivery, wait: Duration)? {
        state.withLock { state in
            state.counts.failed += 1
            var again = delivery
            again.failures += 1
            guard let target = state.target, again.failures < target.maxAttempts else {
                state.counts.givenUp += 1
                state.outstanding[delivery.sequence] = nil
                return nil
            }
            return (again, target.intervals.wait(afterAttempts: again.failures))
        }
    }

    /// What was not delivered yet, oldest first.
    var undelivered: [Callback] {
        state.withLock { $0.outstanding.sorted { $0.key < $1.key }.map(\.value) }
    }

    var json: JSON {
        let (counts, outstanding) = state.withLock { ($0.counts, $0.outstanding.count) }
        return [
            "sent": .integer(counts.sent), "delivered": .integer(counts.delivered),
            "failed": .integer(counts.failed), "given_up": .integer(counts.givenUp),
            "overflowed": .integer(counts.overflowed), "outstanding": .integer(outstanding),
        ]
    }
}
