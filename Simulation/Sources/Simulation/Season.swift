internal import Dispatch
internal import Synchronization

/// Many seeds, two at a time, each on one thread alone.
package struct Season: Sendable {
    /// Seeds that were played.
    package private(set) var seeds = 0
    /// Events of all of them.
    package private(set) var events = 0
    /// Over the hashes of all of them, in whatever order they came.
    package private(set) var hash: UInt64 = 0
    /// By seed.
    package private(set) var violations: [(seed: UInt64, violation: Violation)] = []

    private static let threads = 2
    /// Seeds that a thread takes at once.
    private static let share: UInt64 = 16

    /// Plays them; where it `stopsAtFirst`, only as far as the first violation. Nil where they
    /// cannot be played.
    package static func play(_ seeds: Range<UInt64>, stopsAtFirst: Bool) -> Season? {
        let state = Mutex((season: Season(), next: seeds.lowerBound, isFit: true))
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            while true {
                let mine = state.withLock { state -> Range<UInt64> in
                    let isOver = stopsAtFirst && !state.season.violations.isEmpty || !state.isFit
                    let end = isOver ? state.next : min(seeds.upperBound, state.next + share)
                    defer { state.next = end }
                    return state.next..<end
                }
                if mine.isEmpty { return }
                for seed in mine {
                    let simulation = try? Simulation(seed: seed)
                    state.withLock { state in
                        guard let simulation else {
                            state.isFit = false
                            return
                        }
                        state.season.add(simulation)
                    }
                }
            }
        }
        var (season, _, isFit) = state.withLock { $0 }
        season.violations.sort { $0.seed < $1.seed }
        return isFit ? season : nil
    }

    private mutating func add(_ simulation: Simulation) {
        seeds += 1
        events += simulation.events
        hash &+= simulation.hash &* (2 &* simulation.seed &+ 1)
        if let violation = simulation.violation { violations.append((simulation.seed, violation)) }
    }
}
