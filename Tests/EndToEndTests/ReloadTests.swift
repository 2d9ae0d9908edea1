import Foundation
import ProgramTestKit
import Testing

/// SIGHUP: another policy comes in while the agent runs, or does not.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ReloadTests {
    private typealias JSON = [String: Any]

    /// The entries of a kind, oldest first.
    private func entries(_ scene: Scene, _ kind: String) async throws -> [JSON] {
        try await scene.folder.run("audit", "query", "--kind", kind, "--format", "json").objects
    }

    private func revision(_ entry: JSON) -> Int? {
        (entry["policy"] as? JSON)?["revision"] as? Int
    }

    /// Raises the revision and lowers the tier, so that 0.40 BTC goes to a person.
    private func tighten(_ scene: Scene, to revision: Int) throws {
        let file = "policies/policy.yaml"
        try scene.folder.replace(in: file, "revision: \(revision - 1)", "revision: \(revision)")
        try scene.folder.replace(in: file, "up_to: \"0.50000000\"", "up_to: \"0.30000000\"")
        try scene.folder.replace(in: file, "more_than: \"0.50000000\"", "more_than: \"0.30000000\"")
    }

    private func stop(_ agent: RunningProgram) async {
        agent.terminate()
        let end = await agent.end()
        #expect(end.code == 0, "\(end.errors)")
    }

    @Test func `a broken policy changes nothing: decisions go on under the old one`() async throws {
        try await Scene.play { scene in
            let agent = try scene.start()
            try #require(await agent.errorLine(holding: "\"pass\"") != nil)
            let whole = try scene.folder.read("policies/policy.yaml")
            // As an editor that has not finished leaves it.
            try scene.folder.write("policies/policy.yaml", String(whole.prefix(whole.count / 2)))
            agent.hangUp()
            try #require(await agent.errorLine(holding: "the old one stays") != nil)
            let id = try #require(try await scene.create([AgentFolder.transfer()]).first)
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            let findings = agent.errorsSoFar.split(separator: "\n").filter {
                $0.contains("policy finding") && $0.contains("error E0")
            }
            #expect(!findings.isEmpty)
            let status = try #require(
                try await scene.folder.run("status", "--format", "json").objects.first)
            let policy = try #require(status["policy"] as? JSON)
            #expect(policy["active_revision"] as? Int == 1)
            #expect((policy["refused"] as? JSON)?["findings"] is [Any])
            let text = try await scene.folder.run("status")
            #expect(text.output.contains("; a reload was refused "))
            await stop(agent)
            let rejected = try await entries(scene, "policy_rejected")
            #expect(rejected.count == 1 && revision(rejected[0]) == 1)
            #expect(
                (rejected[0]["findings"] as? [String])?.contains { $0.contains("error") } == true)
            let decided = try await entries(scene, "decided")
            #expect(decided.map { $0["transaction_id"] as? String } == [id])
            #expect(decided.map(revision) == [1])
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `a policy that fails one of its own tests is refused, at a reload and at a start`()
        async throws
    {
        try await Scene.play { scene in
            let agent = try scene.start()
            try #require(await agent.errorLine(holding: "\"pass\"") != nil)
            try FileManager.default.createDirectory(
                atPath: scene.folder.path + "/policies/tests", withIntermediateDirectories: true)
            try scene.folder.write(
                "policies/tests/wrong_test.yaml",
                """
                apiVersion: countersign/v1
                kind: PolicyTest
                metadata: { id: wrong }
                options: { now: "2026-10-06T09:00:00Z" }
                tests:
                  - name: a transfer goes to a person
                    transaction:
                      account_id: "\(AgentFolder.ID.treasury)"
                      type: TRANSFER_OUTGOING
                      amount: "-1.00000000"
                      fee_amount: "0.00000000"
                      fee_account_id: "\(AgentFolder.ID.treasury)"
                      receiver_account_id: "\(AgentFolder.ID.payouts)"
                    expect: { action: escalate }

                """)
            try tighten(scene, to: 2)
            agent.hangUp()
            try #require(await agent.errorLine(holding: "the old one stays") != nil)
            #expect(agent.errorsSoFar.contains("expected action escalate, found allow"))
            await stop(agent)
            #expect(try await entries(scene, "policy_activated").count == 1)
            let start = try await scene.once()
            #expect(start.code == 2 && start.summary == nil)
            #expect(start.errors.contains("a transfer goes to a person"))
            let check = try await scene.folder.run("check")
            #expect(check.code == 2 && check.errors.contains("found allow"))
        }
    }

    @Test func `a good policy decides the next transaction, and every entry says which one did`()
        async throws
    {
        try await Scene.play { scene in
            let first = try #require(
                try await scene.create([AgentFolder.withdrawal("-0.40000000")]).first)
            let agent = try scene.start()
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            try tighten(scene, to: 2)
            agent.hangUp()
            try #require(await agent.errorLine(holding: "policy reloaded") != nil)
            let second = try #require(
                try await scene.create([AgentFolder.withdrawal("-0.40000000")]).first)
            try #require(
                await agent.errorLine { $0.contains(second) && $0.contains("escalate") } != nil)
            // The same again says so.
            agent.hangUp()
            try #require(await agent.errorLine(holding: "policy unchanged") != nil)
            await stop(agent)
            let decided = try await entries(scene, "decided")
            #expect(decided.map { $0["transaction_id"] as? String } == [first, second])
            #expect(decided.map(revision) == [1, 2])
            let digests = decided.compactMap { ($0["policy"] as? JSON)?["digest"] as? String }
            let activated = try await entries(scene, "policy_activated")
                .compactMap { ($0["policy"] as? JSON)?["digest"] as? String }
            #expect(Set(digests).count == 2 && digests == activated)
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `what is not sent yet is held back where the new policy would not allow it`()
        async throws
    {
        try await Scene.play { scene in
            _ = try await scene.create(
                (1...2).map { _ in AgentFolder.withdrawal("-0.40000000") })
            try await scene.add(
                [
                    [
                        "match": ["path_regex": "approval_requests"],
                        "fault": ["kind": "latency", "milliseconds": 700],
                    ]
                ], to: "faults")
            let agent = try scene.start()
            // Decided and reserved; their requests are on the way.
            try await scene.sandbox.report {
                ($0["requests_by_endpoint"] as? [String: Int])?["POST create_request"] ?? 0 >= 1
            }
            try tighten(scene, to: 2)
            agent.hangUp()
            try #require(await agent.errorLine(holding: "policy reloaded") != nil)
            let isHeldBack: @Sendable (String) -> Bool = { line in
                line.contains("\"action\":\"escalate\"") || line.contains("\"action\":\"hold\"")
            }
            try #require(await agent.errorLine(where: isHeldBack) != nil)
            await stop(agent)
            #expect(try await scene.approved().isEmpty)
            #expect(try await entries(scene, "decided").map(revision).prefix(2) == [1, 1])
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `a policy waits for its time, and is activated by itself`() async throws {
        try await Scene.play { scene in
            let from = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 6))
            try scene.folder.replace(
                in: "policies/policy.yaml", "  revision: 1\n",
                "  revision: 1\n  effective_from: \"\(from)\"\n")
            let id = try #require(try await scene.create([AgentFolder.transfer()]).first)
            let once = try await scene.once()
            #expect(once.code == 4 && once.item(id)?.codes == ["POLICY_NOT_ACTIVE"])
            #expect(try await entries(scene, "policy_activated").isEmpty)
            let agent = try scene.start()
            try #require(await agent.errorLine(holding: "policy activated") != nil)
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            await stop(agent)
            let kinds = try await Referee.entries(of: scene.folder).map(\.kind)
            let activated = try #require(kinds.firstIndex(of: "policy_activated"))
            #expect(kinds[..<activated].contains("decided"))
            #expect(!kinds[..<activated].contains("requested"))
            #expect(try await Referee.problems(scene) == [])
        }
    }
}
