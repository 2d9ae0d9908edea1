import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A callback rings for one account; the interval is for all of them.
@Suite struct RingTests {
    private func lists(_ scene: Scene) -> [AccountID] {
        scene.custody.calls.compactMap { call in
            if case .list(let account, page: 1, size: _) = call { account } else { nil }
        }
    }

    private func run(
        _ scene: Scene, _ bell: Bell, passes most: Int, then: @escaping @Sendable (Int) -> Void
    ) async throws {
        let passes = Gathered<PassSummary>()
        let agent = Agent(
            try scene.approver(), bell: bell, concurrency: 4, pollInterval: 15_000
        ) { event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            then(passes.all.count)
            if passes.all.count == most { scene.stop.stop() }
        }
        try await agent.run()
    }

    @Test func `a ring for one account is a pass over that account alone`() async throws {
        let scene = try Scene()
        let bell = Bell()
        try await run(scene, bell, passes: 2) { count in
            guard count == 1 else { return }
            _ = try? scene.withdrawal(1)
            bell.ring(for: scene.account.id)
        }
        #expect(
            lists(scene) == [scene.account.id, scene.treasury.id, scene.account.id])
        #expect(scene.custody.approvals.count == 1)
    }

    @Test func `rings for several accounts add up, and a ring for all is for all`() async throws {
        let scene = try Scene()
        let bell = Bell()
        try await run(scene, bell, passes: 3) { count in
            if count == 1 {
                bell.ring(for: scene.treasury.id)
                bell.ring(for: scene.account.id)
                bell.ring(for: scene.treasury.id)
            } else if count == 2 {
                bell.ring(for: scene.account.id)
                bell.ring()
            }
        }
        #expect(lists(scene) == (0..<3).flatMap { _ in [scene.account.id, scene.treasury.id] })
    }

    @Test func `without any ring the interval finds everything`() async throws {
        let scene = try Scene()
        try await run(scene, Bell(), passes: 2) { _ in _ = try? scene.withdrawal(1) }
        #expect(lists(scene).count == 4)
        #expect(scene.clock.waits == [15_000])
        #expect(scene.custody.approvals.count == 1)
    }

    @Test func `whoever rings without end keeps neither the interval away nor the platform busy`()
        async throws
    {
        let scene = try Scene()
        let bell = Bell()
        let start = scene.clock.now()
        try await run(scene, bell, passes: 1_000) { _ in bell.ring(for: scene.treasury.id) }
        let elapsed = scene.clock.now().milliseconds - start.milliseconds
        // 200 passes at once, then 40 a second: 1,000 passes are more than one interval.
        #expect(elapsed > 15_000)
        #expect(lists(scene).contains(scene.account.id))
        #expect(lists(scene).count { $0 == scene.account.id } >= 2)
    }

    @Test func `a pass over one account resolves what is open in it, and leaves the others`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let figures = Figures()
        let approver = try scene.approver(figures: figures)
        let pass = Pass(
            approver, concurrency: 1, isDryRun: false, ignoresBackOff: true,
            accounts: [scene.treasury.id]
        ) { _ in }
        let summary = try await pass.run()
        #expect(summary.seen == 0)
        #expect(figures.snapshot.lastPass == nil)
        #expect(try await scene.ledger.item(id) == nil)
    }
}
