import Foundation
import ProgramTestKit
import Testing

/// What goes to which stream, in which form.
@Suite(.serialized) struct OutputTests {
    /// Types of the line of a transaction: S text, N null, A list, B truth value.
    private static let types = [
        "transaction_id": "S", "account_id": "S", "type": "S", "amount": "S", "fee_amount": "S",
        "destination": "S", "action": "S", "rules": "A", "limits": "A", "reasons": "A",
        "approval_request_id": "SN", "challenge_sha256": "SN", "outcome": "SN", "dry_run": "B",
    ]

    private static func letter(_ value: Any?) -> Character {
        switch value {
        case is NSNull: "N"
        case is [Any]: "A"
        case is String: "S"
        case is Bool: "B"
        case nil: "-"
        default: "?"
        }
    }

    @Test(arguments: [["--dry-run"], []])
    func `a pass writes JSON alone to stdout, each member of its type`(
        flags: [String]
    ) async throws {
        try await ConnectedAgent.with([
            AgentFolder.transfer(), AgentFolder.withdrawal(to: AgentFolder.ID.blocked),
        ]) { agent in
            let pass = try await agent.folder.run(
                "run", "--once", flags.first ?? "--once",
                environment: ["COUNTERSIGN_FORMAT": "json"])
            #expect(pass.code == 0, "\(pass.errors)")
            #expect(pass.lines.count == 3 && pass.objects.count == 3, "\(pass.output)")
            for line in pass.objects.dropLast() {
                #expect(Set(line.keys) == Set(Self.types.keys))
                for (name, letters) in Self.types {
                    #expect(letters.contains(Self.letter(line[name])), "\(name)")
                }
                for reason in line["reasons"] as? [[String: Any]] ?? [] {
                    #expect(reason["code"] is String && reason["message"] is String)
                    #expect(reason.keys.contains("rule"), "\(reason)")
                }
            }
            let blocked = pass.objects.first { $0["action"] as? String == "block" }
            #expect(blocked?["outcome"] is NSNull)
            #expect(Array(pass.objects[2].keys) == ["summary"])
        }
    }

    @Test func `every command that knows json writes nothing else to stdout`() async throws {
        try await ConnectedAgent.with([AgentFolder.transfer()]) { agent in
            #expect(try await agent.pass().code == 0)
            let id = try #require(
                try await agent.folder.run("audit", "query", "--kind", "signed", "--format", "json")
                    .objects.first?["transaction_id"] as? String)
            let keys = agent.folder.path + "/keys/api.json"
            let commands = [
                ["check"], ["check", "--online"], ["status"], ["audit", "query"], ["explain", id],
            ]
            for words in commands {
                let result = try await Program("countersign").run(
                    words + ["--format", "json", "--config", agent.folder.configuration])
                #expect(result.code == 0, "\(words): \(result.errors)")
                #expect(!result.objects.isEmpty && result.objects.count == result.lines.count)
            }
            for words in [["keys", "show", keys], ["version"]] {
                let result = try await Program("countersign").run(words + ["--format", "json"])
                #expect(result.code == 0 && result.objects.count == 1 && result.lines.count == 1)
                #expect(result.errors.isEmpty)
            }
        }
    }

    @Test func `a finding in JSON has its place in numbers`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        try folder.replace(in: "policies/policy.yaml", "up_to: \"0.50000000\"", "up_to: 0.5")
        let result = try await folder.run("check", "--format", "json")
        #expect(result.code == 3)
        let finding = try #require(result.objects.first { $0["code"] as? String == "E020" })
        #expect(finding["severity"] as? String == "error")
        #expect(finding["file"] as? String == "policies/policy.yaml")
        #expect(finding["line"] as? Int == 37 && finding["column"] as? Int == 22)
        #expect((finding["path"] as? String)?.hasSuffix("amount.up_to") == true)
        #expect((finding["fix"] as? String)?.contains("\"0.5\"") == true)
        #expect(result.objects.count == result.lines.count)
    }

    @Test func `status tells what is so before the first run, while one runs, and after it`()
        async throws
    {
        try await ConnectedAgent.with([AgentFolder.transfer()]) { agent in
            func status() async throws -> [String: Any] {
                try await agent.folder.run("status", "--format", "json").objects.first ?? [:]
            }
            let before = try await status()
            #expect(before["running"] as? Bool == false && before["entries"] as? Int == 0)
            #expect(before["halted"] is NSNull && before["last_entry"] is NSNull)
            let table = try await agent.folder.run("status")
            #expect(table.output.contains("not running") && table.output.contains("none yet"))
            let running = try agent.folder.start("run")
            _ = await running.errorLine(holding: "\"message\":\"pass\"")
            let during = try await status()
            #expect(during["running"] as? Bool == true)
            #expect((during["states"] as? [String: Any])?["confirmed"] as? Int == 1)
            #expect((during["policy"] as? [String: Any])?["directory_is_active"] as? Bool == true)
            running.terminate()
            let end = await running.end()
            #expect(end.code == 0 && end.output.isEmpty, "\(end.errors)")
            for line in end.errors.split(separator: "\n") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                let log = try #require(object as? [String: Any], "\(line)")
                #expect(log["environment"] as? String == "sandbox")
            }
            #expect(try await status()["running"] as? Bool == false)
        }
    }

    @Test func `colour is for a terminal alone, and NO_COLOR forbids it`() async throws {
        let terminal = "/usr/bin/script"
        try #require(FileManager.default.isExecutableFile(atPath: terminal))
        try await ConnectedAgent.with([AgentFolder.transfer()]) { agent in
            let program = Program.folder.appendingPathComponent("countersign").path
            let command =
                "'\(program)' run --once --dry-run --config '\(agent.folder.configuration)'"
            let words = ["-qec", command, "/dev/null"]
            let colourful = try await Program(terminal, environment: ["NO_COLOR": ""]).run(words)
            #expect(colourful.code == 0 && colourful.output.contains("\u{1B}[32mallow"))
            let plain = try await Program(terminal, environment: ["NO_COLOR": "1"]).run(words)
            #expect(plain.code == 0 && plain.output.contains("allow"))
            #expect(!plain.output.contains("\u{1B}"))
            let piped = try await agent.folder.run("run", "--once", "--dry-run")
            #expect(piped.output.contains("allow") && !piped.output.contains("\u{1B}"))
        }
    }

    @Test func `words from outside reach no terminal as they are`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        #expect(try await folder.run("halt", "--reason", "a\u{1B}[31m\nb").code == 0)
        let status = try await folder.run("status")
        #expect(status.output.contains("a?[31m?b") && !status.output.contains("\u{1B}"))
    }
}
