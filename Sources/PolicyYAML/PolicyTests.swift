package import ApprovalAgent
internal import ApprovalCore

/// The tests that stand beside a policy.
package enum PolicyTests {
    /// Runs them. `shownAs` is the policy's directory as findings and results name it.
    ///
    /// The findings are what is wrong with the files of tests (errors; nothing of such a file
    /// runs) and the rules that no test exercises (W109). Where there are no files of tests, the
    /// report is empty.
    package static func run(
        _ loaded: LoadedPolicy, shownAs: String
    ) -> (report: PolicyTestReport, findings: [Finding]) {
        var suites: [PolicyTestSuite] = []
        var found: [Finding] = []
        let files = loaded.files.filter { $0.path.hasPrefix("tests/") }
        for file in files {
            let findings = Findings(file: "\(shownAs)/\(file.path)")
            if let suite = PolicyTestFile.suite(file, loaded.policy, findings) {
                suites.append(suite)
            }
            found += findings.sorted
        }
        let report = PolicyTestRun.run(suites, loaded.policy)
        guard !found.contains(where: { $0.severity == .error }), !files.isEmpty else {
            return (report, found)
        }
        return (report, (found + untested(report.coverage, loaded, shownAs)).sorted())
    }

    /// Where everything that tests exercise stands in `policy.yaml`, by kind and id.
    package static func places(
        _ loaded: LoadedPolicy
    ) -> [PolicyTestCoverage.Subject: SourcePosition] {
        guard let file = loaded.files.first(where: { $0.path == "policy.yaml" }),
            let top = YAMLDocument.open(
                bytes: file.bytes, findings: Findings(file: file.path))
        else { return [:] }
        var places: [PolicyTestCoverage.Subject: SourcePosition] = [:]
        func add(_ key: String, _ subject: (String) -> PolicyTestCoverage.Subject) {
            for item in top.child(key)?.items(allowEmpty: true) ?? [] {
                guard let id = item.child("id"), case .scalar(let text, _) = id.node.content
                else { continue }
                places[subject(text)] = id.position
            }
        }
        add("rules") { .rule($0) }
        add("limits") { .limit($0) }
        add("patterns") { .pattern($0) }
        for name in Guards.Name.allCases {
            places[.guarding(name)] = top.child("guards")?.child(name.rawValue)?.position
        }
        return places
    }

    private static func untested(
        _ coverage: PolicyTestCoverage, _ loaded: LoadedPolicy, _ shownAs: String
    ) -> [Finding] {
        guard !coverage.idleRules.isEmpty else { return [] }
        let places = places(loaded)
        return coverage.idleRules.map { id in
            Finding(
                .untestedRule, file: "\(shownAs)/policy.yaml",
                at: places[.rule(id)] ?? .start,
                "no test exercises the rule \(Shown.word(id)): it is TRUE in none",
                fix: "add a test of a transaction that it is for")
        }
    }
}
