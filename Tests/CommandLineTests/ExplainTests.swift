import Foundation
import ProgramTestKit
import Testing

/// `explain`, as an officer reads it and a program does.
@Suite(.serialized) struct ExplainTests {
    private typealias JSON = [String: Any]

    /// A body of a withdrawal in a file of the folder.
    private func file(_ folder: AgentFolder, _ changes: JSON = [:]) throws -> String {
        let body = AgentFolder.withdrawal(
            "-0.40000000",
            fields: [
                "id": "f4342c75f714405d89007ef13ce68688atrx", "state": "PENDING",
                "fee_account_id": AgentFolder.ID.treasury, "reference": "order 7",
                "created_at": ISO8601DateFormatter().string(from: Date()),
            ]
        ).merging(changes) { $1 }
        let path = folder.path + "/payout.json"
        try JSONSerialization.data(withJSONObject: body).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func explain(
        _ agent: ConnectedAgent, _ words: String..., code: Int32 = 0
    ) async throws -> JSON {
        let result = try await Program("countersign").run(
            ["explain"] + words + ["--format", "json", "--config", agent.folder.configuration])
        #expect(result.code == code, "\(result.errors)")
        return try #require(result.objects.first)
    }

    private func match(_ shown: JSON, _ rule: String) -> String? {
        (shown["rules"] as? [JSON])?.first { $0["id"] as? String == rule }?["match"] as? String
    }

    @Test func `a payout that exceeds a limit is told with window, use and when room returns`()
        async throws
    {
        let payouts = [1, 2].map { _ in AgentFolder.withdrawal("-0.45000000") }
        try await ConnectedAgent.with(payouts) { agent in
            let pass = try await agent.pass()
            #expect(pass.code == 0, "\(pass.errors)")
            let body = try file(agent.folder, ["amount": "-0.49000000"])
            let limited = try await explain(agent, body)
            #expect(limited["action"] as? String == "escalate")
            let limits = try #require(limited["limits"] as? [JSON])
            let limit = try #require(limits.first { $0["id"] as? String == "btc-payouts-day" })
            #expect(limit["window"] as? String == "24 h rolling")
            #expect(limit["exceeded"] as? Bool == true)
            #expect(limit["since"] is String && limit["room_at"] is String)
            #expect(limit["max"] as? String == "1.00000000")
            let sentence = try #require(limited["sentence"] as? String)
            #expect(sentence.hasPrefix("Escalated: 0.49 BTC on top of "))
            #expect(sentence.contains("would exceed 1 BTC (limit btc-payouts-day); room for"))
            let text = try await agent.folder.run("explain", body)
            #expect(text.code == 0)
            #expect(text.output.contains("EXCEEDED btc-payouts-day: 24 h rolling, since "))
            #expect(text.output.contains("room for it returns "))
            #expect(text.output.contains("if nothing else comes"))
        }
    }

    @Test func `what-if changes fields, says so, and leaves the transaction as it is`() async throws
    {
        try await ConnectedAgent.with { agent in
            let body = try file(agent.folder)
            let real = try await explain(agent, body)
            #expect(real["action"] as? String == "allow")
            #expect(real["what_if"] is NSNull)
            let large = try await explain(agent, body, "--what-if", "amount=-0.60000000")
            #expect(large["action"] as? String == "escalate")
            #expect(match(large, "payouts-large") == "TRUE")
            let change = (large["what_if"] as? JSON)?["amount"] as? JSON
            #expect(change?["from"] as? String == "-0.40000000")
            #expect(change?["to"] as? String == "-0.60000000")
            let both = try await explain(
                agent, body, "--what-if", "amount=-0.10000000,address=\(AgentFolder.ID.blocked)")
            #expect(both["action"] as? String == "block")
            #expect((both["entry"] as? JSON)?["label"] as? String == "Frozen by order")
            let text = try await agent.folder.run(
                "explain", body, "--what-if", "amount=null", "--what-if", "reference=")
            #expect(text.lines.first?.hasPrefix("HYPOTHETICAL: ") == true)
            #expect(text.output.contains("amount: \"-0.40000000\" -> null"))
            #expect(text.output.contains("reference: \"order 7\" -> absent"))
            #expect(text.output.contains("UNKNOWN"))
            #expect(text.output.contains("(cannot be read: amount"))
            #expect(text.code == 0 && text.output.contains(": escalate\n"))
        }
    }

    @Test func `what-if that makes no transaction is a misuse`() async throws {
        try await ConnectedAgent.with { agent in
            let body = try file(agent.folder)
            for (change, words) in [
                ("type=TRADE", "WITHDRAWAL"), ("account_id=x", "account_id"),
                ("account_id=99999999999999999999999999999999acct", "no account of the policy"),
            ] {
                let result = try await agent.folder.run("explain", body, "--what-if", change)
                #expect(result.code == 64 && result.errors.contains(words), "\(result.errors)")
                #expect(result.output.isEmpty)
            }
        }
    }

    @Test func `an answer of hold ends with 4, and says what is in doubt`() async throws {
        try await ConnectedAgent.with { agent in
            let body = try file(
                agent.folder, ["sender_account_id": AgentFolder.ID.treasury])
            let held = try await explain(agent, body, code: 4)
            #expect(held["action"] as? String == "hold")
            #expect((held["sentence"] as? String)?.hasPrefix("Held: the account is not") == true)
            // What is over needs no decision.
            let over = try await explain(agent, body, "--what-if", "state=CANCELLED")
            #expect(over["action"] as? String == "hold")
        }
    }

    /// Adds a pattern, guards, a total and a calendar limit, and an entry that expires.
    private func watchful(_ folder: AgentFolder) throws {
        try folder.replace(
            in: "policies/policy.yaml", "  default_action: block\n",
            "  default_action: block\n  timezone: Europe/Berlin\n")
        try folder.replace(
            in: "policies/policy.yaml", "limits:\n",
            """
            patterns:
              - id: near-cap
                action: escalate
                scope: { type: [WITHDRAWAL] }
                per: [destination]
                window: { calendar: week }
                near: { percent: 20, of: [payouts-small] }
                count_at_least: 2
            guards:
              lookalike: { prefix: 4, suffix: 4, action: block }
              duplicate_reference: { action: block }
            limits:
              - id: ever
                scope: { asset: [BTC] }
                window: { total: true }
                max_amount: "0.10000000"
              - id: month
                scope: { asset: [BTC] }
                window: { calendar: month }
                max_count: 5

            """)
        try folder.replace(
            in: "policies/address_book.yaml", "    tags: [\"exchange\"]\n",
            "    tags: [\"exchange\"]\n    expires_at: \"2099-01-01T00:00:00Z\"\n")
    }

    @Test func `guards, patterns, calendar windows and entries are told`() async throws {
        try await ConnectedAgent.with { agent in
            try watchful(agent.folder)
            let body = try file(agent.folder, ["amount": "-0.45000000"])
            let shown = try await explain(agent, body)
            let limits = try #require(shown["limits"] as? [JSON])
            let windows = limits.map { $0["window"] as? String }
            #expect(windows == ["24 h rolling", "since ever", "calendar month in Europe/Berlin"])
            let pattern = try #require((shown["patterns"] as? [JSON])?.first)
            #expect(pattern["id"] as? String == "near-cap" && pattern["seen"] as? Bool == false)
            #expect(pattern["window"] as? String == "calendar week in Europe/Berlin")
            #expect(pattern["count"] as? Int == 0)
            let guards = try #require(shown["guards"] as? [JSON])
            #expect(guards.map { $0["match"] as? String } == ["FALSE", "FALSE"])
            let entry = try #require(shown["entry"] as? JSON)
            #expect(entry["label"] as? String == "Kraken treasury")
            #expect(entry["active"] as? Bool == true)
            #expect(entry["expires_at"] as? String == "2099-01-01T00:00:00.000Z")
            let text = try await agent.folder.run("explain", body)
            #expect(text.output.contains("there is never room for it"))
            #expect(
                text.output.contains("not seen near-cap: calendar week in Europe/Berlin, since "))
            #expect(text.output.contains("Kraken treasury: active; tags exchange; until 2099"))
            let expired = try await explain(
                agent, body, "--what-if", "address=3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r")
            #expect((expired["guards"] as? [JSON])?.first?["match"] as? String == "TRUE")
            #expect(expired["action"] as? String == "block")
            #expect(expired["entry"] is NSNull)
            #expect((expired["limits"] as? [JSON])?.isEmpty == true)
            let none = try await agent.folder.run(
                "explain", body, "--what-if", "address=\(AgentFolder.ID.blocked)")
            #expect(none.output.contains("none was asked"))
        }
    }

    @Test func `what was recorded stands beside what would be decided today`() async throws {
        let large = AgentFolder.withdrawal("-0.80000000")
        try await ConnectedAgent.with([large]) { agent in
            #expect(try await agent.pass().code == 0)
            let id = try #require(
                try await agent.folder.run(
                    "audit", "query", "--kind", "decided", "--format", "json"
                )
                .objects.first?["transaction_id"] as? String)
            try agent.folder.replace(in: "policies/policy.yaml", "revision: 1", "revision: 2")
            try agent.folder.replace(
                in: "policies/policy.yaml", "up_to: \"0.50000000\"", "up_to: \"0.90000000\"")
            try agent.folder.replace(
                in: "policies/policy.yaml", "more_than: \"0.50000000\"",
                "more_than: \"0.90000000\"")
            let shown = try await explain(agent, id)
            #expect(shown["action"] as? String == "allow")
            let recorded = try #require(shown["recorded"] as? JSON)
            #expect(recorded["action"] as? String == "escalate")
            #expect(recorded["reasons"] as? [String] == ["RULE_ESCALATE"])
            #expect((recorded["policy"] as? JSON)?["revision"] as? Int == 1)
            #expect((shown["policy"] as? JSON)?["revision"] as? Int == 2)
            let text = try await agent.folder.run("explain", id)
            #expect(text.output.contains(": escalate under revision 1 (RULE_ESCALATE)"))
        }
    }
}
