import Foundation
import ProgramTestKit
import Testing

/// The agent with both doors open, against the sandbox.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct OperationsTests {
    /// Runs an agent that polls once an hour, so that what comes of a callback came of it alone.
    private func running(
        change: (AgentFolder) throws -> Void = { _ in },
        _ body: (ConnectedAgent, RunningProgram, AgentPages, AgentPages) async throws -> Void
    ) async throws {
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            try agent.folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1h")
            try change(agent.folder)
            try await agent.running { program in
                let operations = try await AgentPages(of: program, door: "operations")
                let callbacks = try await AgentPages(of: program, door: "callbacks")
                try await operations.get("/readyz") { $0.status == 200 }
                try await body(agent, program, operations, callbacks)
            }
        }
    }

    @Test func `a callback leads to a confirmed approval without a poll, and is counted`()
        async throws
    {
        try await running { agent, _, operations, callbacks in
            let ids = try await agent.add([AgentFolder.withdrawal()])
            let reply = try await callbacks.callback(try #require(ids.first))
            #expect(reply.status == 200 && reply.body.isEmpty)
            try await agent.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            try await operations.get("/metrics") {
                $0.text.contains("\ncountersign_approvals_confirmed_total 1\n")
            }
            let metrics = try await operations.metrics()
            let expected: [String: Double] = [
                "countersign_ready": 1, "countersign_halted": 0, "countersign_group_stopped": 0,
                "countersign_signatures_total": 1,
                "countersign_decisions_total{action=\"allow\",mode=\"live\"}": 1,
                "countersign_decisions_total{action=\"hold\",mode=\"live\"}": 0,
                "countersign_transactions_seen_total{type=\"WITHDRAWAL\"}": 1,
                "countersign_callbacks_total{result=\"transaction\"}": 1,
                "countersign_callbacks_total{result=\"refused\"}": 0,
                "countersign_notifications_total{result=\"failed\"}": 0,
                "countersign_approval_latency_seconds_count": 1,
                "countersign_approval_latency_seconds_bucket{le=\"+Inf\"}": 1,
                "countersign_stage_duration_seconds_count{stage=\"sign\"}": 1,
                "countersign_limit_used_ratio{limit=\"transfers-day\"}": 0,
            ]
            for (name, value) in expected where name.contains("{limit") == false {
                #expect(metrics[name] == value, "\(name)")
            }
            #expect(metrics["countersign_disk_free_bytes"] ?? 0 > 0)
            #expect(metrics["countersign_limit_used_ratio{limit=\"btc-payouts-day\"}"] != nil)
            #expect(metrics["process_start_time_seconds"] ?? 0 > 1_600_000_000)
            let info = metrics.keys.first { $0.hasPrefix("countersign_policy_info{") }
            #expect(info?.contains("revision=\"1\"") == true)
        }
    }

    @Test func `what the platform calls itself is approved, trades and closures are counted alone`()
        async throws
    {
        try await running { agent, _, operations, callbacks in
            let url = callbacks.origin.replacingOccurrences(of: "localhost", with: "127.0.0.1")
            try await agent.sandbox.control(
                "POST", "callbacks", ["url": url + "/callbacks", "duplicates": 2])
            let ids = try await agent.add((0..<5).map { _ in AgentFolder.transfer() })
            try await agent.sandbox.report { $0["approvals_accepted"] as? Int == ids.count }
            for type in ["TRADE", "CLOSURE_REQUEST"] {
                let entity = type == "TRADE" ? [:] : ["entity_id": AgentFolder.ID.entity]
                try await agent.sandbox.control(
                    "POST", "callbacks/send",
                    ["resource_type": type].merging(entity) { $1 })
            }
            try await operations.get("/metrics") {
                $0.text.contains("callbacks_total{result=\"trade\"} 3\n")
                    && $0.text.contains("callbacks_total{result=\"closure_request\"} 3\n")
            }
            let metrics = try await operations.metrics()
            #expect(metrics["countersign_callbacks_total{result=\"refused\"}"] == 0)
            #expect(metrics["countersign_callbacks_total{result=\"transaction\"}"] ?? 0 >= 15)
            let report = try await agent.sandbox.report()
            #expect((report["approved_twice"] as? [Any])?.isEmpty != false)
            #expect(report["approvals_attempted"] as? Int == ids.count)
        }
    }

    @Test func `status tells who waits for a person, and which callbacks came`() async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal("-0.80000000")]) { agent in
            try agent.folder.listen()
            try await agent.running { program in
                let operations = try await AgentPages(of: program, door: "operations")
                try await operations.get("/readyz") { $0.status == 200 }
                let shown = try await agent.folder.run("status", "--format", "json")
                let last = try #require(shown.objects.first?["last_pass"] as? [String: Any])
                let escalated = try #require(last["escalated"] as? [String: Any])
                #expect(escalated["waiting"] as? Int == 1)
                let first = (escalated["transactions"] as? [[String: Any]])?.first
                #expect(first?["reasons"] as? [String] == ["RULE_ESCALATE"])
                #expect((last["callbacks"] as? [String: Any])?["trade"] as? Int == 0)
                let table = try await agent.folder.run("status").output
                #expect(table.contains("\nescalated    1 wait for a person\n"))
                #expect(table.contains("RULE_ESCALATE\n"))
                #expect(table.contains("\ncallbacks    0 closure_request, "))
            }
        }
    }

    @Test func `without a door for callbacks nothing is told of them`() async throws {
        try await ConnectedAgent.with { agent in
            try agent.folder.replace(
                in: "countersign.yaml", "operations: null", "operations: \"127.0.0.1:0\"")
            try agent.folder.write("state/GROUP-HALT", "not even JSON")
            try await agent.running { program in
                let pages = try await AgentPages(of: program, door: "operations")
                // Groups that are not asked keep nothing else from being approved.
                try await pages.get("/readyz") { $0.status == 200 }
                #expect(try await pages.get("/livez").status == 200)
                #expect(try await !pages.get("/metrics").text.contains("callbacks"))
                #expect(try await pages.metrics()["countersign_group_stopped"] == 1)
                let status = try await pages.get("/status").object
                #expect(status["callbacks"] is NSNull && status["group_stopped"] is [String: Any])
                #expect(try await pages.send("POST", "/readyz").status == 405)
                #expect(try await pages.get("/callbacks").status == 404)
            }
        }
    }

    @Test func `no id, address or amount stands in the metrics`() async throws {
        try await running { agent, _, operations, callbacks in
            let ids = try await agent.add([
                AgentFolder.withdrawal("-0.12345678"), AgentFolder.withdrawal("-0.80000000"),
            ])
            _ = try await callbacks.callback(try #require(ids.first))
            let page = try await operations.get("/metrics") {
                $0.text.contains("countersign_escalated_waiting 1\n")
            }
            let secrets =
                ids + [
                    AgentFolder.ID.payouts, AgentFolder.ID.entity, AgentFolder.ID.exchange,
                    "0.12345678", "0.8",
                ]
            for secret in secrets { #expect(!page.text.contains(secret), "\(secret)") }
            #expect(page.contentType.hasPrefix("text/plain; version=0.0.4"))
        }
    }

    @Test func `every metric that alerts, board and runbook name is told by a running agent`()
        async throws
    {
        try await running { agent, _, operations, callbacks in
            let ids = try await agent.add([
                AgentFolder.withdrawal(), AgentFolder.withdrawal("-0.80000000"),
            ])
            _ = try await callbacks.callback(try #require(ids.first))
            let page = try await operations.get("/metrics") {
                $0.text.contains("countersign_escalated_waiting 1\n")
                    && $0.text.contains("confirmed_total 1\n")
            }
            let told = Set(
                page.text.matches(of: /# TYPE ([a-z_]+)/).map { String($0.output.1) })
            #expect(told.count > 20)
            for file in ["deploy/alerts.yml", "deploy/grafana.json", "docs/operations.md"] {
                let text = try String(
                    contentsOf: AgentFolder.repository.appendingPathComponent(file),
                    encoding: .utf8)
                let used = Set(
                    text.matches(of: /\b(?:countersign|process)_[a-z_]+/).map {
                        String($0.output).replacing(/_bucket$/, with: "")
                    })
                #expect(used.count > 10, "\(file)")
                #expect(used.subtracting(told) == [], "\(file)")
            }
            let samples = try await operations.metrics()
            let alerts = try String(
                contentsOf: AgentFolder.repository.appendingPathComponent("deploy/alerts.yml"),
                encoding: .utf8)
            for check in alerts.matches(of: /check="([a-z_]+)"/).map(\.output.1) {
                #expect(samples["countersign_ready_check{check=\"\(check)\"}"] != nil, "\(check)")
            }
            for stage in alerts.matches(of: /failures_total\{stage="([a-z_]+)"/).map(\.output.1) {
                #expect(samples["countersign_failures_total{stage=\"\(stage)\"}"] != nil)
            }
        }
    }

    @Test func `the status tells the policy, the states, who waits and what called`() async throws {
        try await running { agent, program, operations, callbacks in
            let ids = try await agent.add([
                AgentFolder.withdrawal(), AgentFolder.withdrawal("-0.80000000"),
            ])
            for id in ids { #expect(try await callbacks.callback(id).status == 200) }
            #expect(try await callbacks.callback("../../etc/passwd").status == 400)
            for (type, path) in [
                ("TRADE", "/v1/trading/trades/\(String(repeating: "1", count: 32))trde"),
                (
                    "CLOSURE_REQUEST",
                    "/v1/entities/\(AgentFolder.ID.entity)/closure_requests/"
                        + "\(String(repeating: "1", count: 32))clrq"
                ),
            ] {
                let id = path.split(separator: "/").last ?? ""
                let reply = try await callbacks.send(
                    "POST", "/callbacks",
                    headers: ["X-Resource-Type": type, "X-Resource-Location": path],
                    body: Data("{\"id\":\"\(id)\"}".utf8))
                #expect(reply.status == 200, "\(type)")
            }
            try await agent.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            let page = try await operations.get("/status") {
                let ledger = $0.object["ledger"] as? [String: Any]
                let states = ledger?["states"] as? [String: Any]
                return states?["confirmed"] as? Int == 1 && states?["decided"] as? Int == 1
            }
            let status = page.object
            #expect(status["environment"] as? String == "sandbox")
            #expect(status["version"] as? String == "0.1.0")
            let policy = try #require(status["policy"] as? [String: Any])
            #expect(policy["revision"] as? Int == 1)
            #expect(policy["directory_is_active"] as? Bool == true)
            #expect(policy["digest"] as? String == policy["directory_digest"] as? String)
            #expect(status["last_reload"] is NSNull && status["halted"] is NSNull)
            let counts = try #require(status["callbacks"] as? [String: Any])
            #expect(counts["transaction"] as? Int == 2 && counts["refused"] as? Int == 1)
            #expect(counts["trade"] as? Int == 1 && counts["closure_request"] as? Int == 1)
            let escalated = try #require(status["escalated"] as? [String: Any])
            #expect(escalated["waiting"] as? Int == 1 && escalated["oldest"] is String)
            // A changed directory is shown, and not loaded.
            try agent.folder.replace(in: "policies/policy.yaml", "revision: 1", "revision: 2")
            let changed = try await operations.get("/status") {
                ($0.object["policy"] as? [String: Any])?["directory_is_active"] as? Bool == false
            }
            let active = changed.object["policy"] as? [String: Any]
            #expect(active?["revision"] as? Int == 1)
            program.hangUp()
            let reloaded = try await operations.get("/status") {
                ($0.object["last_reload"] as? [String: Any])?["result"] as? String == "reloaded"
            }
            #expect((reloaded.object["policy"] as? [String: Any])?["revision"] as? Int == 2)
        }
    }

    @Test func `the status tells the checkpoint that was signed last, and what it covers`()
        async throws
    {
        try await running { agent, _, operations, callbacks in
            func checkpoint(_ page: AgentPages.Page) -> [String: Any]? {
                page.object["checkpoint"] as? [String: Any]
            }
            let first = try await operations.get("/status") { checkpoint($0)?["size"] is Int }
            let file = try agent.folder.read("state/audit/checkpoint").split(separator: "\n")
            let told = try #require(checkpoint(first))
            let published = file.dropFirst().first.flatMap { Int($0) }
            #expect(published != nil && told["size"] as? Int == published)
            #expect(told["signed_at"] is String && told["covered_at"] is String)
            let ids = try await agent.add([AgentFolder.withdrawal()])
            _ = try await callbacks.callback(try #require(ids.first))
            let later = try await operations.get("/status") {
                let ledger = $0.object["ledger"] as? [String: Any]
                return (ledger?["states"] as? [String: Any])?["confirmed"] as? Int == 1
            }
            let ledger = later.object["ledger"] as? [String: Any]
            let (size, entries) = (checkpoint(later)?["size"] as? Int, ledger?["entries"] as? Int)
            #expect((size ?? 0) < (entries ?? 0), "it is published within a minute, not at once")
            let before = try #require(told["covered_at"] as? String)
            #expect(try #require(checkpoint(later)?["covered_at"] as? String) >= before)
        }
    }

    @Test func `an address that is taken ends the agent with its name and a remedy`() async throws {
        try await ConnectedAgent.with { agent in
            let taken = agent.sandbox.origin.dropFirst("http://".count)
            try agent.folder.replace(
                in: "countersign.yaml", "operations: null", "operations: \"\(taken)\"")
            let end = try await agent.folder.run("run")
            #expect(end.code == 1)
            #expect(end.errors.contains("cannot listen on \(taken)"), "\(end.errors)")
            #expect(end.errors.contains("choose another address or port"))
        }
    }

    @Test func `check warns of doors that other hosts can call`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        #expect(try await folder.run("check").errors.contains("warning") == false)
        try folder.replace(in: "countersign.yaml", "callbacks: null", "callbacks: \"0.0.0.0:8480\"")
        try folder.replace(in: "countersign.yaml", "operations: null", "operations: \"[::]:8481\"")
        let check = try await folder.run("check")
        #expect(check.code == 0)
        #expect(check.errors.contains("warning: \(folder.configuration): listen.callbacks"))
        #expect(check.errors.contains("0.0.0.0:8480 can be called from other hosts; put a proxy"))
        #expect(check.errors.contains("listen.operations: [::]:8481 shows other hosts"))
        let strict = try await folder.run("check", "--strict")
        #expect(strict.code == 2)
    }

    @Test func `SIGTERM ends an agent with open doors at once and with 0`() async throws {
        try await running { _, program, _, _ in
            program.terminate()
            let end = await program.end()
            #expect(end.code == 0, "\(end.errors)")
            #expect(end.errors.contains("\"message\":\"stopped\""))
        }
    }
}
