import Foundation
import Testing

/// A page of docs/ with its YAML blocks, and the complete example that they stand in.
struct Guide: Sendable {
    struct Block: CustomStringConvertible, Sendable {
        let page: String
        let line: Int
        /// The code of the section that it stands in, such as `E001`; empty before the first.
        let section: String
        /// What follows `yaml` on its first line: nothing, `complete`, `wrong` or `right`.
        let kind: String
        var text: String
        var description: String { "docs/\(page):\(line)" }
    }

    /// The codes that head the page's sections, in their order.
    let sections: [String]
    let blocks: [Block]
    /// The codes that begin a line of a table.
    let codes: [String]

    static let policy = Guide("policy.md")
    static let findings = Guide("findings.md")

    private init(_ page: String) {
        let text =
            (try? String(contentsOfFile: Repository.path("docs/\(page)"), encoding: .utf8)) ?? ""
        var sections: [String] = []
        var blocks: [Block] = []
        var isInside = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if isInside, line == "```" {
                isInside = false
            } else if isInside {
                blocks[blocks.count - 1].text += line + "\n"
            } else if line.hasPrefix("```yaml") {
                isInside = true
                blocks.append(
                    Block(
                        page: page, line: index + 1, section: sections.last ?? "",
                        kind: String(line.dropFirst(8)), text: ""))
            } else if let code = line.firstMatch(of: /^## ([EW][0-9]{3}): ./)?.output.1 {
                sections.append(String(code))
            }
        }
        codes = text.matches(of: /(?m)^\| ([EW][0-9]{3}) \|/).map { String($0.output.1) }
        self.sections = sections
        self.blocks = blocks
    }

    /// The complete example with the parts of `block` in place of those of the same name; a part
    /// that it does not have is added to the policy.
    static func files(with block: Block) throws -> PolicyText {
        var policy = parts(try complete("Policy"))
        var book = parts(try complete("AddressBook"))
        for part in parts(block.text) {
            if part.key == "entries", let place = book.firstIndex(where: { $0.key == part.key }) {
                book[place] = part
            } else if let place = policy.firstIndex(where: { $0.key == part.key }) {
                policy[place] = part
            } else {
                policy.append(part)
            }
        }
        return PolicyText(
            policy: policy.map(\.text).joined(), book: book.map(\.text).joined())
    }

    /// The complete file of a kind.
    static func complete(_ kind: String) throws -> String {
        try #require(
            policy.blocks.first { $0.kind == "complete" && $0.text.contains("kind: \(kind)\n") }
        ).text
    }

    /// A document's parts by their top-level keys, in their order.
    static func parts(_ text: String) -> [(key: String, text: String)] {
        var parts: [(key: String, text: String)] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let first = line.first, first.isLetter {
                parts.append((String(line.prefix { $0 != ":" }), ""))
            }
            guard !parts.isEmpty else { continue }
            parts[parts.count - 1].text += line + "\n"
        }
        return parts
    }
}
