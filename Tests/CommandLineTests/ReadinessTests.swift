import Foundation
import ProgramTestKit
import Testing

/// Each readiness check, made false on the running program by its own cause.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ReadinessTests {
    private static let names: Set<String> = [
        "policy_active", "approval_key_registered", "ledger_writable", "clock_within_bounds",
        "poll_recent", "not_halted",
    ]

    /// The checks that are false.
    private static func failing(_ page: AgentPages.Page) -> Set<String> {
        let checks = page.object["checks"] as? [String: [String: Any]] ?? [:]
        return Set(checks.filter { $0.value["ok"] as? Bool == false }.keys)
    }

    private static func isReady(_ page: AgentPages.Page) -> Bool {
        page.status == 200 && page.object["ready"] as? Bool == true
    }

    /// Runs an agent with both doors, and `body` once every check is true. `poll` is the
    /// configuration's interval.
    private func whenReady(
        poll: String = "1s", change: (AgentFolder) throws -> Void = { _ in },
        _ body: (ConnectedAgent, AgentPages) async throws -> Void
    ) async throws {
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            try agent.folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: \(poll)")
            try change(agent.folder)
            try await agent.running { program in
                let pages = try await AgentPages(of: program, door: "operations")
                try await pages.get("/readyz", until: Self.isReady)
                try await body(agent, pages)
            }
        }
    }

    /// Waits until exactly these checks are false, and holds page, status and metrics against it.
    private func expect(_ failing: Set<String>, _ pages: AgentPages) async throws {
        let page = try await pages.get("/readyz") { Self.failing($0) == failing }
        #expect(page.status == 503)
        #expect(page.object["ready"] as? Bool == false)
        #expect(page.contentType == "application/json")
        let checks = try #require(page.object["checks"] as? [String: [String: Any]])
        #expect(Set(checks.keys) == Self.names)
        for check in checks.values { #expect((check["message"] as? String)?.isEmpty == false) }
        let metrics = try await pages.metrics()
        #expect(metrics["countersign_ready"] == 0)
        for name in Self.names {
            #expect(
                metrics["countersign_ready_check{check=\"\(name)\"}"]
                    == (failing.contains(name) ? 0 : 1), "\(name)")
        }
        let status = try await pages.get("/status")
        #expect(status.status == 200 && status.object["ready"] as? Bool == false)
    }

    @Test func `a halt makes not_halted false until it is lifted`() async throws {
        try await whenReady { agent, pages in
            #expect(try await agent.folder.run("halt", "--reason", "drill").code == 0)
            try await expect(["not_halted"], pages)
            let status = try await pages.get("/status").object
            #expect((status["halted"] as? [String: Any])?["why"] as? String == "drill")
            #expect(try await pages.metrics()["countersign_halted"] == 1)
            #expect(try await agent.folder.run("resume").code == 0)
            try await pages.get("/readyz", until: Self.isReady)
        }
    }

    @Test func `a method that is no longer ACTIVATED makes approval_key_registered false`()
        async throws
    {
        try await whenReady { agent, pages in
            try await agent.sandbox.control(
                "POST", "approval_methods/\(AgentFolder.ID.method)/deactivate")
            try await expect(["approval_key_registered"], pages)
        }
    }

    @Test func `a clock that went astray makes clock_within_bounds false`() async throws {
        try await whenReady { agent, pages in
            try await agent.sandbox.control("POST", "clock", ["offset_seconds": 600])
            try await expect(["clock_within_bounds"], pages)
            #expect(try await pages.metrics()["countersign_clock_skew_seconds"] ?? 0 < -500)
        }
    }

    @Test func `a ledger that is no longer at its place makes ledger_writable false`() async throws
    {
        try await whenReady(poll: "1h") { agent, pages in
            let ledger = agent.folder.path + "/state/ledger.sqlite"
            try FileManager.default.moveItem(atPath: ledger, toPath: ledger + ".away")
            try await expect(["ledger_writable"], pages)
        }
    }

    @Test func `a policy whose time has not come makes policy_active false`() async throws {
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            try agent.folder.replace(
                in: "policies/policy.yaml", "  revision: 1\n",
                "  revision: 1\n  effective_from: \"2099-01-01T00:00:00Z\"\n")
            try await agent.running { program in
                let pages = try await AgentPages(of: program, door: "operations")
                try await expect(["policy_active"], pages)
            }
        }
    }

    @Test func `accounts that cannot be listed make poll_recent false until they can`() async throws
    {
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            try agent.folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1s")
            try await agent.sandbox.control(
                "POST", "faults",
                [["match": ["endpoint": "list"], "fault": ["kind": "status", "status": 403]]])
            try await agent.running { program in
                let pages = try await AgentPages(of: program, door: "operations")
                try await expect(["poll_recent"], pages)
                try await agent.sandbox.control("DELETE", "faults")
                try await pages.get("/readyz", until: Self.isReady)
            }
        }
    }

    @Test func `a platform that stopped makes poll_recent false within about a minute`()
        async throws
    {
        try await whenReady { agent, pages in
            await agent.sandbox.stop()
            let page = try await pages.get("/readyz", within: 120) {
                Self.failing($0).contains("poll_recent")
            }
            #expect(page.status == 503)
            #expect(try await pages.metrics()["countersign_poll_age_seconds"] ?? 0 > 60)
        }
    }
}
