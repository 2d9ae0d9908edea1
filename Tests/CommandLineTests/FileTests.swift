import Foundation
import ProgramTestKit
import Testing

/// What commands say of wrong keys, policies, ledgers, arguments and surroundings.
@Suite(.serialized) struct FileTests {
    @Test(arguments: FileMistakes.keys)
    func `a wrong key file is refused with its name and the remedy`(
        _ mistake: Mistake
    ) async throws {
        try await mistake.expectRefusal()
    }

    @Test(arguments: FileMistakes.policy)
    func `a wrong policy is refused with every finding and its place`(
        _ mistake: Mistake
    ) async throws {
        try await mistake.expectRefusal()
    }

    @Test(arguments: FileMistakes.arguments.indices)
    func `arguments that are not built or not right are exit 64`(index: Int) async throws {
        let (words, code, says) = FileMistakes.arguments[index]
        let result = try await Program("countersign").run(words)
        #expect(result.code == code, "\(words)")
        #expect((result.errors + result.output).contains(says), "\(words): \(result.errors)")
    }

    @Test func `the environment redirects nothing`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        let set = ["COUNTERSIGN_BASE_URL": "http://127.0.0.1:2/v1"]
        let result = try await folder.run("check", environment: set)
        #expect(result.code == 3 && result.errors.contains("COUNTERSIGN_BASE_URL"))
        for words in [["version"], ["init", folder.path], ["keys", "show", "none"], ["halt"]] {
            let arguments = words == ["halt"] ? ["halt", "--reason", "drill"] : words
            let refused = try await Program("countersign", environment: set).run(arguments)
            #expect(refused.code == 3, "\(words)")
            #expect(refused.errors.contains("COUNTERSIGN_BASE_URL"), "\(words)")
        }
        let named = ["COUNTERSIGN_CONFIG": folder.path + "/other.yaml"]
        let other = try await Program("countersign", environment: named).run(["check"])
        #expect(other.code == 3 && other.errors.contains(folder.path + "/other.yaml"))
        let format = try await folder.run("check", environment: ["COUNTERSIGN_FORMAT": "xml"])
        #expect(format.code == 3 && format.errors.contains("COUNTERSIGN_FORMAT"))
    }

    @Test func `published keys are refused outside loopback before anything is sent`() async throws
    {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        let example = AgentFolder.repository.appendingPathComponent("keys.example/approval.json")
        try folder.write(
            "keys/approval.json", String(contentsOf: example, encoding: .utf8))
        try folder.connect(to: "https://example.invalid")
        let result = try await folder.run("run", "--once")
        #expect(result.code == 3 && result.errors.contains("the whole world knows"))
        #expect(result.errors.contains("\(folder.path)/keys/approval.json"))
    }

    @Test(arguments: ["state/ledger.sqlite", "mode", "text", "bound"])
    func `a wrong ledger is refused and says what to do`(mistake: String) async throws {
        try await ConnectedAgent.with { agent in
            let folder = agent.folder
            switch mistake {
            case "mode": try folder.setMode(0o644, of: "state/ledger.sqlite")
            case "text": try folder.write("state/ledger.sqlite", "no database at all")
            case "bound":
                #expect(try await agent.pass().code == 0)
                try folder.replace(
                    in: "countersign.yaml", "environment: sandbox", "environment: production")
            default: try folder.delete(mistake)
            }
            let before = try folder.contents()
            let result = try await agent.pass()
            #expect(result.code == 1)
            let traces = ["new", "changed"].map { $0 + ": state/ledger.sqlite.lock" }
            let changes = before.changes(to: try folder.contents())
            #expect(changes.filter { !traces.contains($0) } == [], "\(changes)")
            let expected = [
                "mode": "chmod 600", "text": "ledger.sqlite", "bound": "'sandbox'",
            ]
            #expect(result.errors.contains(expected[mistake] ?? "countersign init"))
            guard mistake != "bound" else { return }
            for command in [["status"], ["audit", "query"], ["run", "--once", "--dry-run"]] {
                let reading = try await Program("countersign").run(
                    command + ["--config", folder.configuration])
                #expect(reading.code == 1 && reading.errors == result.errors, "\(command)")
            }
        }
    }

    @Test func `a platform that refuses or differs is told from one that is not there`()
        async throws
    {
        try await ConnectedAgent.with { agent in
            try await agent.sandbox.control(
                "POST", "approval_methods/\(AgentFolder.ID.method)/deactivate")
            let method = try await agent.folder.run("check", "--online")
            #expect(method.code == 3 && method.errors.contains("not ACTIVATED"))
            try agent.folder.replace(
                in: "countersign.yaml", "partner-1", "partner-2")
            let unknown = try await agent.pass()
            #expect(unknown.code == 1 && unknown.errors.contains("401"))
            await agent.sandbox.stop()
            let gone = try await agent.pass("--dry-run")
            #expect(gone.code == 1 && gone.errors.contains("cannot be reached"))
        }
    }

    @Test func `an older revision, or the same with other bytes, is exit 3 with E012`() async throws
    {
        try await ConnectedAgent.with { agent in
            try agent.folder.replace(
                in: "policies/policy.yaml", "revision: 1", "revision: 2")
            #expect(try await agent.pass().code == 0)
            try agent.folder.replace(in: "policies/policy.yaml", "title: Demo", "title: Our demo")
            let same = try await agent.pass()
            #expect(same.code == 3 && same.errors.contains("E012"))
            let drySame = try await agent.pass("--dry-run")
            #expect(drySame.code == 3 && drySame.errors.contains("E012"))
            let checked = try await agent.folder.run("check")
            #expect(checked.code == 3 && checked.output.contains("error E012"))
            try agent.folder.replace(
                in: "policies/policy.yaml", "revision: 2", "revision: 1")
            let older = try await agent.pass()
            #expect(older.code == 3 && older.errors.contains("E012"))
            let dry = try await agent.pass("--dry-run")
            #expect(dry.code == 3 && dry.errors.contains("E012"))
        }
    }
}
