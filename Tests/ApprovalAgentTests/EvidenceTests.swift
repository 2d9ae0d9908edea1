import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Entries say enough to do everything again: each names the bodies that it was made on, and they
/// are kept beside it.
@Suite struct EvidenceTests {
    private func last(_ scene: Scene, _ id: TransactionID, _ kind: EntryKind) async throws
        -> JSONValue
    {
        let entry = try #require(await scene.ledger.entries(of: id, kind).last)
        return .object(entry.members)
    }

    private func keeps(_ scene: Scene, _ entry: JSONValue, _ name: String) async throws -> Bool {
        let hash = try #require(entry[name]?.text)
        return await scene.ledger.book.blobs.contains {
            TestSHA256.hash($0).description == hash
        }
    }

    @Test func `what was signed is kept with the request and the transaction that it was bound to`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        let decided = try await last(scene, id, .decided)
        let inputs = try #require(decided["inputs"])
        #expect(try await keeps(scene, inputs, "transaction_sha256"))
        #expect(try await keeps(scene, inputs, "account_sha256"))
        #expect(inputs["account_bytes"]?.integer ?? 0 > 0)
        #expect(inputs["in_force"] == .bool(true))
        #expect(inputs["clock"]?["time"]?.text == scene.clock.now().description)
        #expect(inputs["clock"]?["trusted"] == .bool(true))
        #expect(inputs["doubt"] == nil)
        let signed = try await last(scene, id, .signed)
        #expect(try await keeps(scene, signed, "request_sha256"))
        #expect(try await keeps(scene, signed, "transaction_sha256"))
    }

    @Test func `a binding that is refused is kept with the bodies that it was refused for`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.attributes = { _ in ["id", "account_id", "type"] }
        try await scene.pass()
        let released = try await last(scene, id, .released)
        #expect(try await keeps(scene, released, "request_sha256"))
        #expect(try await keeps(scene, released, "transaction_sha256"))
        #expect(scene.signer.signed == [])
    }

    @Test func `what holds an allow stands in its entry with its numbers`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let other = try scene.withdrawal(2)
        try await scene.pass(try scene.approver(brake: Brake(perPass: 1)))
        #expect(try await last(scene, id, .decided)["inputs"]?["doubt"] == nil)
        let doubt = try #require(try await last(scene, other, .decided)["inputs"]?["doubt"])
        #expect(doubt == Reason.brake(signatures: 1, per: "one pass").json)
    }

    @Test func `before a policy is in force the entry says so`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let later = scene.clock.now().advanced(byMilliseconds: 3_600_000)
        let policy = try scene.policy(effectiveFrom: later)
        let approver = try scene.approver(policy: policy)
        let agent = Agent(
            approver, bell: Bell(), concurrency: 1, pollInterval: 1_000, tell: { _ in })
        _ = try await agent.once()
        let inputs = try #require(try await last(scene, id, .decided)["inputs"])
        #expect(inputs["in_force"] == .bool(false))
        #expect(inputs["doubt"]?["code"]?.text == "POLICY_NOT_ACTIVE")
        #expect(inputs["usage"] == .array([]))
    }

    @Test(arguments: ["request", "transaction"])
    func `a body that is too large to keep is never signed: released and put aside`(
        which: String
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let padding = JSONMember("padding", .string(String(repeating: "x", count: 17_000)))
        if which == "request" {
            scene.custody.script.request = { $2 + [padding] }
        } else {
            scene.custody.script.transaction = { $1 > 1 ? $2 + [padding] : $2 }
        }
        try await scene.pass()
        #expect(await scene.ledger.kinds(of: id) == [.decided, .requested, .released])
        #expect(try scene.codes(of: id) == ["RECORD_TOO_LARGE"])
        #expect(try scene.report(of: id).outcome == .quarantined)
        #expect(scene.custody.approvals == [])
        let released = try await last(scene, id, .released)
        #expect(released["reasons"]?.elements?.first?["code"]?.text == "RECORD_TOO_LARGE")
        #expect(await scene.ledger.book.blobs.allSatisfy { $0.count <= 16_384 })
        let open = try await scene.ledger.unfinished()
        #expect(open == [])
    }

    @Test func `what can never be bound keeps no other from its room in a limit`() async throws {
        let scene = try Scene()
        let first = try scene.withdrawal(1, amount: "0.90000000")
        let other = try scene.withdrawal(2, amount: "0.80000000")
        let padding = JSONMember("padding", .string(String(repeating: "x", count: 17_000)))
        scene.custody.script.transaction = { id, read, members in
            id == first && read.isMultiple(of: 2) ? members + [padding] : members
        }
        let approver = try scene.approver(policy: try scene.policy(dayLimit: "1.00000000"))
        try await scene.pass(approver)
        #expect(try scene.codes(of: first) == ["RECORD_TOO_LARGE"])
        #expect(try scene.codes(of: other) == ["LIMIT_EXCEEDED"], "the first was the older one")
        try await scene.pass(approver)
        #expect(try scene.report(of: other).outcome == .confirmed)
        #expect(try scene.codes(of: first) == ["LIMIT_EXCEEDED"])
        try await scene.expectSafe(limit: "1.00000000")
    }

    @Test func `people are asked with the bodies kept that they are asked on`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        let entries = await group.scene.ledger.entries(of: id, .asked).map {
            JSONValue.object($0.members)
        }
        let first = try #require(entries.first)
        #expect(try await keeps(group.scene, first, "request_sha256"))
        #expect(try await keeps(group.scene, first, "transaction_sha256"))
        let others = entries.dropFirst().filter { $0["request_sha256"] != nil }
        #expect(others.isEmpty)
    }

    @Test func `nobody is asked on a body that is too large to keep, and the agent goes on`()
        async throws
    {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        group.change { script in
            script.request = { _, _, members in
                members + [
                    JSONMember("padding", .string(String(repeating: "x", count: 17_000)))
                ]
            }
        }
        try await group.pass()
        #expect(await group.scene.ledger.kinds(of: id) == [.decided, .requested, .released])
        #expect(group.asked(id) == [])
    }
}
