import Foundation
import ProgramTestKit
import Testing

/// `countersign audit replay`, from a ledger alone.
@Suite struct ReplayTests {
    private static var golden: URL {
        AgentFolder.repository.appendingPathComponent("Tests/Vectors/golden-ledger")
    }

    /// Runs `body` with a copy of a golden ledger, in a folder without a configuration.
    private func withLedger(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("replay-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.golden.path)
        let name = try #require(names.filter { $0.hasSuffix(".sqlite") }.max())
        let path = folder.path + "/ledger.sqlite"
        try FileManager.default.copyItem(
            atPath: Self.golden.appendingPathComponent(name).path, toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try await body(path)
    }

    private func replay(_ path: String, _ rest: String...) async throws -> Program.Result {
        try await Program("countersign").run(["audit", "replay", "--ledger", path] + rest)
    }

    @Test func `a ledger replays without configuration and keys, and is left as it is`()
        async throws
    {
        try await withLedger { path in
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let table = try await replay(path)
            #expect(table.code == 0, "\(table.errors)")
            #expect(table.output.contains("divergences            0"))
            let json = try await replay(path, "--format", "json", "--since", "50")
            #expect(json.code == 0)
            let summary = try #require(json.objects.last?["summary"] as? [String: Any])
            #expect(summary["divergences"] as? Int == 0)
            #expect(summary["taken"] as? Int == 49)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test func `an edited ledger is exit 2 with entry, stage, expected and found`() async throws {
        try await withLedger { path in
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            // A verdict is turned: an escalation becomes what was refused for another reason.
            let old = Data("\"code\":\"DUPLICATE_REFERENCE\"".utf8)
            let place = try #require(bytes.range(of: old))
            bytes.replaceSubrange(place, with: Data("\"code\":\"DUPLICATE_REFERENCF\"".utf8))
            try bytes.write(to: URL(fileURLWithPath: path))
            let first = try await replay(path, "--format", "json")
            #expect(first.code == 2)
            let found = try #require(first.objects.first?["divergence"] as? [String: Any])
            #expect(found["stage"] as? String == "decision")
            #expect((found["expected"] as? String)?.contains("DUPLICATE_REFERENCE") == true)
            #expect((found["found"] as? String)?.contains("DUPLICATE_REFERENCF") == true)
            let table = try await replay(path, "--all")
            #expect(table.code == 2)
            #expect(table.output.contains(": decision\n"))
            #expect(table.errors.contains("does not replay"))
        }
    }

    @Test func `a range that is none, and a ledger that is none, are refused`() async throws {
        try await withLedger { path in
            #expect(try await replay(path, "--since", "0").code == 64)
            #expect(try await replay(path, "--since", "9", "--until", "3").code == 64)
            let missing = try await replay(path + ".none")
            #expect(missing.code == 1)
            #expect(missing.errors.contains(path + ".none"))
        }
    }
}
