import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Whose accounts are approved for: the entity, its approval method, and the room on the disk.
@Suite struct EntityTests {
    private func show(_ scene: Scene, _ name: String, _ value: JSONValue?) {
        var script = scene.custody.script
        script.entity = { _, members in
            members.filter { $0.name != name } + (value.map { [JSONMember(name, $0)] } ?? [])
        }
        scene.custody.script = script
    }

    private func showMethod(_ scene: Scene, _ name: String, _ value: JSONValue) {
        var script = scene.custody.script
        script.method = { members in
            members.filter { $0.name != name } + [JSONMember(name, value)]
        }
        scene.custody.script = script
    }

    @Test(arguments: ["LOCKED", "CLOSING", "LEGALLY_CLOSED", "PENDING", "active", ""])
    func `only an ACTIVE entity is approved for`(_ state: String) async throws {
        let scene = try Scene()
        show(scene, "state", .string(state))
        let id = try scene.withdrawal(1)
        #expect(try await scene.pass().actions == [.hold: 1])
        #expect(try scene.codes(of: id) == ["ENTITY_NOT_ACTIVE"])
        #expect(scene.custody.posted == [:])
    }

    @Test(arguments: ["PERSON", "REPRESENTATIVE_PERSON", "partner", "OTHER"])
    func `only a PARTNER or a BUSINESS is approved for`(_ type: String) async throws {
        let scene = try Scene()
        show(scene, "type", .string(type))
        let id = try scene.withdrawal(1)
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["ENTITY_NOT_ACTIVE"])
    }

    @Test func `a state that is not shown is taken, unless the configuration wants one`()
        async throws
    {
        let scene = try Scene()
        show(scene, "state", nil)
        try scene.withdrawal(1)
        #expect(try await scene.pass().outcomes == [.confirmed: 1])
        let id = try scene.withdrawal(2)
        try await scene.pass(scene.approver(entityStates: ["ACTIVE"]))
        #expect(try scene.codes(of: id) == ["ENTITY_NOT_ACTIVE"])
    }

    @Test func `a state that the configuration names is taken`() async throws {
        let scene = try Scene()
        show(scene, "state", .string("CLOSING"))
        try scene.withdrawal(1)
        let approver = try scene.approver(entityStates: ["ACTIVE", "CLOSING"])
        #expect(try await scene.pass(approver).outcomes == [.confirmed: 1])
    }

    @Test func `an entity that cannot be read is not approved for, and is once it can`()
        async throws
    {
        let scene = try Scene()
        var script = scene.custody.script
        script.fault = { _, call in
            if case .entity = call { .init(.ambiguous("time-out")) } else { nil }
        }
        scene.custody.script = script
        let id = try scene.withdrawal(1)
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["PLATFORM_UNAVAILABLE"])
        script.fault = { _, _ in nil }
        scene.custody.script = script
        #expect(try await scene.pass().outcomes == [.confirmed: 1])
    }

    @Test(arguments: [
        ("state", "DEACTIVATED"), ("type", "SMS"), ("entity_id", String(repeating: "q", count: 36)),
        ("pub_key", String(repeating: "0", count: 64)),
    ])
    func `an approval method that is no longer ours stops its entity`(
        _ name: String, _ value: String
    ) async throws {
        let scene = try Scene()
        let approver = try scene.approver()
        try scene.withdrawal(1)
        #expect(try await scene.pass(approver).outcomes == [.confirmed: 1])
        showMethod(scene, name, .string(value))
        scene.clock.advance(milliseconds: 15_000)
        let id = try scene.withdrawal(2)
        #expect(try await scene.pass(approver).actions == [.hold: 1])
        #expect(try scene.codes(of: id) == ["KEY_UNUSABLE"])
        #expect(approver.registrationDoubt(scene.account.entityID) != nil)
        #expect(scene.custody.approvals.count == 1)
    }

    @Test func `what is signed stays here while its entity may not act`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        var script = scene.custody.script
        script.fault = { _, call in
            if case .approve = call { .init(.notSent("refused")) } else { nil }
        }
        scene.custody.script = script
        try await scene.pass()
        script.fault = { _, _ in nil }
        scene.custody.script = script
        show(scene, "state", .string("LOCKED"))
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["ENTITY_NOT_ACTIVE"])
        #expect(scene.custody.approvals == [])
        show(scene, "state", .string("ACTIVE"))
        #expect(try await scene.pass().outcomes == [.confirmed: 1])
    }

    @Test func `where little room is left nothing is begun`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        await scene.ledger.book.leave(freeBytes: 1_000_000)
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["DISK_FULL"])
        #expect(try scene.report(of: id).decision.action == .hold)
        await scene.ledger.book.leave(freeBytes: 1_000_000_000)
        #expect(try await scene.pass().outcomes == [.confirmed: 1])
    }

    @Test func `a ledger that can no longer be written ends the pass before anything is read`()
        async throws
    {
        let scene = try Scene()
        try scene.withdrawal(1)
        await scene.ledger.book.fail(.condition)
        await #expect(throws: Stop.self) { try await scene.pass() }
        #expect(scene.custody.calls == [])
    }

    @Test func `the tier is read where a rule asks for it, and stands in the entry`() async throws {
        let scene = try Scene()
        var rules = try scene.policy().policy.rules
        let payouts = try #require(rules.first { $0.id == "payouts" })
        rules = [
            Rule(
                id: "payouts", action: .allow,
                conditions: payouts.conditions + [.tier(TierCondition())])
        ]
        var script = scene.custody.script
        script.sendLimit = { _ in "10000.00" }
        scene.custody.script = script
        let id = try scene.withdrawal(1)
        try await scene.pass(scene.approver(policy: scene.policy(rules: rules)))
        #expect(scene.custody.calls.contains(.tier(scene.account.entityID)))
        let entry = try #require(await scene.ledger.entries(of: id, .decided).first)
        #expect(entry["inputs"]?["tier"]?["send_limit"]?.text == "10000.00")
        // Its asset is not the one in which tiers are.
        #expect(try scene.report(of: id).decision.action != .allow)
    }
}
