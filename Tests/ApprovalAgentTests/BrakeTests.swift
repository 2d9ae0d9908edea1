import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// `brake`: no policy lets more signatures pass.
@Suite struct BrakeTests {
    private func pass(_ scene: Scene, _ brake: Brake) async throws -> PassSummary {
        try await scene.pass(try scene.approver(brake: brake))
    }

    @Test func `beyond so many in a pass everything is held, and goes on in the next`()
        async throws
    {
        let scene = try Scene()
        for n in 1...4 { try scene.withdrawal(n, amount: "0.01000000") }
        let brake = Brake(perPass: 3)
        let first = try await pass(scene, brake)
        #expect(first.outcomes == [.confirmed: 3])
        #expect(first.actions[.hold] == 1)
        #expect(try scene.codes(of: scene.id(4)) == ["BRAKE"])
        let second = try await pass(scene, brake)
        #expect(second.outcomes == [.confirmed: 1])
        try await scene.expectSafe()
    }

    @Test func `beyond so many in a minute everything is held until the minute is over`()
        async throws
    {
        let scene = try Scene()
        let brake = Brake(perMinute: 2)
        for n in 1...3 { try scene.withdrawal(n, amount: "0.01000000") }
        #expect(try await pass(scene, brake).outcomes == [.confirmed: 2])
        #expect(try await pass(scene, brake).actions == [.hold: 1])
        scene.clock.advance(milliseconds: 61_000)
        #expect(try await pass(scene, brake).outcomes == [.confirmed: 1])
    }

    @Test func `what was signed before a restart counts`() async throws {
        let scene = try Scene()
        for n in 1...2 { try scene.withdrawal(n, amount: "0.01000000") }
        let before = Agent(
            try scene.approver(brake: Brake(perMinute: 2)), bell: Bell(), concurrency: 1,
            pollInterval: 1
        ) { _ in }
        #expect(try await before.once().outcomes == [.confirmed: 2])
        try scene.withdrawal(3, amount: "0.01000000")
        let after = Agent(
            try scene.approver(brake: Brake(perMinute: 2)), bell: Bell(), concurrency: 1,
            pollInterval: 1
        ) { _ in }
        #expect(try await after.once().actions == [.hold: 1])
        #expect(scene.custody.approvals.count == 2)
    }

    @Test func `what people are asked for is no signature of ours`() async throws {
        let group = try GroupScene()
        for n in 1...2 { try group.scene.withdrawal(n) }
        let approver = try group.scene.approver(policy: group.policy(), brake: Brake(perPass: 1))
        #expect(try await group.scene.pass(approver).outcomes == [.pending: 2])
    }
}
