import Foundation
import ProgramTestKit
import Testing

/// What `status` and `explain` show while people are asked, and that the entity's only key may be
/// theirs.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct AskedTests {
    private static let group = String(repeating: "9", count: 32) + "apmt"
    private static let people = ["anna": "1", "bora": "2", "carl": "3"]

    private static func id(_ digit: String, _ suffix: String) -> String {
        String(repeating: digit, count: 32) + suffix
    }

    /// The board beside the demo's own method.
    private static func addBoard(_ scenario: inout [String: Any]) {
        let entities = scenario["entities"] as? [[String: Any]] ?? []
        let methods = scenario["approval_methods"] as? [[String: Any]] ?? []
        let members = people.values.sorted()
        scenario["entities"] =
            entities + members.map { ["id": id($0, "enty"), "type": "REPRESENTATIVE_PERSON"] }
        scenario["approval_methods"] =
            methods
            + [
                [
                    "id": group, "entity_id": AgentFolder.ID.entity, "type": "GROUP",
                    "state": "ACTIVATED",
                    "approval_group": [
                        "id": "board", "quorum": 2, "members": members.map { id($0, "enty") },
                    ] as [String: Any],
                ]
            ]
            + members.map {
                [
                    "id": id($0, "apmt"), "entity_id": id($0, "enty"), "type": "AUTHY_PUSH",
                    "state": "ACTIVATED",
                ]
            }
    }

    /// Lets the board decide what was escalated.
    private static func pin(_ folder: AgentFolder) throws {
        let members = people.sorted { $0.key < $1.key }.map { name, digit in
            "      \(name): { entity_id: \"\(id(digit, "enty"))\", "
                + "approval_method_id: \"\(id(digit, "apmt"))\" }"
        }
        let groups = """
            groups:
              board:
                approval_method_id: "\(group)"
                approval_group_id: "board"
                quorum: 2
                members:
            \(members.joined(separator: "\n"))
            rules:

            """
        try folder.replace(in: "policies/policy.yaml", "rules:\n", groups)
        try folder.replace(
            in: "policies/policy.yaml",
            """
              - id: payouts-large
                action: escalate
                type: [WITHDRAWAL]
                source: { accounts: [btc-payouts] }
                destination: { kind: allowlisted }
                asset: [BTC]
                amount: { more_than: "0.50000000" }
            """,
            """
              - id: payouts-large
                action: allow
                type: [WITHDRAWAL]
                source: { accounts: [btc-payouts] }
                destination: { kind: allowlisted }
                asset: [BTC]
                amount: { more_than: "0.50000000", up_to: "0.90000000" }
                fee: { up_to: "0.00200000" }
                quorum: { group: board, min_approvals: 2, ask: [anna, carl, bora], order: sequential, expires_after: 24h, on_expiry: escalate }
            """)
    }

    @Test func `status and explain name who was asked, who is missing and until when`() async throws
    {
        try await ConnectedAgent.with(
            [AgentFolder.withdrawal("-0.80000000")], change: Self.addBoard
        ) { agent in
            try Self.pin(agent.folder)
            let pass = try await agent.pass()
            let id = try #require(pass.objects.first?["transaction_id"] as? String)
            let status = try await agent.folder.run("status", "--format", "json")
            let asked = status.objects.first?["asked"] as? [[String: Any]] ?? []
            #expect(asked.count == 1, "\(pass.output) \(pass.errors) \(status.output)")
            #expect(asked.first?["transaction_id"] as? String == id)
            let asking = try #require(asked.first?["asking"] as? [String: Any])
            #expect((asking["group"] as? [String: Any])?["name"] as? String == "board")
            #expect(asking["expires_at"] is String)
            let sentence =
                "group board: 0 of 2 approvals; waiting for anna; not asked yet: carl, bora; until "
            let table = try await agent.folder.run("status")
            #expect(table.output.contains("asked        \(id): \(sentence)"), "\(table.output)")
            let explained = try await agent.folder.run("explain", id)
            #expect(explained.output.contains(sentence), "\(explained.output)")
            let json = try await agent.folder.run("explain", id, "--format", "json")
            let shown = json.objects.first?["asking"] as? [String: Any]
            #expect(shown?["since"] as? String == asking["since"] as? String)
            // The group that the policy pins is no finding; the members' methods are not ours.
            let doctor = try await agent.folder.run("doctor", "--format", "json")
            #expect(doctor.code == 0, "\(doctor.output)")
        }
    }

    @Test func `an entity whose accounts only people approve needs no approver`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        try Self.pin(folder)
        try folder.replace(
            in: "countersign.yaml", AgentFolder.ID.entity, Self.id("8", "enty"))
        let refused = try await folder.run("check")
        #expect(refused.code == 3 && refused.errors.contains("no approver is named"))
        // Without the two rules by which the agent itself signs, people approve everything.
        for rule in ["internal-transfers", "payouts-small"] {
            try folder.replace(
                in: "policies/policy.yaml", "  - id: \(rule)\n    action: allow",
                "  - id: \(rule)\n    action: escalate")
        }
        let check = try await folder.run("check")
        #expect(check.code == 0, "\(check.output) \(check.errors)")
    }
}
