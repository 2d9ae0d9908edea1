import AgentTestKit
import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

@Suite struct LargePolicyTests {
    @Test func `a thousand rules and a hundred thousand entries load`() throws {
        var text = PolicyText()
        let rules = (0..<1_000).map { number in
            """
              - id: r\(number)
                action: allow
                type: [WITHDRAWAL]
                source: { accounts: [hot] }
                destination: { labels: ["Entry \(number)"], kind: allowlisted }
                asset: [BTC]
                amount: { up_to: "1.5" }
                fee: { up_to: "0.01" }

            """
        }
        text.policy = text.policy.replacing("limits:\n", with: rules.joined() + "limits:\n")
        text.book += (0..<100_000).map { number in
            """
              - label: Entry \(number)
                asset: [BTC]
                address: "bc1qxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\(number)"
                tags: [exchange]

            """
        }.joined()
        try text.inDirectory { path in
            let source = PolicyDirectory(path: path, shownAs: "p", sha256: { TestSHA256.short($0) })
            let clock = ContinuousClock()
            let start = clock.now
            let checked = source.check()
            print("1,000 rules and 100,000 entries: \(start.duration(to: clock.now))")
            let policy = try #require(checked.loaded, "\(checked.findings.prefix(3))").policy
            #expect(policy.rules.count == 1_002)
            #expect(policy.addressBook.entries.count == 100_002)
        }
    }
}

extension TestSHA256 {
    /// Of the first bytes only: the hash of the tests is slow.
    static func short(_ bytes: [UInt8]) -> Digest { hash(Array(bytes.prefix(64))) }
}
