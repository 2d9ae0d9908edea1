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
