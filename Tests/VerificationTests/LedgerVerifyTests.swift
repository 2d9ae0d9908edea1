import Foundation
import ProgramTestKit
import Testing

/// `audit verify` without a directory: the configured ledger and its audit directory.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LedgerVerifyTests {
    /// An agent that confirmed a withdrawal, stopped.
    private func withPublished(
        _ body: (AgentFolder) async throws -> Void
    ) async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal()]) { agent in
            let pass = try await agent.folder.run("run", "--once")
            #expect(pass.code == 0, "\(pass.errors)")
            try await body(agent.folder)
        }
    }

    /// The number of entries in a partial bundle.
    private static func width(_ path: String) -> Int {
        path.split(separator: "/").last.flatMap { Int($0) } ?? 0
    }

    private func change(_ path: String, _ edit: (inout [UInt8]) -> Void) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = [UInt8](try Data(contentsOf: url))
        edit(&bytes)
        try Data(bytes).write(to: url)
    }

    @Test func `ledger and directory of an agent that ran say the same`() async throws {
        try await withPublished { folder in
            let before = try folder.contents()
            let result = try await folder.run("audit", "verify", "--format", "json")
            #expect(result.code == 0, "\(result.errors)")
            let told = try #require(result.objects.first)
            let entries = try #require(told["entries"] as? Int)
            #expect(told["verdict"] as? String == "verified" && entries > 5)
            #expect(told["ledger_entries"] as? Int == entries)
            #expect(told["unpublished_entries"] as? Int == 0)
            #expect(told["since"] as? [Int] == [entries, entries])
            #expect(before.changes(to: try folder.contents()) == [])
        }
    }

    @Test func `a ledger that nothing was published of is verified alone`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        let result = try await folder.run("audit", "verify")
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("nothing was published yet"))
        #expect(result.output.contains("in ledger    0"))
    }

    @Test func `a directory that was cut back or edited is refused`() async throws {
        try await withPublished { folder in
            let audit = folder.path + "/state/audit"
            let entries = try FileManager.default.subpathsOfDirectory(atPath: audit + "/tile")
                .filter { $0.hasPrefix("entries/") && $0.contains(".p/") }
            let newest = try #require(
                entries.max { Self.width($0) < Self.width($1) })
            let bundle = audit + "/tile/" + newest
            let sound = try Data(contentsOf: URL(fileURLWithPath: bundle))
            try change(bundle) { $0[40] ^= 1 }
            let edited = try await folder.run("audit", "verify")
            #expect(edited.code == 2 && edited.errors.contains("edited: entry 1, tile/entries"))
            try sound.write(to: URL(fileURLWithPath: bundle))
            try FileManager.default.removeItem(atPath: audit + "/checkpoint")
            let cut = try await folder.run("audit", "verify")
            #expect(cut.code == 1 && cut.errors.contains("checkpoint: it is not there"))
        }
    }

    @Test func `a publication that was cut short is told from an older copy of the directory`()
        async throws
    {
        try await ConnectedAgent.with([AgentFolder.withdrawal()]) { agent in
            let folder = agent.folder
            let audit = folder.path + "/state/audit"
            let (old, kept) = (folder.path + "/old", audit + "/checkpoint")
            #expect(try await agent.pass().code == 0)
            try FileManager.default.copyItem(atPath: audit, toPath: old)
            try await agent.add([AgentFolder.withdrawal("-0.20000000")])
            #expect(try await agent.pass().code == 0)
            // What a kill between signing and publishing leaves.
            try FileManager.default.removeItem(atPath: kept)
            try FileManager.default.copyItem(atPath: old + "/checkpoint", toPath: kept)
            let cut = try await folder.run("audit", "verify", "--format", "json")
            #expect(cut.code == 1, "\(cut.errors)")
            #expect(cut.objects.first?["verdict"] as? String == "unfinished")
            #expect(cut.errors.contains("start the agent"))
            #expect(try await agent.pass().code == 0)
            #expect(try await folder.run("audit", "verify").code == 0)
            try FileManager.default.removeItem(atPath: audit)
            try FileManager.default.copyItem(atPath: old, toPath: audit)
            let back = try await folder.run("audit", "verify")
            #expect(back.code == 2 && back.errors.contains("rolled_back: "), "\(back.errors)")
        }
    }

    @Test func `an older ledger under a newer directory is rolled back`() async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal()]) { agent in
            let folder = agent.folder
            let ledger = folder.path + "/state/ledger.sqlite"
            let old = try Data(contentsOf: URL(fileURLWithPath: ledger))
            #expect(try await folder.run("run", "--once").code == 0)
            for end in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: ledger + end)
            }
            try old.write(to: URL(fileURLWithPath: ledger))
            let result = try await folder.run("audit", "verify")
            #expect(result.code == 2, "\(result.errors)")
            #expect(result.errors.contains("rolled_back: entries 1 to"))
        }
    }
}
