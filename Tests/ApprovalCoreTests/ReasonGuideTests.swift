import ApprovalCore
import Foundation
import Testing

/// The officers' table of reasons, held against the source: codes are looked up in tickets.
@Suite struct ReasonGuideTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOf: Vectors.repository.appending(path: path), encoding: .utf8)
    }

    /// The codes of `Reason`, each case that its source declares has one.
    private func codes() throws -> [String] {
        let file = try text("Sources/ApprovalCore/Decision/Reason.swift")
        let source = try #require(file.firstRange(of: "package enum Evaluated")).lowerBound
        let declared = file[..<source].matches(of: /\n {4}case ([a-zA-Z]+)/).map { String($0.1) }
        let coded = file[..<source].matches(of: /case (\.[a-zA-Z, .]+): "([A-Z_]+)"/)
        let names = coded.flatMap { $0.1.matches(of: /\.([a-zA-Z]+)/).map { String($0.1) } }
        #expect(declared.count > 20)
        #expect(declared.sorted() == names.sorted())
        return coded.map { String($0.2) }
    }

    /// The rows of the table in the section "Reasons": code, meaning, what to do.
    private func rows() throws -> [[String]] {
        let guide = try text("docs/policy.md")
        let start = try #require(guide.firstRange(of: "\n## Reasons\n")).upperBound
        let end = guide[start...].firstRange(of: "\n## ")?.lowerBound ?? guide.endIndex
        return guide[start..<end].split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
            .map { line in
                line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                    .map { $0.trimmingCharacters(in: .whitespaces) }
            }
    }

    @Test func `every reason stands in the guide once, and the guide has no other`() throws {
        let listed = try rows().compactMap(\.first)
        let codes = try codes()
        #expect(Set(codes).subtracting(listed) == [], "missing from docs/policy.md")
        #expect(Set(listed).subtracting(codes) == [], "no code of a reason")
        #expect(Reason.codes == Set(codes).sorted())
        #expect(listed.count == Set(listed).count, "a code twice")
    }

    @Test func `every reason in the guide says what it means and what to do`() throws {
        for row in try rows() {
            #expect(row.count == 3, "\(row)")
            #expect(row.allSatisfy { !$0.isEmpty }, "\(row)")
        }
    }
}
