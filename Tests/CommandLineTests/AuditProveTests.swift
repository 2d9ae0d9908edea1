import Foundation
import ProgramTestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct AuditProveTests {
    @Test func `prove writes the receipt of an approval, and never over a file`() async throws {
        try await AuditScene.with { scene in
            let path = scene.agent.folder.path + "/a.tlog-proof"
            let made = try await scene.audit("prove", scene.allowed, "--to", path)
            #expect(made.code == 0)
            #expect(made.output.isEmpty)
            let receipt = try scene.agent.folder.read("a.tlog-proof")
            #expect(receipt.hasPrefix("c2sp.org/tlog-proof@v1\nindex "))
            #expect(receipt.utf8.count <= 4_096)
            let again = try await scene.audit("prove", scene.allowed, "--to", path)
            #expect(again.code == 1)
            #expect(again.errors.contains(path))
            let json = try await scene.audit("prove", scene.allowed, "--format", "json")
            #expect(json.objects.first?["transaction_id"] as? String == scene.allowed)
            #expect(json.objects.first?["index"] is Int)
        }
    }

    @Test func `prove shows that a transaction was not signed, and refuses where it was`()
        async throws
    {
        try await AuditScene.with { scene in
            let shown = try await scene.audit("prove", "--not-approved", scene.limited)
            #expect(shown.code == 0)
            let document = try #require(shown.objects.first)
            #expect(document["claim"] as? String == "not_signed")
            let entries = try #require(document["entries"] as? [[String: Any]])
            #expect(!entries.isEmpty)
            for entry in entries {
                let text = try #require(entry["entry"] as? String)
                #expect(text.contains(scene.limited))
                #expect((entry["proof"] as? [String])?.isEmpty == false)
            }
            let signatures = try #require(document["signatures"] as? [String: Any])
            let signed = try await scene.kinds("--kind", "signed").count
            #expect(signatures["made"] as? Int == signed)
            #expect(signatures["about_this_transaction"] as? Int == 0)

            let refused = try await scene.audit("prove", "--not-approved", scene.allowed)
            #expect(refused.code == 2)
            #expect(refused.output.isEmpty)
            let missing = try await scene.audit("prove", scene.limited)
            #expect(missing.code == 2)
            #expect(missing.errors.contains("--not-approved"))
            let nobody = String(repeating: "0", count: 32) + "atrx"
            #expect(try await scene.audit("prove", nobody).code == 1)
            #expect(try await scene.audit("prove", "--not-approved", nobody).code == 1)
            #expect(try await scene.audit("prove", "x").code == 64)
        }
    }

    @Test func `rebuild makes the same files anew and touches nothing that is there`() async throws
    {
        try await AuditScene.with { scene in
            let folder = scene.agent.folder
            let made = try await scene.audit("rebuild", folder.path + "/new")
            #expect(made.code == 0)
            for file in ["checkpoint", "vkey", "tile/0/000.p/", "tile/entries/000.p/"] {
                var (one, other) = ("state/audit/" + file, "new/" + file)
                if file.hasSuffix("/") {
                    let names = try FileManager.default.contentsOfDirectory(
                        atPath: folder.path + "/new/" + file)
                    #expect(names.count == 1)
                    one += names.first ?? ""
                    other += names.first ?? ""
                }
                let (old, new) = (try folder.bytes(one), try folder.bytes(other))
                #expect(old == new, "\(file)")
            }
            let again = try await scene.audit("rebuild", folder.path + "/new")
            #expect(again.code == 1)
            #expect(again.errors.contains("not empty"))
        }
    }

    @Test func `keys show gives the verifier key that is published`() async throws {
        try await AuditScene.with { scene in
            let folder = scene.agent.folder
            let shown = try await Program("countersign").run([
                "keys", "show", folder.path + "/keys/log.json", "--origin",
                "countersign.example/treasury",
            ])
            #expect(
                shown.lines.last == (try folder.read("state/audit/vkey")).dropLast().description)
            let wrong = try await Program("countersign").run([
                "keys", "show", folder.path + "/keys/api.json", "--origin", "a",
            ])
            #expect(wrong.code == 1)
        }
    }
}

extension AgentFolder {
    fileprivate func bytes(_ file: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + file))
    }
}
