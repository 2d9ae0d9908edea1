import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct GroupTests {
    @Test func `two of three people approve it, and nothing is signed here`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        let first = try await group.pass()
        #expect(first.outcomes == [.pending: 1])
        #expect(try group.scene.codes(of: id) == ["QUORUM_WAITING"])
        #expect(group.asked(id).sorted() == ["ceo", "cfo", "coo"])
        try group.approve("cfo")
        try await group.pass()
        #expect(try group.scene.report(of: id).outcome == .pending)
        #expect(try await group.asking(id).approvals == 1)
        try group.approve("ceo")
        let last = try await group.pass()
        #expect(last.outcomes == [.confirmed: 1])
        #expect(try await group.state(id) == .confirmed)
        #expect(group.scene.custody.approvals == [])
        #expect(await group.scene.ledger.kinds(of: id).contains(.signed) == false)
        #expect(group.scene.groupSwitch.current() == nil)
    }

    @Test func `one after the other, nobody is asked before the one before has answered`()
        async throws
    {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        #expect(group.asked(id) == ["ceo"])
        try await group.pass()
        #expect(group.asked(id) == ["ceo"])
        try group.approve("ceo")
        try await group.pass()
        #expect(group.asked(id) == ["ceo", "cfo"])
        group.scene.custody.answer(try group.member("cfo"), "FAILED")
        try await group.pass()
        #expect(group.asked(id) == ["ceo", "cfo", "coo"])
        try group.approve("coo")
        try await group.pass()
        #expect(try await group.state(id) == .confirmed)
    }

    @Test func `who can no longer be enough stops it, and the reservation stays`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1, amount: "0.90000000")
        try await group.pass()
        for name in ["ceo", "coo"] {
            group.scene.custody.answer(try group.member(name), "CANCELLED")
        }
        let summary = try await group.pass()
        #expect(summary.actions == [.escalate: 1])
        #expect(try group.scene.codes(of: id) == ["QUORUM_DENIED"])
        #expect(try await group.state(id) == .asked)
        let others = [try group.scene.withdrawal(2), try group.scene.withdrawal(3, amount: "0.80")]
        try await group.pass()
        #expect(try group.scene.codes(of: others[0]) == ["QUORUM_WAITING"])
        #expect(try group.scene.codes(of: others[1]) == ["LIMIT_EXCEEDED"])
        group.scene.custody.set(id, "state", .string("CANCELLED"))
        try await group.pass()
        #expect(try await group.state(id) == .failed)
        #expect(try group.scene.report(of: id).outcome == .failed)
        try await group.pass()
        #expect(try group.scene.codes(of: others[1]) == ["QUORUM_WAITING"])
    }

    @Test func `after the time nobody else is asked, and what was asked may still approve it`()
        async throws
    {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        group.scene.clock.advance(milliseconds: 3_600_000)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["QUORUM_EXPIRED"])
        #expect(try group.scene.report(of: id).decision.action == .escalate)
        try await group.pass()
        #expect(group.asked(id) == ["ceo"])
        #expect(group.scene.custody.cancelled == [])
        #expect(try await group.state(id) == .asked)
    }

    @Test func `after the time it is cancelled where the policy says so`() async throws {
        let group = try GroupScene(onExpiry: .cancel)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        group.scene.clock.advance(milliseconds: 3_600_001)
        try await group.pass()
        #expect(try group.scene.report(of: id).isCancelled)
        #expect(group.scene.custody.cancelled == [id])
        #expect(await group.scene.ledger.kinds(of: id).contains(.cancelled))
        try await group.pass()
        #expect(try await group.state(id) == .failed)
    }

    @Test(arguments: ["quorum", "member", "id", "state", "entity"])
    func `a group that is not the pinned one is not asked`(_ change: String) async throws {
        let group = try GroupScene()
        try Self.change(change, group)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_CHANGED"])
        #expect(try group.scene.report(of: id).decision.action == .escalate)
        #expect(group.asked(id) == [])
        #expect(try await group.state(id) == .released)
    }

    @Test(arguments: ["quorum", "member", "id", "state"])
    func `a group that changes in flight ends the asking for ever`(_ change: String) async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        try Self.change(change, group)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_CHANGED"])
        #expect(try await group.asking(id).end == .groupChanged)
        group.scene.custody.set(group.platformGroup)
        try await group.pass()
        #expect(group.asked(id) == ["ceo"])
        #expect(try await group.state(id) == .asked)
    }

    private static func change(_ what: String, _ group: GroupScene) throws {
        var changed = group.platformGroup
        switch what {
        case "quorum": changed.quorum = 1
        case "member":
            changed.members[2] = try #require(EntityID(String(repeating: "z", count: 36)))
        case "id": changed.groupID = "another"
        case "state": changed.state = "DEACTIVATED"
        default:
            var script = group.scene.custody.script
            script.method = { members in
                members.map {
                    $0.name == "entity_id"
                        ? JSONMember("entity_id", .string(String(repeating: "y", count: 36))) : $0
                }
            }
            group.scene.custody.script = script
            return
        }
        group.scene.custody.set(changed)
    }

    @Test func `a group that is not shown is not asked, and asked once it is`() async throws {
        let group = try GroupScene(.sequential)
        var hidden = group.platformGroup
        hidden.isShown = false
        group.scene.custody.set(hidden)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_UNREADABLE"])
        #expect(try group.scene.report(of: id).decision.action == .hold)
        group.scene.custody.set(group.platformGroup)
        try await group.pass()
        #expect(group.asked(id) == ["ceo"])
        group.scene.custody.set(hidden)
        try group.approve("ceo")
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_UNREADABLE"])
        #expect(group.asked(id) == ["ceo"])
        group.scene.custody.set(group.platformGroup)
        try await group.pass()
        #expect(group.asked(id) == ["ceo", "cfo"])
    }

    @Test func `approved without those whom we asked is an alarm that stops groups`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        let request = try await group.asking(id).requestID
        group.scene.custody.approveAsStranger(try group.member("cfo"), in: request)
        let other = try group.scene.withdrawal(2)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_APPROVED_BY_OTHERS"])
        #expect(try group.scene.report(of: id).outcome == .conflict)
        #expect(try await group.state(id) == .conflict)
        #expect(try group.scene.codes(of: other) == ["GROUP_STOPPED"])
        #expect(group.asked(other) == [])
        group.scene.groupSwitch.resume()
        try await group.pass()
        #expect(group.asked(other).count == 3)
    }

    @Test func `fewer approvals than the policy wants are not enough, whatever the platform says`()
        async throws
    {
        let group = try GroupScene(.sequential, minApprovals: 2)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        let request = try await group.asking(id).requestID
        group.scene.custody.approveWithoutMembers(request)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_APPROVED_BY_OTHERS"])
        #expect(group.scene.groupSwitch.current() != nil)
    }

    @Test func `one person counts once, however often they approve`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        var asking = try await group.asking(id)
        asking.members[1] = Asking.Asked(
            asking.members[0].member, begun: 1, requests: asking.members[0].requests,
            standing: .approved)
        asking.members[0].standing = .approved
        #expect(asking.approvals == 1)
        #expect(!asking.isGranted)
    }

    @Test func `a changed transaction is decided again before anybody is asked`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        var script = group.scene.custody.script
        script.transaction = { _, read, members in
            guard read == 2 else { return members }
            return members.map {
                $0.name == "amount" ? JSONMember("amount", .string("-0.90000000")) : $0
            }
        }
        group.scene.custody.script = script
        try await group.pass()
        #expect(group.asked(id).count == 3)
        #expect(await group.scene.ledger.kinds(of: id).filter { $0 == .released }.count == 1)
    }

    @Test func `a transaction that changes while people are asked is for a person`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        group.scene.custody.set(id, "amount", .string("-0.90000000"))
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["CHANGED_UNDER_US"])
        #expect(group.asked(id) == ["ceo"])
        #expect(try await group.asking(id).end == .changed)
    }

    @Test func `a member's request whose id is its resource's is none`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        var script = group.scene.custody.script
        script.request = { _, _, members in
            let body = JSONValue.object(members)
            guard body["resource_type"]?.text == "APPROVAL_REQUEST" else { return members }
            return members.map {
                $0.name == "id" ? JSONMember("id", body["resource_id"] ?? .null) : $0
            }
        }
        group.scene.custody.script = script
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["FOREIGN_REQUEST"])
        #expect(try await group.asking(id).members.allSatisfy(\.requests.isEmpty))
    }

    @Test func `nobody is asked while halted, and what was asked is watched`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        group.scene.halt.halt()
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["HALTED"])
        #expect(group.asked(id) == ["ceo"])
        group.scene.halt.resume()
        try await group.pass()
        #expect(group.asked(id) == ["ceo", "cfo"])
    }

    @Test func `a policy that would ask others lets nobody else be asked`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        let other = Quorum(
            group: group.board, minApprovals: 1, ask: group.board.members, order: .parallel,
            expiresAfter: 1_000_000, onExpiry: .escalate)
        try await group.pass(group.policy(revision: 2, quorum: other))
        #expect(try group.scene.codes(of: id) == ["QUORUM_HELD_BACK"])
        #expect(group.asked(id) == ["ceo"])
    }

    @Test func `an answer that is lost asks the member once more, and not for ever`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        var script = group.scene.custody.script
        script.fault = { _, call in
            guard case .createPart = call else { return nil }
            return .init(.ambiguous("lost"), afterEffect: true)
        }
        group.scene.custody.script = script
        for _ in 0..<8 { try await group.pass() }
        #expect(group.asked(id).count { $0 == "ceo" } == Asking.mostBegun)
        #expect(try await group.asking(id).members[0].begun == Asking.mostBegun)
    }
}
