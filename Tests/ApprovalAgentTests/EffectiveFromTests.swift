import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// `effective_from`: before it nothing is decided under a policy.
@Suite struct EffectiveFromTests {
    /// A scene whose clock was held against the platform's, as before every start.
    private func scene() throws -> Scene {
        let scene = try Scene()
        scene.clockWatch.observe(platform: scene.clock.now(), local: scene.clock.now())
        return scene
    }

    private func agent(
        _ scene: Scene, _ policy: LoadedPolicy,
        tell: @escaping @Sendable (Agent.Event) -> Void = { _ in }
    ) throws -> Agent {
        Agent(
            try scene.approver(policy: policy), bell: Bell(), concurrency: 4,
            pollInterval: 15_000, tell: tell)
    }

    private func kinds(_ scene: Scene) async -> [EntryKind] {
        await scene.ledger.entries.map(\.kind)
    }

    @Test func `before its time a policy is not activated, and everything is held`() async throws {
        let scene = try scene()
        let id = try scene.withdrawal(1)
        let blocked = try scene.withdrawal(2, address: Scene.frozen)
        let policy = try scene.policy(
            onBlock: .cancel(mostPerHour: 9),
            effectiveFrom: scene.clock.now().advanced(byMilliseconds: 60_000))
        let waits = Gathered<UnixTime>()
        let items = Gathered<ItemReport>()
        let summary = try await agent(scene, policy) { event in
            if case .waiting(_, let until) = event { waits.add(until) }
            if case .item(let report) = event { items.add(report) }
        }.once()
        #expect(summary.actions == [.hold: 2])
        #expect(summary.exitCode == 4)
        #expect(Set(items.all.flatMap(\.decision.reasons).map(\.code)) == ["POLICY_NOT_ACTIVE"])
        #expect(waits.all == [scene.clock.now().advanced(byMilliseconds: 60_000)])
        #expect(await kinds(scene) == [.started, .decided, .decided, .stopped])
        #expect(try await scene.ledger.overview().policyRevision == nil)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
        #expect(try await scene.ledger.item(id)?.action == .hold)
        #expect(try await scene.ledger.item(blocked)?.action == .hold)
    }

    @Test func `it is activated by itself in the first pass after its time`() async throws {
        let scene = try scene()
        let id = try scene.withdrawal(1)
        let policy = try scene.policy(
            effectiveFrom: scene.clock.now().advanced(byMilliseconds: 40_000))
        let activated = Gathered<UnixTime>()
        let passes = Gathered<PassSummary>()
        try await agent(scene, policy) { [clock = scene.clock] event in
            if case .activated = event { activated.add(clock.now()) }
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            if passes.all.count == 4 { scene.stop.stop() }
        }.run()
        // 15 s between passes: held at 0 s, 15 s and 30 s, decided at 45 s.
        #expect(passes.all.map { $0.actions[.hold] ?? 0 } == [1, 1, 1, 0])
        #expect(passes.all.last?.outcomes == [.confirmed: 1])
        #expect(activated.all.count == 1)
        #expect(
            await kinds(scene).prefix(3) == [.started, .decided, .policyActivated])
        #expect(await scene.ledger.kinds(of: id).last == .confirmed)
        try await scene.expectSafe()
    }

    @Test func `a policy whose time comes within a pass still holds what the pass decides`()
        async throws
    {
        let scene = try scene()
        let id = try scene.withdrawal(1)
        let policy = try scene.policy(
            effectiveFrom: scene.clock.now().advanced(byMilliseconds: 1_000))
        let usual = scene.custody.script.before
        scene.custody.script.before = { [clock = scene.clock] n, call in
            if case .transaction = call { clock.advance(milliseconds: 5_000) }
            await usual(n, call)
        }
        let summary = try await agent(scene, policy).once()
        #expect(summary.actions == [.hold: 1])
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        #expect(try await scene.ledger.unfinished() == [])
    }

    @Test func `a clock in doubt activates nothing that waits for its time`() async throws {
        let scene = try Scene()
        try scene.withdrawal(1)
        let policy = try scene.policy(
            effectiveFrom: scene.clock.now().advanced(byMilliseconds: -1_000))
        scene.clockWatch.observe(
            platform: scene.clock.now().advanced(byMilliseconds: -61_000), local: scene.clock.now())
        let summary = try await agent(scene, policy).once()
        #expect(summary.actions == [.hold: 1])
        #expect(!(await kinds(scene)).contains(.policyActivated))
    }

    @Test func `a policy whose time has come is activated at the start`() async throws {
        let scene = try scene()
        try scene.withdrawal(1)
        let policy = try scene.policy(effectiveFrom: scene.clock.now())
        let summary = try await agent(scene, policy).once()
        #expect(summary.outcomes == [.confirmed: 1])
        #expect(await kinds(scene).first == .policyActivated)
    }

    @Test func `what an earlier policy left signed waits too`() async throws {
        let scene = try scene()
        let id = try scene.withdrawal(1)
        let stopping = StoppingLedger(scene.ledger, at: .signed, written: true)
        await #expect(throws: Stop.self) {
            try await scene.pass(try scene.approver(ledger: stopping))
        }
        let policy = try scene.policy(
            revision: 2, effectiveFrom: scene.clock.now().advanced(byMilliseconds: 60_000))
        let items = Gathered<ItemReport>()
        _ = try await agent(scene, policy) { event in
            if case .item(let report) = event { items.add(report) }
        }.once()
        #expect(items.all.flatMap(\.decision.reasons).map(\.code) == ["POLICY_NOT_ACTIVE"])
        #expect(try await scene.ledger.item(id)?.state == .signed)
        #expect(scene.custody.posted == [:])
    }

    @Test func `a revision that is too low is refused at once, not when its time comes`()
        async throws
    {
        let scene = try scene()
        _ = try await agent(scene, try scene.policy(revision: 3)).once()
        let policy = try scene.policy(
            revision: 2, effectiveFrom: scene.clock.now().advanced(byMilliseconds: 60_000))
        await #expect(throws: Stop.self) { try await agent(scene, policy).once() }
    }
}
