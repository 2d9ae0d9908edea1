import Foundation
import PolicyYAML
import Testing

/// Every YAML block of docs/policy.md loads, so that what officers copy from it works.
@Suite struct PolicyGuideTests {
    struct Block: CustomStringConvertible, Sendable {
        let line: Int
        let isComplete: Bool
        var text: String
        var description: String { "docs/policy.md:\(line)" }
    }

    static let blocks: [Block] = {
        guard
            let guide = try? String(
                contentsOfFile: Repository.path("docs/policy.md"), encoding: .utf8)
        else { return [] }
        var blocks: [Block] = []
        var isInside = false
        for (index, line) in guide.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if isInside, line == "```" {
                isInside = false
            } else if isInside {
                blocks[blocks.count - 1].text += line + "\n"
            } else if line.hasPrefix("```yaml") {
                isInside = true
                blocks.append(
                    Block(line: index + 1, isComplete: line == "```yaml complete", text: ""))
            }
        }
        return blocks
    }()

    /// A document's parts by their top-level keys, in their order.
    private func sections(_ text: String) -> [(key: String, text: String)] {
        var sections: [(key: String, text: String)] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let first = line.first, first.isLetter {
                sections.append((String(line.prefix { $0 != ":" }), ""))
            }
            guard !sections.isEmpty else { continue }
            sections[sections.count - 1].text += line + "\n"
        }
        return sections
    }

    private func complete(_ kind: String) throws -> String {
        try #require(
            Self.blocks.first { $0.isComplete && $0.text.contains("kind: \(kind)\n") }
        ).text
    }

    @Test func `the guide has its two complete files and examples of every part`() throws {
        #expect(Self.blocks.count { $0.isComplete } == 2)
        let parts = Self.blocks.filter { !$0.isComplete }.flatMap { sections($0.text).map(\.key) }
        #expect(
            Set(parts) == [
                "metadata", "settings", "assets", "accounts", "rules", "limits", "entries",
            ])
    }

    @Test func `the complete files load without any finding but missing tests`() throws {
        let text = PolicyText(policy: try complete("Policy"), book: try complete("AddressBook"))
        let (loaded, findings) = try text.check()
        #expect(loaded != nil)
        #expect(findings.map(\.code) == [.noTests], "\(findings)")
    }

    @Test(arguments: PolicyGuideTests.blocks.filter { !$0.isComplete })
    func `an example loads in place of the part of the same name`(_ block: Block) throws {
        var files = PolicyText(policy: try complete("Policy"), book: try complete("AddressBook"))
        let parts = sections(block.text)
        let isBook = parts.contains { $0.key == "entries" }
        var whole = sections(isBook ? files.book : files.policy)
        for part in parts {
            let place = try #require(whole.firstIndex { $0.key == part.key })
            whole[place] = part
        }
        let text = whole.map(\.text).joined()
        if isBook { files.book = text } else { files.policy = text }
        let (loaded, findings) = try files.check()
        #expect(loaded != nil, "\(findings)")
        let allowed: [FindingCode] = isBook ? [.noTests, .unusedTag] : [.noTests]
        #expect(findings.allSatisfy { allowed.contains($0.code) }, "\(findings)")
    }
}
