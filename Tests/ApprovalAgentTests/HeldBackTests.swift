import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What the policy's bounds on age and clocks hold back, at a decision and after a restart.
@Suite struct HeldBackTests {
    private func left(at kind: EntryKind) async throws -> (Scene, TransactionID) {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let stopping = StoppingLedger(scene.ledger, at: kind, written: true)
        await #expect(throws: Stop.self) {
            try await scene.pass(try scene.approver(ledger: stopping))
        }
        return (scene, id)
    }

    @Test func `what was signed is not delivered for the first time after max_request_age`()
        async throws
    {
        let (scene, id) = try await left(at: .signed)
        // It was created 59 min 59 s before.
        let approver = try scene.approver(policy: try scene.policy(maxRequestAge: 3_600_000))
        scene.clock.advance(milliseconds: 1_001)
        try await scene.pass(approver)
        #expect(try scene.codes(of: id) == ["DELIVERY_HELD_BACK"])
        #expect(scene.custody.posted[id] == nil)
        #expect(try await scene.ledger.item(id)?.state == .signed)
        #expect(try await scene.ledger.unfinished().count == 1)
    }

    @Test func `within max_request_age what was signed is delivered`() async throws {
        let (scene, id) = try await left(at: .signed)
        let approver = try scene.approver(policy: try scene.policy(maxRequestAge: 3_600_000))
        scene.clock.advance(milliseconds: 1_000)
        try await scene.pass(approver)
        #expect(try await scene.ledger.item(id)?.state == .confirmed)
    }

    @Test func `what was delivered before is delivered again whatever its age`() async throws {
        let (scene, id) = try await left(at: .delivered)
        scene.custody.setRequests(of: id, to: "PENDING")
        scene.custody.set(id, "state", .string("PENDING"))
        let approver = try scene.approver(policy: try scene.policy(maxRequestAge: 3_600_000))
        scene.clock.advance(milliseconds: 7_200_000)
        try await scene.pass(approver)
        #expect(try await scene.ledger.item(id)?.state == .confirmed)
        #expect(scene.custody.posted[id]?.count == 1)
    }

    @Test func `a transaction that is too old at its first decision is escalated`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let approver = try scene.approver(policy: try scene.policy(maxRequestAge: 3_598_000))
        try await scene.pass(approver)
        #expect(try scene.codes(of: id) == ["STALE_REQUEST"])
        #expect(try scene.report(of: id).decision.action == .escalate)
        #expect(scene.signer.signed == [])
    }

    @Test(
        arguments: [(9_500, true), (10_500, true), (10_501, false), (60_000, false)]
            as [(Int64, Bool)])
    func `the policy says how far the clocks may be apart`(skew: Int64, isWithin: Bool)
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.before = { [clock = scene.clock, watch = scene.clockWatch] _, _ in
            watch.observe(
                platform: clock.now().advanced(byMilliseconds: -skew), local: clock.now())
        }
        try await scene.pass(
            try scene.approver(policy: try scene.policy(maxClockSkew: 10_000)))
        if isWithin {
            #expect(try scene.report(of: id).outcome == .confirmed)
        } else {
            #expect(try scene.codes(of: id) == ["CLOCK_SKEW"])
            #expect(scene.signer.signed == [])
        }
    }
}
