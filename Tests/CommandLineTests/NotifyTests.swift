import Foundation
import ProgramTestKit
import Testing

/// People are told by a command of the operator's.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct NotifyTests {
    /// Runs an agent with this script as its command and some transactions. A shell is named to
    /// read it: a file that was just written may still be open in a child of another test, and
    /// then it cannot be executed itself.
    private func running(
        _ transactions: [[String: Any]], timeout: String = "10s", script lines: String...,
        body: (ConnectedAgent, AgentPages) async throws -> Void
    ) async throws {
        try await ConnectedAgent.with(transactions) { agent in
            let folder = agent.folder
            try folder.listen()
            try folder.write(
                "page",
                (["#!/bin/sh", "out='\(folder.path)'"] + lines).joined(separator: "\n") + "\n")
            try folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1s")
            try folder.replace(
                in: "countersign.yaml", "command: null",
                "command: [\"/bin/sh\", \"\(folder.path)/page\", \"--to\", "
                    + "\"a person; rm -rf $HOME\"]")
            try folder.replace(
                in: "countersign.yaml", "  timeout: 10s", "  timeout: \(timeout)")
            try await agent.running { program in
                try await body(agent, try await AgentPages(of: program, door: "operations"))
            }
        }
    }

    private func count(_ result: String, _ pages: AgentPages) async throws -> Double {
        try await pages.metrics()["countersign_notifications_total{result=\"\(result)\"}"] ?? -1
    }

    private static func count(of part: String, in text: String) -> Int {
        text.components(separatedBy: part).count - 1
    }

    private func until(_ result: String, is wanted: Int, _ pages: AgentPages) async throws {
        try await pages.get("/metrics") {
            $0.text.contains(
                "countersign_notifications_total{result=\"\(result)\"} \(wanted)\n")
        }
    }

    @Test func `an escalation is told once, as one object on stdin, and by fixed words`()
        async throws
    {
        try await running(
            [AgentFolder.withdrawal("-0.80000000")],
            script: "cat >> \"$out/told\"", "printf '%s\\n' \"$@\" > \"$out/words\"",
            "env > \"$out/environment\"", "ls /proc/self/fd | wc -l > \"$out/files\"",
            "pwd > \"$out/place\"", "echo noise; echo noise >&2"
        ) { agent, pages in
            try await until("told", is: 1, pages)
            // Some more passes, which tell nothing new.
            let requests = try await agent.sandbox.requests().count
            try await agent.sandbox.report { ($0["requests"] as? Int ?? .max) > requests + 12 }
            #expect(try await count("told", pages) == 1)
            let lines = try agent.folder.read("told").split(separator: "\n")
            #expect(lines.count == 1)
            let line = try #require(lines.first)
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let notice = try #require(object as? [String: Any])
            #expect(
                Set(notice.keys) == [
                    "kind", "environment", "transaction_id", "account_id", "reasons", "since",
                    "repetition",
                ])
            #expect(notice["kind"] as? String == "escalated")
            #expect(notice["environment"] as? String == "sandbox")
            #expect(notice["account_id"] as? String == AgentFolder.ID.payouts)
            #expect(notice["repetition"] as? Int == 0)
            let reason = (notice["reasons"] as? [[String: Any]])?.first
            #expect(reason?["code"] as? String == "RULE_ESCALATE")
            #expect(try agent.folder.read("words") == "--to\na person; rm -rf $HOME\n")
            #expect(try agent.folder.read("place") == "/\n")
            let names = try agent.folder.read("environment").split(separator: "\n").compactMap {
                $0.split(separator: "=").first.map(String.init)
            }
            // PWD, SHLVL and _ are the shell's own.
            #expect(Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == ["PATH", "LANG"])
            // Its three, and the one that `ls` reads the folder by.
            let files = try agent.folder.read("files").filter { $0.isNumber }
            #expect(files == "4")
        }
    }

    @Test func `a command that hangs is ended with all it started, and holds nothing up`()
        async throws
    {
        try await running(
            [AgentFolder.withdrawal("-0.80000000"), AgentFolder.withdrawal()], timeout: "1s",
            script: "trap '' TERM", "echo $$ > \"$out/id\"", "sleep 600 & echo $! > \"$out/child\"",
            "wait; sleep 600"
        ) { agent, pages in
            try await agent.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            try await until("timed_out", is: 1, pages)
            for file in ["id", "child"] {
                let id = try agent.folder.read(file).filter { $0.isNumber }
                let isThere = FileManager.default.fileExists(atPath: "/proc/\(id)/cmdline")
                let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
                #expect(!isThere || state?.contains(") Z ") == true, "\(file) \(id)")
            }
        }
    }

    @Test func `a command that fails is counted and told to the log`() async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal("-0.80000000")]) { agent in
            let script = try agent.folder.script("page", "cat > /dev/null", "exit 3")
            try agent.folder.listen()
            try agent.folder.replace(
                in: "countersign.yaml", "command: null", "command: [\"/bin/sh\", \"\(script)\"]")
            try await agent.running { program in
                let pages = try await AgentPages(of: program, door: "operations")
                try await until("failed", is: 1, pages)
                let line = await program.errorLine(holding: "notice not told")
                #expect(line?.contains("\"result\":\"failed\"") == true)
                #expect(line?.contains("\"exit\":\"3\"") == true)
                #expect(line?.contains("\"level\":\"error\"") == true)
                #expect(line?.contains("\"transaction_id\":") == true)
            }
        }
    }

    @Test func `many escalations are ten notices and one number`() async throws {
        try await running(
            (0..<25).map { _ in AgentFolder.withdrawal("-0.80000000") },
            script: "cat >> \"$out/told\""
        ) { agent, pages in
            try await until("told", is: 11, pages)
            let told = try agent.folder.read("told")
            #expect(Self.count(of: "\"kind\":\"escalated\"", in: told) == 10)
            #expect(Self.count(of: "\"kind\":\"more\"", in: told) == 1)
            #expect(told.contains("\"more\":15"))
            let metrics = try await pages.metrics()
            #expect(metrics["countersign_escalated_waiting"] == 25)
        }
    }
}
