import CustodySandbox
import Foundation
import Testing

struct DocumentationTests {
    private func examples() throws -> [JSON] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/sandbox.md").standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        return try text.split(separator: "```json\n").dropFirst().map { part in
            let block = part.prefix(upTo: part.firstRange(of: "```")?.lowerBound ?? part.endIndex)
            return try JSON(parsing: Array(block.utf8))
        }
    }

    @Test func `the documented scenario, fault and lie are accepted`() throws {
        let examples = try examples()
        try #require(examples.count == 4)
        let partner = try Partner(Sandbox(seed: 1))
        #expect(partner.control("POST", "scenario", examples[0]).text == "{}")
        #expect(partner.control("POST", "faults", examples[1]).status == 200)
        #expect(partner.control("POST", "hostile", examples[2]).status == 200)
        #expect(partner.control("POST", "hostile", examples[3]).status == 200)
        let created = partner.control("GET", "transactions?state=PENDING").json["items"]
        #expect(created?.elements?.count == 2)
    }
}
