import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import PolicyYAML
import Testing

/// What the repository offers to officers does what it says.
@Suite struct RecipeTests {
    static let names = [
        "allowlist", "board-approval", "business-hours", "caps", "emergency-stop", "new-address",
        "per-destination",
        "splitting", "temporary-exception", "tiers", "velocity",
    ]

    private func load(_ folder: String) throws -> LoadedPolicy {
        let (loaded, findings) = PolicyDirectory(
            path: Repository.path(folder), shownAs: folder, sha256: TestSHA256.hash
        ).check()
        #expect(findings.isEmpty, "\(findings)")
        return try #require(loaded)
    }

    private func expectCovered(_ loaded: LoadedPolicy, _ folder: String) {
        let (report, findings) = PolicyTests.run(loaded, shownAs: folder)
        let lines = report.lines(colour: false) + report.coverage.lines { _ in nil }
        #expect(report.isPassed, "\(lines.joined(separator: "\n"))")
        #expect(report.coverage.gaps.isEmpty, "\(report.coverage.gaps)")
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test(arguments: names)
    func `a recipe loads without a finding, and its tests pass and cover it`(
        _ name: String
    ) throws {
        let folder = "docs/recipes/\(name)/policies"
        expectCovered(try load(folder), folder)
    }

    @Test func `every recipe is in the list, and each has a page of its own`() throws {
        let path = Repository.path("docs/recipes")
        let found = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(found == (["README.md"] + Self.names).sorted())
        let list = try String(contentsOfFile: path + "/README.md", encoding: .utf8)
        for name in Self.names {
            #expect(list.contains("| [\(name)](\(name)/README.md) |"))
            let page = try String(contentsOfFile: "\(path)/\(name)/README.md", encoding: .utf8)
            #expect(
                (15...30).contains(
                    page.split(separator: "\n", omittingEmptySubsequences: false).count), "\(name)")
        }
    }

    @Test func `the starter policy's tests pass and cover it`() throws {
        expectCovered(try load("policies"), "policies")
    }

    @Test func `the guide's own tests pass with the starter policy`() throws {
        let guide = try String(
            contentsOfFile: Repository.path("docs/testing.md"), encoding: .utf8)
        let blocks = guide.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count == 3)
        let text = blocks[0] + blocks[2] + blocks[1]
        let report = try run(text, with: try load("policies"))
        #expect(report.isPassed, "\(report.lines(colour: false))")
        #expect(report.results.count == 5)
    }

    @Test func `the tests of the whole language pass with the starter policy`() throws {
        let text = try String(
            contentsOfFile: Repository.path(
                "Tests/Vectors/policies/whole-schema/tests/payouts_test.yaml"), encoding: .utf8)
        let report = try run(text, with: try load("policies"))
        #expect(report.isPassed, "\(report.lines(colour: false))")
        #expect(report.results.count == 16)
    }

    @Test func `a wrong tier is told with the transaction that showed it`() throws {
        let files = try load("policies").files.map { file in
            let text = String(decoding: file.bytes, as: UTF8.self)
            let edited =
                file.path == "policy.yaml"
                ? text.replacing("\"0.50000000\"", with: "\"0.60000000\"") : text
            return PolicyFile(path: file.path, bytes: Array(edited.utf8))
        }
        let loaded = try #require(
            PolicyDirectory(path: "", shownAs: "policies", sha256: TestSHA256.hash).check(
                files: files
            )
            .loaded)
        let (report, _) = PolicyTests.run(loaded, shownAs: "policies")
        let lines = report.lines(colour: false)
        let place = try #require(
            lines.firstIndex(
                of: "  FAIL exactly the tier edge is allowed, one satoshi more is not, case 2"))
        #expect(
            Array(lines[place...].dropFirst().prefix(9)) == [
                "       at policies/tests/payouts_test.yaml:36",
                "       expected action escalate, found allow",
                "       expected rule payouts-large among the rules, but it was FALSE",
                "       expected reason RULE_ESCALATE, found RULE_ALLOW",
                "       transaction too_big: amount \"-0.50000001\", address "
                    + "\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
                "       time 2026-10-06 09:00 UTC, tue 11:00 Europe/Berlin",
                "       decided allow because:",
                "         RULE_ALLOW: rule payouts-small allows it",
                "       rules: payouts-small TRUE; every other FALSE",
            ])
    }

    /// The starter policy with one other file of tests.
    private func run(_ text: String, with loaded: LoadedPolicy) throws -> PolicyTestReport {
        let files =
            loaded.files.filter { !$0.path.hasPrefix("tests/") }
            + [PolicyFile(path: "tests/a_test.yaml", bytes: Array(text.utf8))]
        let (edited, findings) = PolicyDirectory(
            path: "", shownAs: "p", sha256: TestSHA256.hash
        ).check(files: files)
        #expect(findings.isEmpty, "\(findings)")
        let (report, more) = PolicyTests.run(try #require(edited), shownAs: "p")
        #expect(more.allSatisfy { $0.code == .untestedRule }, "\(more)")
        return report
    }
}
