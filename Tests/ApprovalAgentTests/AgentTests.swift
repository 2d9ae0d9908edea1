import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization
import Testing

/// The loop, the single pass and the dry run.
@Suite struct AgentTests {
    private func agent(
        _ scene: Scene, bell: Bell = Bell(), clock: (any WallClock)? = nil,
        ledger: (any Ledger)? = nil, hasSigner: Bool = true,
        tell: @escaping @Sendable (Agent.Event) -> Void = { _ in }
    ) throws -> Agent {
        Agent(
            try scene.approver(ledger: ledger, clock: clock, hasSigner: hasSigner), bell: bell,
            concurrency: 4, pollInterval: 15_000, tell: tell)
    }

    private func kinds(_ scene: Scene) async -> [EntryKind] {
        await scene.ledger.entries.map(\.kind)
    }

    @Test func `the loop passes, waits and passes again until it is asked to stop`() async throws {
        let scene = try Scene()
        try scene.withdrawal(1)
        let passes = Gathered<PassSummary>()
        try await agent(scene) { event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            if passes.all.count == 3 { scene.stop.stop() }
        }.run()
        #expect(passes.all.map(\.seen) == [1, 0, 0])
        #expect(scene.clock.waits == [15_000, 15_000])
        #expect(
            await kinds(scene) == [
                .policyActivated, .started, .decided, .requested, .signed, .delivered,
                .confirmed, .stopped,
            ])
    }

    @Test func `the bell wakes the loop before its interval is over`() async throws {
        let scene = try Scene()
        let bell = Bell()
        let patient = PatientClock()
        let passes = Gathered<PassSummary>()
        // The clock never lets a wait end: without the bell the second pass would never come.
        bell.ring()
        try await agent(scene, bell: bell, clock: patient) { event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            bell.ring()
            bell.ring()
            if passes.all.count == 4 { scene.stop.stop() }
        }.run()
        #expect(passes.all.count == 4)
        #expect(patient.waiting == 0)
    }

    @Test func `a loop whose task is cancelled ends`() async throws {
        let scene = try Scene()
        let passes = Gathered<PassSummary>()
        let patient = PatientClock()
        let agent = try agent(scene, clock: patient) { event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            // Even a broken loop must end this test.
            if passes.all.count == 50 { scene.stop.stop() }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run() }
            await patient.hasWaiter()
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(passes.all.count <= 2)
        #expect(await kinds(scene).last == .stopped)
    }

    @Test func `I10: a ledger that fails ends the loop, without a word of a proper stop`()
        async throws
    {
        let scene = try Scene()
        try scene.withdrawal(1)
        let faulty = FaultyLedger(scene.ledger, failing: 6)
        let agent = try agent(scene, ledger: faulty)
        await #expect(throws: Stop.self) { try await agent.run() }
        #expect(!(await kinds(scene)).contains(.stopped))
        #expect(scene.custody.posted == [:])
    }

    @Test func `a halt is recorded when it comes and when it goes`() async throws {
        let scene = try Scene()
        let passes = Gathered<PassSummary>()
        let events = Gathered<String>()
        try await agent(scene) { event in
            switch event {
            case .halted(let halt): events.add("halted by \(halt.by)")
            case .resumed: events.add("resumed")
            case .passed(let summary):
                passes.add(summary)
                if passes.all.count == 1 { scene.halt.halt(by: "bora") }
                if passes.all.count == 3 { scene.halt.resume() }
                if passes.all.count == 5 { scene.stop.stop() }
            case .started, .waiting, .activated, .reloaded, .reloadUnchanged, .reloadRefused,
                .item, .groupsStopped, .groupsResumed, .stopped:
                break
            }
        }.run()
        #expect(events.all == ["halted by bora", "resumed"])
        #expect(
            await kinds(scene) == [.policyActivated, .started, .halted, .resumed, .stopped])
    }

    @Test func `the single pass begins, passes once and ends`() async throws {
        let scene = try Scene()
        try scene.withdrawal(1)
        let summary = try await agent(scene).once()
        #expect(summary.outcomes == [.confirmed: 1])
        #expect(await kinds(scene).first == .policyActivated)
        #expect(await kinds(scene).last == .stopped)
        #expect(scene.clock.waits == [])
    }

    @Test func `I9: an item that was put off is not tried before its time, and stops no other`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1, amount: "0.10000000")
        scene.custody.script.attributes = { asked in
            asked == id ? ["id"] : ScriptedCustody.attributes
        }
        let passes = Gathered<PassSummary>()
        try await agent(scene) { event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            if passes.all.count == 1 { _ = try? scene.withdrawal(2) }
            if passes.all.count == 8 { scene.stop.stop() }
        }.run()
        // 15 s between passes; put off for 5 s, 20 s, 80 s.
        #expect(passes.all.map { $0.actions[.escalate] ?? 0 } == [1, 1, 0, 1, 0, 0, 0, 0])
        #expect(scene.custody.approvals.map(\.transaction) == [try scene.id(2)])
    }
}

/// A clock in which no wait ever ends by itself.
final class PatientClock: WallClock {
    private struct State {
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func now() -> UnixTime { UnixTime(milliseconds: 1_790_931_600_000) }

    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Returns when something waits.
    func hasWaiter() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waiters.isEmpty { state.watchers.append(continuation) }
                return !state.waiters.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    func wait(milliseconds: Int64) async throws(CancellationError) {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    guard !Task.isCancelled else { return [continuation] }
                    state.waiters[number] = continuation
                    defer { state.watchers = [] }
                    return state.watchers
                }
                for waiter in woken { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
        throw CancellationError()
    }
}
