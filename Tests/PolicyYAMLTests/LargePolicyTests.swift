import AgentTestKit
import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

@Suite struct LargePolicyTests {
    /// 1,000 rules and 1,000 limits over 25 accounts.
    private static let policy: String = {
        let accounts = (0..<25).map { number in
            """
              a\(number): { account_id: "\(digits(number + 100, 32))acct", entity_id: "00000000000000000000000000000001enty", asset: BTC }

            """
        }
        let rules = (0..<1_000).map { number in
            """
              - id: r\(number)
                action: allow
                type: [WITHDRAWAL]
                source: { accounts: [a\(number % 25)] }
                destination: { labels: ["Entry \(number)"], kind: allowlisted }
                asset: [BTC]
                amount: { up_to: "1.5" }
                fee: { up_to: "0.01", account: [hot] }
                when: { days: [mon, tue], from: "08:00", to: "18:00" }

            """
        }
        let limits = (0..<1_000).map { number in
            """
              - id: l\(number)
                scope: { type: [WITHDRAWAL], source: { accounts: [a\(number % 25)] }, asset: [BTC] }
                window: { rolling: \(number + 1)h }
                max_amount: "3"
                max_count: 10

            """
        }
        return PolicyText.soundPolicy
            .replacing("default_action: block", with: "default_action: block\n  timezone: UTC")
            .replacing("rules:\n", with: accounts.joined() + "rules:\n" + rules.joined())
            + limits.joined()
    }()

    /// An entry with every key.
    private static func entry(_ number: Int) -> String {
        """
          - label: Entry \(number)
            asset: [BTC]
            address: "0x\(digits(number &* 7_919 % 99_991, 20))\(digits(number, 20))"
            compare: hex_case_insensitive
            tags: [exchange, reviewed]
            added_by: anna
            approved_by: [bora, carl]
            active_from: "2026-01-01T00:00:00Z"
            expires_at: "2027-01-01T00:00:00Z"
            max_per_transaction: "1.50000000"
            note: "opened 2026-09-18, ticket OPS-\(number)"

        """
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: width - text.utf8.count) + text
    }

    /// What is promised for a release build is too slow to wait for in another.
    private static var entries: Int { _isDebugAssertConfiguration() ? 20_000 : 100_000 }

    @Test func `a thousand rules, a thousand limits and a large address book load`() throws {
        var text = PolicyText()
        text.policy = Self.policy
        text.book += (0..<Self.entries).map(Self.entry).joined()
        let files = [("policy.yaml", text.policy), ("address_book.yaml", text.book)].map {
            PolicyFile(path: $0, bytes: Array($1.utf8))
        }
        let clock = ContinuousClock()
        let start = clock.now
        let checked = PolicyDirectory(
            path: "", shownAs: "p", sha256: { TestSHA256.short($0) }, now: { PolicyText.now }
        ).check(files: files)
        print(
            "1,000 rules, 1,000 limits and \(Self.entries) entries of \(text.book.utf8.count) bytes:",
            start.duration(to: clock.now))
        let policy = try #require(checked.loaded, "\(checked.findings.prefix(3))").policy
        #expect(policy.rules.count == 1_002 && policy.limits.count == 1_002)
        #expect(policy.addressBook.entries.count == Self.entries + 2)
        #expect(Set(checked.findings.map(\.code)) == [.noTests, .lookalike])
        #expect(checked.findings.count { $0.code == .lookalike } == 21)
    }
}

extension TestSHA256 {
    /// Of the first bytes only: the hash of the tests is slow.
    static func short(_ bytes: [UInt8]) -> Digest { hash(Array(bytes.prefix(64))) }
}
