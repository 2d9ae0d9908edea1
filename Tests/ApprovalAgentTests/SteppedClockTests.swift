import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A clock that was ahead, and is set right while the agent runs.
@Suite struct SteppedClockTests {
    private static let hour: Int64 = 3_600_000

    @Test func `what was looked at under a clock that was ahead is looked at again`()
        async throws
    {
        let scene = try Scene()
        let approver = try scene.approver()
        scene.clock.advance(milliseconds: 2 * Self.hour)
        try await scene.pass(approver)
        scene.clock.advance(milliseconds: -2 * Self.hour)
        let id = try scene.withdrawal(1)
        var script = scene.custody.script
        script.entity = { _, members in
            members.map {
                $0.name == "state" ? JSONMember("state", .string("LOCKED")) : $0
            }
        }
        scene.custody.script = script
        try await scene.pass(approver)
        #expect(try scene.codes(of: id) == ["ENTITY_NOT_ACTIVE"])
        #expect(scene.custody.approvals == [])
    }

    @Test func `I5: a clock that steps after the platform's last Date makes no room in a limit`()
        async throws
    {
        let scene = try Scene()
        for n in 1...2 { try scene.withdrawal(n, amount: "0.90000000") }
        try await scene.pass()
        let late = try scene.withdrawal(3, amount: "0.90000000")
        let usual = scene.custody.script.before
        scene.custody.script.before = { [clock = scene.clock] n, call in
            await usual(n, call)
            if call == .transaction(late) { clock.advance(milliseconds: 25 * Self.hour) }
        }
        try await scene.pass()
        #expect(try scene.codes(of: late) == ["LIMIT_EXCEEDED"])
        #expect(scene.custody.approvals.count == 2)
    }

    @Test func `a clock that is set back puts no poll off`() async throws {
        let scene = try Scene()
        let passes = Gathered<PassSummary>()
        let agent = Agent(
            try scene.approver(), bell: Bell(), concurrency: 1, pollInterval: 15_000
        ) { [clock = scene.clock, stop = scene.stop] event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            if passes.all.count == 1 { clock.advance(milliseconds: -24 * Self.hour) }
            if passes.all.count == 3 { stop.stop() }
        }
        try await agent.run()
        #expect(scene.clock.waits.allSatisfy { $0 <= 15_000 }, "\(scene.clock.waits)")
    }

    @Test
    func `whoever rings without end under a clock that was set back keeps no poll from coming`()
        async throws
    {
        let scene = try Scene()
        let bell = Bell()
        let passes = Gathered<PassSummary>()
        let agent = Agent(
            try scene.approver(), bell: bell, concurrency: 1, pollInterval: 15_000
        ) { [clock = scene.clock, stop = scene.stop, account = scene.account] event in
            guard case .passed(let summary) = event else { return }
            passes.add(summary)
            if passes.all.count == 1 { clock.advance(milliseconds: -24 * Self.hour) }
            if passes.all.count == 200 { stop.stop() }
            bell.ring(for: account.id)
        }
        try await agent.run()
        let treasury = scene.custody.calls.count { call in
            if case .list(scene.treasury.id, _, _) = call { true } else { false }
        }
        #expect(treasury >= 2)
    }
}
