import PolicyYAML
import Testing

@Suite struct BadPolicyTests {
    @Test func `the sound policy that the mistakes are made in has no fault but missing tests`()
        throws
    {
        let (loaded, findings) = try PolicyText().check()
        #expect(loaded != nil)
        #expect(
            findings.map(\.description) == [
                "p/policy.yaml:1:1: warning W111: the policy has no tests; write "
                    + "tests/NAME_test.yaml with the cases that must hold"
            ])
    }

    @Test(arguments: BadPolicy.all)
    func `a mistake is found at its place and nothing else is`(_ bad: BadPolicy) throws {
        var text = PolicyText()
        let sound = bad.file == .policy ? text.policy : text.book
        let (edited, places) = try #require(bad.apply(to: sound), "an edit does not fit")
        if bad.file == .policy { text.policy = edited } else { text.book = edited }
        let (loaded, findings) = text.checkWithoutDisk()
        let found = findings.filter { $0.code != .noTests }
        #expect(
            found.map { "\($0.code.rawValue) \($0.file):\($0.position.line):\($0.position.column)" }
                == zip(bad.expected, places).map { "\($0) \(bad.file.rawValue):\($1)" },
            "\(found)")
        #expect(bad.expected.count == places.count)
        #expect((loaded == nil) == bad.expected.contains { $0.hasPrefix("E") })
        for finding in found where !finding.message.hasPrefix("expected ") {
            #expect(finding.fix?.isEmpty == false, "\(finding)")
        }
    }

    @Test func `there are enough mistakes, and each code is among them`() {
        #expect(BadPolicy.all.count >= 50)
        #expect(Set(BadPolicy.all.map(\.description)).count == BadPolicy.all.count)
        let codes = Set(BadPolicy.all.flatMap(\.expected))
        let elsewhere: Set = ["E012", "E030", "E038", "E044", "W109", "W111"]
        #expect(codes.isDisjoint(with: elsewhere))
        #expect(codes.union(elsewhere) == Set(FindingCode.allCases.map(\.rawValue)))
    }
}
