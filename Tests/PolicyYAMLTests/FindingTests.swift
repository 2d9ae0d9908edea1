import PolicyYAML
import Testing

@Suite struct FindingTests {
    @Test func `a finding is one line that names place, severity, code and remedy`() {
        let finding = Finding(
            .unquoted, file: "policies/policy.yaml", at: SourcePosition(line: 12, column: 9),
            "money must be a quoted string", fix: "write \"1.10\"")
        #expect(
            finding.description
                == "policies/policy.yaml:12:9: error E020: money must be a quoted string;"
                + " write \"1.10\"")
    }

    @Test func `codes that begin with W are warnings and do not refuse a file`() {
        #expect(
            FindingCode.allCases.allSatisfy {
                $0.severity == ($0.rawValue.hasPrefix("W") ? .warning : .error)
            })
        let findings = Findings(file: "p.yaml")
        findings.report(.noTests, at: .start, "the policy has no tests")
        #expect(!findings.hasErrors)
        findings.report(.noRules, at: .start, "the policy has no rules")
        #expect(findings.hasErrors)
    }

    @Test func `a policy can turn a finding into a warning, and it keeps its code`() {
        let findings = Findings(file: "p.yaml")
        findings.report(.unboundedExposure, severity: .warning, at: .start, "x")
        #expect(!findings.hasErrors)
        #expect(findings.sorted.map(\.description) == ["p.yaml:1:1: warning E040: x"])
    }

    @Test func `warnings of one kind do not crowd out errors, and are counted`() {
        let findings = Findings(file: "p", limit: 150)
        for line in 1...300 {
            let place = SourcePosition(line: line, column: 1)
            findings.report(.lookalike, at: place, "alike")
        }
        findings.report(.noRules, at: .start, "no rules")
        #expect(findings.sorted.count { $0.code == .lookalike } == 101)
        #expect(findings.sorted.count { $0.code == .noRules } == 1)
        #expect(
            findings.sorted.last?.description
                == "p:300:1: warning W108: 200 more of these, up to here, are not shown;"
                + " correct those above and check again")
    }

    @Test func `findings are sorted by file, line and column`() {
        let places = [("b", 1, 1), ("a", 10, 1), ("a", 9, 2), ("a", 9, 1)]
        let sorted = places.map {
            Finding(.wrongType, file: $0.0, at: SourcePosition(line: $0.1, column: $0.2), "x")
        }.sorted()
        #expect(
            sorted.map(\.description).map { $0.prefix(6) } == [
                "a:9:1:", "a:9:2:", "a:10:1", "b:1:1:",
            ])
    }

    @Test func `nothing from a file reaches the terminal unescaped`() {
        #expect(Shown.quoted("a\u{1B}[2J\"\\\n\u{202E}") == "\"aU+001B[2J\\\"\\\\\\nU+202E\"")
        #expect(Shown.word(String(repeating: "x", count: 100)).unicodeScalars.count == 63)
        #expect(FieldPath.root.key("a").key("b c").index(2).description == "a[\"b c\"][2]")
    }
}
