import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import FoundationXML
import Testing

@Suite struct PolicyTestReportTests {
    let scene: PolicyTestScene

    init() throws { scene = try PolicyTestScene() }

    private func report(_ name: String = "a \"test\" <of> & all") -> PolicyTestReport {
        let passed = PolicyTestCase(
            name: name, line: 3, now: scene.noon, transaction: scene.payout(),
            expected: .init(action: .allow))
        let failed = PolicyTestCase(
            name: name + " again", line: 9, now: scene.noon,
            transaction: scene.payout(["amount": .string("-0.50000001")]),
            expected: .init(action: .allow, explainContains: "\u{1B}]]>\u{7}"))
        return scene.run(
            PolicyTestSuite(file: "p/a_test.yaml", id: "a", cases: [passed, failed]),
            PolicyTestSuite(file: "p/b_test.yaml", id: "b", cases: [passed]))
    }

    @Test func `people see which transaction showed it, and why it was decided so`() {
        #expect(
            report("tier").lines(colour: false) == [
                "p/a_test.yaml (a)", "  ok   tier", "  FAIL tier again",
                "       at p/a_test.yaml:9", "       expected action allow, found escalate",
                "       expected a reason that contains \"\u{1B}]]>\u{7}\"",
                "       transaction payout: amount \"-0.50000001\", "
                    + "address \"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
                "       time 2026-10-06 12:00 UTC", "       decided escalate because:",
                "         RULE_ESCALATE: rule payouts-large wants a person to decide",
                "       rules: payouts-large TRUE; every other FALSE", "p/b_test.yaml (b)",
                "  ok   tier", "3 tests: 2 passed, 1 failed",
            ])
        #expect(report().lines(colour: true).contains { $0.hasPrefix("  \u{1B}[31mFAIL\u{1B}[0m") })
    }

    @Test func `a rule that could not be decided is told with the field that was unknown`() {
        let report = scene.run(
            scene.test(scene.payout(["amount": .null]), .init(action: .allow)))
        let lines = report.lines(colour: false)
        #expect(lines.contains { $0.contains("payouts-large UNKNOWN (amount)") })
        #expect(lines.contains { $0.contains("transaction payout: amount null, address") })
    }

    @Test func `machines get a line for each case and a last one for all`() throws {
        let report = report()
        let lines = try (report.results.map(\.json) + [report.summaryJSON]).map {
            try JSONValue(parsing: try #require($0.canonicalBytes))
        }
        #expect(lines.count == 4)
        #expect(lines[1]["suite"] == .string("a") && lines[1]["passed"] == .bool(false))
        #expect(lines[1]["file"] == .string("p/a_test.yaml") && lines[1]["line"] == .number("9"))
        #expect(lines[1]["name"] == .string("a \"test\" <of> & all again"))
        #expect(
            lines[1]["failures"]?.elements?.first
                == .string("expected action allow, found escalate"))
        #expect(lines[0]["failures"] == .array([]) && lines[0]["passed"] == .bool(true))
        let summary = try #require(lines[3]["summary"])
        #expect(summary["tests"] == .number("3") && summary["failed"] == .number("1"))
        #expect(summary["passed"] == .number("2"))
        let rules = summary["coverage"]?["rules"]
        #expect(rules?["covered"] == .number("2") && rules?["total"] == .number("4"))
        #expect(summary["coverage"]?["not_covered"]?.elements?.count == 3)
    }

    /// Counts what stands in a document, and remembers what a parser reads out of it.
    private final class Reader: NSObject, XMLParserDelegate {
        var names: [String: Int] = [:]
        var cases: [[String: String]] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            names[name, default: 0] += 1
            if name == "testcase" { cases.append(attributes) }
        }
    }

    @Test func `JUnit is well-formed whatever the tests are called`() throws {
        let text = report().junit.joined(separator: "\n")
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(text)")
        #expect(
            reader.names == ["testsuites": 1, "testsuite": 2, "testcase": 3, "failure": 1])
        #expect(reader.cases.map { $0["name"] }.first == "a \"test\" <of> & all")
        #expect(reader.cases.last?["classname"] == "b")
        #expect(text.contains("tests=\"3\" failures=\"1\""))
        #expect(!text.utf8.contains(0x1B) && !text.utf8.contains(0x07))
        #expect(text.contains("transaction payout: amount &quot;-0.50000001&quot;"))
    }

    @Test func `the same suites give the same bytes`() {
        let lines = (0..<20).map { _ in report().results.map(\.json) + [report().summaryJSON] }
        #expect(Set(lines).count == 1)
    }
}
