import Foundation
import ProgramTestKit
import Testing

/// `backup`, and the switch for groups beside the ledger.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct BackupTests {
    @Test func `a copy is made while the agent runs, and tells what is in it`() async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal()]) { agent in
            let folder = agent.folder
            let copy = folder.path + "/copy.sqlite"
            try await agent.running { program in
                try await agent.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
                let result = try await folder.run("backup", copy, "--format", "json")
                #expect(result.code == 0, "\(result.errors)")
                let told = try #require(result.objects.first)
                #expect(told["file"] as? String == copy)
                #expect(told["entries"] as? Int ?? 0 >= 3)
                #expect((told["last_entry_sha256"] as? String)?.count == 64)
                let size = try Data(contentsOf: URL(fileURLWithPath: copy)).count
                #expect(told["bytes"] as? Int == size)
                let sum = try await Program("/usr/bin/sha256sum").run([copy])
                #expect(sum.output.hasPrefix(try #require(told["sha256"] as? String)))
                #expect(try folder.contents().entries["copy.sqlite"]?.mode == 0o600)
                #expect(!result.errors.contains("copied"), "no progress but on a terminal")
                #expect(program.errorsSoFar.contains("\"started\""))
            }
            // The copy is a ledger that can be read in the first one's place.
            try folder.replace(in: "countersign.yaml", "state/ledger.sqlite", "copy.sqlite")
            let status = try await folder.run("status", "--format", "json")
            let states = status.objects.first?["states"] as? [String: Any]
            #expect(status.code == 0 && states?["decided"] is Int)
        }
    }

    @Test func `a copy is made without an agent, and never over a file`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        let copy = folder.path + "/copy.sqlite"
        let made = try await folder.run("backup", copy)
        #expect(made.code == 0 && made.output.contains("entries      0"), "\(made.errors)")
        let before = try folder.contents()
        let again = try await folder.run("backup", copy)
        #expect(again.code == 1 && again.errors.contains(copy))
        let nowhere = try await folder.run("backup", folder.path + "/nowhere/copy.sqlite")
        #expect(nowhere.code == 1 && !nowhere.errors.isEmpty)
        #expect(before.changes(to: try folder.contents()) == [])
    }

    @Test func `a stop of groups is shown by status and lifted by resume, which says which`()
        async throws
    {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        try folder.write(
            "state/GROUP-HALT",
            #"{"since":"2026-10-02T09:00:00.000Z","by":"countersign","why":"approved by others"}"#)
        let status = try await folder.run("status", "--format", "json")
        let stopped = status.objects.first?["group_stopped"] as? [String: Any]
        #expect(stopped?["why"] as? String == "approved by others")
        #expect(status.objects.first?["halted"] is NSNull)
        #expect((status.objects.first?["asked"] as? [Any])?.isEmpty == true)
        let table = try await folder.run("status")
        #expect(
            table.output.contains(
                "groups       NOT ASKED since 2026-10-02T09:00:00.000Z: approved by others"))
        #expect(try await folder.run("halt", "--reason", "drill").code == 0)
        let both = try await folder.run("resume")
        #expect(both.code == 0)
        #expect(both.errors.contains("approvals go on"))
        #expect(both.errors.contains("groups are asked again"))
        #expect(try await folder.run("resume").errors.contains("nothing to do"))
        #expect(try folder.contents().entries["state/GROUP-HALT"] == nil)
    }

    @Test func `a brake holds what is beyond it, whatever the policy allows`() async throws {
        let transfers = (0..<3).map { _ in AgentFolder.transfer() }
        try await ConnectedAgent.with(transfers) { agent in
            try agent.folder.replace(in: "countersign.yaml", "per_pass: null", "per_pass: 2")
            let pass = try await agent.pass()
            #expect(pass.code == 4, "\(pass.errors)")
            let actions = pass.objects.compactMap { $0["action"] as? String }
            #expect(actions.sorted() == ["allow", "allow", "hold"])
            #expect(pass.output.contains("\"BRAKE\""))
            let report = try await agent.sandbox.report()
            #expect(report["approvals_accepted"] as? Int == 2)
        }
    }
}
