import Foundation
import ProgramTestKit
import Testing

/// `run --once`, `--dry-run`, `explain` and `audit query` against a sandbox.
@Suite(.serialized) struct PassTests {
    private static let names: Set<String> = [
        "transaction_id", "account_id", "type", "amount", "fee_amount", "destination", "action",
        "rules", "limits", "reasons", "approval_request_id", "challenge_sha256", "outcome",
        "dry_run",
    ]

    private static var batch: [[String: Any]] {
        [
            AgentFolder.withdrawal("-0.40000000"), AgentFolder.transfer(),
            AgentFolder.withdrawal("-0.80000000"),
            AgentFolder.withdrawal(to: AgentFolder.ID.blocked),
        ]
    }

    @Test func `a pass tells each transaction in one line and sums them up in the last`()
        async throws
    {
        try await ConnectedAgent.with(Self.batch) { agent in
            let pass = try await agent.pass()
            #expect(pass.code == 0, "\(pass.errors)")
            let lines = pass.objects
            #expect(lines.count == 5)
            for line in lines.dropLast() { #expect(Set(line.keys) == Self.names) }
            let summary = try #require(lines.last?["summary"] as? [String: Any])
            let counts = [
                "seen": 4, "allow": 2, "escalate": 1, "block": 1, "hold": 0, "confirmed": 2,
                "failed": 0, "pending": 0, "conflict": 0, "quarantined": 0,
            ]
            for (name, count) in counts { #expect(summary[name] as? Int == count, "\(name)") }
            #expect(summary["dry_run"] as? Bool == false)
            let payout = try #require(
                lines.first { $0["amount"] as? String == "-0.40000000" })
            #expect(payout["outcome"] as? String == "confirmed")
            #expect((payout["challenge_sha256"] as? String)?.count == 64)
            #expect(payout["rules"] as? [String] == ["payouts-small"])
            let limit = try #require((payout["limits"] as? [[String: Any]])?.first)
            #expect(limit["id"] as? String == "btc-payouts-day")
            #expect(limit["key"] as? String == "btc-payouts")
            #expect(limit["used"] as? String == "0.00000000")
            #expect(limit["this"] as? String == "0.40050000")
            #expect(limit["max"] as? String == "1.00000000")
            #expect(limit["exceeded"] as? Bool == false)
            let table = try await agent.folder.run("run", "--once")
            #expect(table.output.contains("TRANSACTION") && !table.output.contains("\u{1B}"))
        }
    }

    @Test func `I7: a dry run asks, opens no approval key, and leaves the ledger as it was`()
        async throws
    {
        try await ConnectedAgent.with(Self.batch) { agent in
            // A pipe would hang whoever opened it.
            let approval = agent.folder.path + "/keys/approval.json"
            let key = try agent.folder.read("keys/approval.json")
            try agent.folder.delete("keys/approval.json")
            let made = unsafe mkfifo(approval, 0o600)
            #expect(made == 0)
            let before = try agent.folder.contents()
            let first = try await agent.pass("--dry-run")
            let second = try await agent.pass("--dry-run")
            #expect(first.code == 0 && first.output == second.output, "\(first.errors)")
            #expect(before.changes(to: try agent.folder.contents()) == [])
            for line in first.objects.dropLast() {
                #expect(line["dry_run"] as? Bool == true)
                for name in ["approval_request_id", "challenge_sha256", "outcome"] {
                    #expect(line[name] is NSNull, "\(name)")
                }
            }
            for request in try await agent.sandbox.requests() {
                #expect(request["method"] as? String == "GET")
            }
            try agent.folder.delete("keys/approval.json")
            try agent.folder.write("keys/approval.json", key)
            try agent.folder.setMode(0o600, of: "keys/approval.json")
            let real = try await agent.pass()
            func actions(_ result: Program.Result) -> [String: String] {
                result.objects.dropLast().reduce(into: [:]) { actions, line in
                    let id = line["transaction_id"] as? String ?? ""
                    actions[id] = line["action"] as? String
                }
            }
            #expect(actions(first) == actions(real))
        }
    }

    @Test func `I7: a dry run changes nothing beside an agent that runs or was killed`()
        async throws
    {
        try await ConnectedAgent.with(Self.batch) { agent in
            try agent.folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1h")
            let running = try agent.folder.start("run")
            _ = await running.errorLine(holding: "\"message\":\"pass\"")
            try await agent.add([AgentFolder.transfer("-2.00000000")])
            let files = ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite.lock"]
            func bytes() throws -> [Data?] {
                let contents = try agent.folder.contents()
                return files.map { contents.entries["state/" + $0]?.bytes }
            }
            // What it publishes and reconciles by itself is its own.
            running.pause()
            let before = try bytes()
            let beside = try await agent.pass("--dry-run")
            #expect(beside.code == 0, "\(beside.errors)")
            #expect(try bytes() == before)
            running.kill()
            #expect(await running.end().code == -9)
            let names = try agent.folder.contents().entries.keys.sorted()
            let after = try await agent.pass("--dry-run")
            #expect(after.code == 0 && after.output == beside.output, "\(after.errors)")
            #expect(try bytes() == before)
            #expect(try agent.folder.contents().entries.keys.sorted() == names)
            let summary = after.objects.last?["summary"] as? [String: Any]
            #expect(summary?["seen"] as? Int == 3 && summary?["allow"] as? Int == 1)
        }
    }

    @Test func `explain knows a transaction from the platform, a file and the ledger`() async throws
    {
        try await ConnectedAgent.with { agent in
            let ids = try await agent.add([AgentFolder.withdrawal("-0.80000000")])
            let id = try #require(ids.first)
            #expect(try await agent.pass().code == 0)
            let shown = try await agent.folder.run("explain", id, "--format", "json")
            #expect(shown.code == 0)
            let rules = try #require(shown.objects.first?["rules"] as? [[String: Any]])
            #expect(rules.count == 4)
            #expect(rules.contains { $0["match"] as? String == "TRUE" })
            let body = try await agent.sandbox.control("GET", "transactions/\(id)")
            let transaction = try #require((body as? [String: Any])?["transaction"])
            try agent.folder.write(
                "payout.json",
                String(
                    decoding: JSONSerialization.data(withJSONObject: transaction), as: UTF8.self))
            let file = try await agent.folder.run("explain", agent.folder.path + "/payout.json")
            #expect(file.code == 0 && file.output.contains("payouts-large"))
            let unknown = "00000000000000000000000000000009atrx"
            let missing = try await agent.folder.run("explain", unknown)
            #expect(missing.code == 1)
            #expect(missing.errors.hasSuffix("neither on the platform nor in the ledger\n"))
            await agent.sandbox.stop()
            let ledger = try await agent.folder.run("explain", id)
            #expect(ledger.code == 0 && ledger.errors.contains("as the ledger has it"))
            let nowhere = try await agent.folder.run("explain", unknown)
            #expect(nowhere.code == 1 && nowhere.output.isEmpty)
            #expect(nowhere.errors.contains("nor in the ledger; the platform cannot be reached"))
            #expect(!nowhere.errors.contains("notSent"))
            let none = try await agent.folder.run("explain", "nothing-here.json")
            #expect(none.code == 1 && none.errors.contains("no such file"))
        }
    }

    @Test func `the entries of a transaction tell its whole story`() async throws {
        try await ConnectedAgent.with { agent in
            let id = try #require(try await agent.add([AgentFolder.transfer()]).first)
            #expect(try await agent.pass().code == 0)
            let query = try await agent.folder.run(
                "audit", "query", "--transaction", id, "--format", "json")
            let kinds = query.objects.compactMap { $0["kind"] as? String }
            #expect(kinds == ["decided", "requested", "signed", "delivered", "confirmed"])
            let hashes = query.objects.compactMap { $0["signature_sha256"] as? String }
            #expect(hashes.count == 2 && Set(hashes).count == 1)
            #expect(!query.output.contains(#""signature":"#))
            let all = try await agent.folder.run("audit", "query")
            #expect(all.lines.count == 9 && all.output.contains("KIND"))
            let status = try await agent.folder.run("status", "--format", "json")
            #expect(status.objects.first?["running"] as? Bool == false)
            #expect(status.objects.first?["entries"] as? Int == 8)
        }
    }

    @Test func `an item in doubt is exit 4, and a second agent on one ledger is refused`()
        async throws
    {
        try await ConnectedAgent.with([AgentFolder.transfer()]) { agent in
            try await agent.sandbox.control(
                "POST", "hostile", ["kind": "foreign_request", "field": "type", "value": "SMS"])
            let pass = try await agent.pass()
            #expect(pass.code == 4 && pass.output.contains("FOREIGN_REQUEST"))
            try await agent.sandbox.control("DELETE", "hostile")
            let running = try agent.folder.start("run")
            let deadline = ContinuousClock.now + .seconds(20)
            while try await agent.folder.run("status").output.contains("not running"),
                ContinuousClock.now < deadline
            {}
            let second = try await agent.pass()
            #expect(second.code == 1 && second.errors.contains("another agent"))
            running.terminate()
            #expect(await running.end().code == 0)
        }
    }

    @Test func `results that cannot be written are told by the exit code, not by a crash`()
        async throws
    {
        try await ConnectedAgent.with([AgentFolder.transfer()]) { agent in
            let script = Process()
            script.executableURL = URL(fileURLWithPath: "/bin/sh")
            let program = Program.folder.appendingPathComponent("countersign").path
            script.arguments = [
                "-c",
                "'\(program)' run --once --config '\(agent.folder.configuration)' >/dev/full 2>&1",
            ]
            try script.run()
            script.waitUntilExit()
            #expect(script.terminationReason == .exit && script.terminationStatus == 1)
            let report = try await agent.sandbox.report()
            #expect(report["approvals_accepted"] as? Int == 1)
        }
    }
}
