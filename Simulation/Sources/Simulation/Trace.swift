import Synchronization

/// A broken invariant: which one, and what happened.
package struct Violation: Error, Hashable, Sendable {
    /// `I1` … `I12`, or `end` where something never came to its end.
    package let invariant: String
    /// What happened, in words.
    package let what: String
}

/// Every event of one seed: their hash, and where somebody wants to read them, their text.
final class Trace: Sendable {
    private struct State {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var events = 0
        var lines: [String] = []
        var violation: Violation?

        mutating func mix(_ value: UInt64) {
            hash = (hash ^ value) &* 0x0000_0100_0000_01B3
            hash ^= hash >> 29
        }
    }

    private let state = Mutex(State())
    private let keepsLines: Bool

    init(keepsLines: Bool) { self.keepsLines = keepsLines }

    /// Writes an event down. `time` is the true time in milliseconds.
    func note(_ what: String, _ first: Int = 0, _ second: Int = 0, at time: Int64) {
        state.withLock { state in
            state.events += 1
            for byte in what.utf8 { state.mix(UInt64(byte)) }
            state.mix(UInt64(bitPattern: Int64(first)))
            state.mix(UInt64(bitPattern: Int64(second)))
            state.mix(UInt64(bitPattern: time))
            if keepsLines { state.lines.append("\(time) \(what) \(first) \(second)") }
        }
    }

    /// Notes that an invariant does not hold; the first one counts.
    func breaks(_ invariant: String, _ what: String, at time: Int64) {
        note("VIOLATION \(invariant)", at: time)
        state.withLock {
            $0.violation = $0.violation ?? Violation(invariant: invariant, what: what)
            if keepsLines { $0.lines.append("\(time) *** \(invariant): \(what)") }
        }
    }

    /// The hash over every event so far.
    var hash: UInt64 { state.withLock { $0.hash } }

    /// How many events there were.
    var events: Int { state.withLock { $0.events } }

    /// The events as text; empty where they are not kept.
    var lines: [String] { state.withLock { $0.lines } }

    /// The first broken invariant; nil where all hold.
    var violation: Violation? { state.withLock { $0.violation } }
}
