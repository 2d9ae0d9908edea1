import Glibc
import Synchronization

/// Runs the tasks of one seed on one thread, one job after the other, in an order that the seed
/// chooses; and keeps the true time, which passes only when nothing else is left to do.
final class SeedExecutor: TaskExecutor {
    private struct Timer {
        let at: Int64
        let number: Int
        let wake: @Sendable () -> Void
    }

    private struct State {
        var now: Int64
        var ready: [UnownedJob] = []
        var timers: [Timer] = []
        var timersMade = 0
        var jobs = 0
        var hasStranger = false
    }

    private let state: Mutex<State>
    private let fate: Fate
    private let thread = pthread_self()

    /// Jobs of one seed, far more than any needs.
    static let mostJobs = 1_000_000

    /// Belongs to the thread that makes it.
    init(_ fate: Fate, now: Int64) {
        self.fate = fate
        state = Mutex(State(now: now))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isStranger = pthread_equal(pthread_self(), thread) == 0
        state.withLock {
            $0.ready.append(job)
            if isStranger { $0.hasStranger = true }
        }
    }

    /// The true time, in milliseconds since 1970.
    var now: Int64 { state.withLock { $0.now } }

    /// Jobs that were run.
    var jobs: Int { state.withLock { $0.jobs } }

    /// Whether another thread ever put a job here: the order is not the seed's then.
    var hasStranger: Bool { state.withLock { $0.hasStranger } }

    /// Does something once this much time has passed; gives the number by which it is cancelled.
    @discardableResult
    func after(_ milliseconds: Int64, _ wake: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.timersMade += 1
            state.timers.append(
                Timer(
                    at: state.now + max(0, milliseconds), number: state.timersMade, wake: wake))
            return state.timersMade
        }
    }

    /// Does at once what was to be done later; nothing where it was done.
    func hurry(_ number: Int) {
        let timer = state.withLock { state in
            state.timers.firstIndex { $0.number == number }.map { state.timers.remove(at: $0) }
        }
        timer?.wake()
    }

    /// Lets time pass for the task that asks; ends early where that is cancelled.
    func wait(_ milliseconds: Int64) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        let number = Mutex(0)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let made = after(milliseconds) { continuation.resume() }
                number.withLock { $0 = made }
            }
        } onCancel: {
            hurry(number.withLock { $0 })
        }
        if Task.isCancelled { throw CancellationError() }
    }

    /// Runs jobs and lets time pass until `isOver`; false where it does not come to that.
    func drain(until isOver: () -> Bool) -> Bool {
        while !isOver() {
            if let job = next() {
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let timer = earliest() {
                timer.wake()
            } else {
                return false
            }
        }
        return true
    }

    private func next() -> UnownedJob? {
        state.withLock { state in
            guard !state.ready.isEmpty, state.jobs < Self.mostJobs else { return nil }
            state.jobs += 1
            let index = state.ready.count == 1 ? 0 : fate.below(state.ready.count)
            return state.ready.remove(at: index)
        }
    }

    private func earliest() -> Timer? {
        state.withLock { state in
            guard state.jobs < Self.mostJobs else { return nil }
            let index = state.timers.indices.min {
                let (left, right) = (state.timers[$0], state.timers[$1])
                return left.at == right.at ? left.number < right.number : left.at < right.at
            }
            guard let index else { return nil }
            let timer = state.timers.remove(at: index)
            state.now = max(state.now, timer.at)
            return timer
        }
    }
}
