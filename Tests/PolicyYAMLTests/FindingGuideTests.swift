import ApprovalAgent
import PolicyYAML
import Testing

/// docs/findings.md explains every code, and its examples are found as it says.
@Suite struct FindingGuideTests {
    /// Codes whose mistake no example of a few lines can have: of the ledger, of 65 limits, of
    /// files of tests, of tests that are run, and of the absence of tests.
    private static let withoutExample: Set<String> = ["E012", "E038", "E044", "W109", "W111"]

    @Test func `every code has a section, and no section is about another`() {
        #expect(Guide.findings.sections == FindingCode.allCases.map(\.rawValue).sorted())
    }

    @Test func `every section has wrong examples, each with its correction`() {
        let blocks = Guide.findings.blocks
        #expect(blocks.allSatisfy { $0.kind == "wrong" || $0.kind == "right" })
        for code in Guide.findings.sections {
            let kinds = blocks.filter { $0.section == code }.map(\.kind)
            let pairs = Self.withoutExample.contains(code) ? 0 : max(1, kinds.count / 2)
            #expect(
                kinds == Array(repeatElement(["wrong", "right"], count: pairs).joined()), "\(code)")
        }
    }

    @Test(arguments: Guide.findings.blocks.filter { $0.kind == "wrong" })
    func `a wrong example has exactly the finding that it is an example of`(
        _ block: Guide.Block
    ) throws {
        let found = try Guide.files(with: block).checkWithoutDisk().findings
        #expect(
            Set(found.map(\.code.rawValue)).subtracting(["W111"]) == [block.section], "\(found)")
    }

    @Test(arguments: Guide.findings.blocks.filter { $0.kind == "right" })
    func `its correction has no finding but missing tests`(_ block: Guide.Block) throws {
        let (loaded, found) = try Guide.files(with: block).checkWithoutDisk()
        #expect(loaded != nil)
        #expect(found.map(\.code) == [.noTests], "\(found)")
    }

    @Test func `the policy guide lists every code`() throws {
        let listed = Set(Guide.policy.codes)
        #expect(listed == Set(FindingCode.allCases.map(\.rawValue)))
    }
}
