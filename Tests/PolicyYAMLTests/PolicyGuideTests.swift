import ApprovalAgent
import PolicyYAML
import Testing

/// Every YAML block of docs/policy.md loads, so that what officers copy from it works.
@Suite struct PolicyGuideTests {
    @Test func `the guide has its two complete files and examples of every part`() throws {
        let blocks = Guide.policy.blocks
        #expect(blocks.count { $0.kind == "complete" } == 2)
        let parts = blocks.filter { $0.kind.isEmpty }.flatMap { Guide.parts($0.text).map(\.key) }
        #expect(
            Set(parts) == [
                "metadata", "settings", "assets", "accounts", "groups", "rules", "limits",
                "patterns", "guards", "entries",
            ])
    }

    @Test func `the complete files load without any finding but missing tests`() throws {
        let text = PolicyText(
            policy: try Guide.complete("Policy"), book: try Guide.complete("AddressBook"))
        let (loaded, findings) = text.checkWithoutDisk()
        #expect(loaded != nil)
        #expect(findings.map(\.code) == [.noTests], "\(findings)")
    }

    @Test(arguments: Guide.policy.blocks.filter { $0.kind.isEmpty })
    func `an example loads in place of the part of the same name`(_ block: Guide.Block) throws {
        let (loaded, findings) = try Guide.files(with: block).checkWithoutDisk()
        #expect(loaded != nil, "\(findings)")
        let isBook = Guide.parts(block.text).contains { $0.key == "entries" }
        let allowed: [FindingCode] = isBook ? [.noTests, .unusedTag] : [.noTests]
        #expect(findings.allSatisfy { allowed.contains($0.code) }, "\(findings)")
    }
}
