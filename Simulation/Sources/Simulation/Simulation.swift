import Synchronization

/// One run of the agent in a world that a seed decides.
package struct Simulation: Sendable {
    package let seed: UInt64
    /// How many events there were, and the hash over all of them.
    package let events: Int
    package let hash: UInt64
    /// Jobs that were run.
    package let jobs: Int
    /// The first broken invariant; nil where all hold.
    package let violation: Violation?
    /// The events as text, where they were asked for.
    package let lines: [String]

    /// Plays a seed to its end, on this thread alone.
    package init(seed: UInt64, keepsLines: Bool = false) throws {
        let world = try World(seed: seed, keepsLines: keepsLines)
        let play = Play(world)
        let isOver = Mutex(false)
        @Sendable func wholePlay() async {
            await play.run()
            isOver.withLock { $0 = true }
        }
        // Not awaited: this thread is the one that runs it, below, to its end.
        _ = Task(executorPreference: world.executor, operation: wholePlay)
        if !world.executor.drain(until: { isOver.withLock { $0 } }) {
            world.books.breaks("end", "it does not come to an end")
        }
        if world.executor.hasStranger {
            world.books.breaks("I12", "a job came from another thread")
        }
        self.seed = seed
        events = world.trace.events
        hash = world.trace.hash
        jobs = world.executor.jobs
        violation = world.trace.violation
        lines = world.trace.lines
    }
}
