import Foundation
import ProgramTestKit
import Testing

/// Each command's success, as a user sees it.
@Suite(.serialized) struct CommandTests {
    @Test func `init writes everything for its owner alone, and never twice`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        let contents = try folder.contents()
        for file in ["keys/api.json", "keys/approval.json", "keys/log.json", "state/ledger.sqlite"]
        {
            #expect(contents.entries[file]?.mode == 0o600, "\(file)")
        }
        #expect(contents.entries["keys"]?.mode == 0o700)
        let again = try await Program("countersign").run(["init", folder.path])
        #expect(again.code == 1 && again.errors.contains("not empty"))
        #expect(contents.changes(to: try folder.contents()) == [])
        let file = try await Program("countersign").run(["init", folder.configuration])
        #expect(file.code == 1 && file.errors.contains("is a file"))
    }

    @Test func `what init writes is its owner's even where the shell would share it`() async throws
    {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("countersign-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let program = Program.folder.appendingPathComponent("countersign").path
        let words = ["-c", "umask 000; mkdir '\(root)'; '\(program)' init '\(root)'"]
        #expect(try await Program("/bin/sh").run(words).code == 0)
        let entries = try FolderContents(of: root).entries
        #expect(entries.count == 11, "\(entries.keys.sorted())")
        for (path, entry) in entries {
            let isFolder = entry.kind == FileAttributeType.typeDirectory.rawValue
            #expect(entry.mode == (isFolder ? 0o700 : 0o600), "\(path)")
        }
    }

    @Test func `what init writes passes check and allows nothing`() async throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("countersign-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        #expect(try await Program("countersign").run(["init", root]).code == 0)
        let configuration = ["--config", root + "/countersign.yaml"]
        #expect(try await Program("countersign").run(["check"] + configuration).code == 0)
        let strict = try await Program("countersign").run(["check", "--strict"] + configuration)
        #expect(strict.code == 2)
        let policy = try String(contentsOfFile: root + "/policies/policy.yaml", encoding: .utf8)
        #expect(!policy.contains("action: allow"))
    }

    @Test func `keys are made once, and shown by their public half`() async throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let create = ["keys", "create", "--purpose", "approval", path]
        let made = try await Program("countersign").run(create)
        #expect(made.code == 0)
        let key = try #require(made.lines.first)
        #expect(key.count == 64)
        #expect(try await Program("countersign").run(create).code == 1)
        let shown = try await Program("countersign").run(["keys", "show", path, "--format", "json"])
        #expect(shown.objects.first?["pub_key"] as? String == key)
        let secret = try String(contentsOfFile: path, encoding: .utf8)
        #expect(secret.contains("prv_key") && !shown.output.contains("prv_key"))
    }

    @Test func `every verb explains itself with an example`() async throws {
        for verb in [
            ["init"], ["keys"], ["keys", "create"], ["keys", "show"], ["check"], ["run"],
            ["explain"], ["test"], ["audit"], ["audit", "query"], ["audit", "show"],
            ["audit", "export"], ["status"], ["halt"], ["resume"], ["doctor"], ["backup"],
            ["version"], ["reconcile"],
        ] {
            let help = try await Program("countersign").run(verb + ["--help"])
            #expect(help.code == 0 && help.output.contains("Example"), "\(verb)")
        }
        let help = try await Program("countersign").run(["--help"])
        for absent in ["platform"] {
            #expect(!help.output.contains("  \(absent)"))
        }
        let version = try await Program("countersign").run(["version", "--format", "json"])
        #expect(version.objects.first?["version"] as? String == "0.1.0")
        #expect(version.objects.first?["commit"] is String)
    }

    @Test func `a halt is seen by status and the next pass, and is lifted once`() async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal()]) { agent in
            let folder = agent.folder
            #expect(try await folder.run("halt", "--reason", "drill").code == 0)
            let again = try await folder.run("halt", "--reason", "drill")
            #expect(again.code == 1 && again.errors.contains("already halted"))
            let status = try await folder.run("status", "--format", "json")
            let halted = status.objects.first?["halted"] as? [String: Any]
            #expect(halted?["why"] as? String == "drill")
            let pass = try await agent.pass()
            #expect(pass.code == 4)
            #expect(pass.objects.first?["action"] as? String == "hold")
            #expect(pass.output.contains("HALTED"))
            let report = try await agent.sandbox.report()
            #expect(report["approvals_attempted"] as? Int == 0)
            // A halt needs only to know where the ledger is.
            try folder.replace(in: "countersign.yaml", "max_connections: 8", "max_connections: 0")
            #expect(try await folder.run("resume").code == 0)
            #expect(try await folder.run("resume").errors.contains("nothing to do"))
        }
    }
}
