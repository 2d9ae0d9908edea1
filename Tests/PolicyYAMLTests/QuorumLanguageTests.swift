import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

/// `groups`, `quorum` and `tier` become what they stand for.
@Suite struct QuorumLanguageTests {
    private func text(_ edits: (old: String, new: String)...) -> PolicyText {
        var text = PolicyText()
        text.policy = text.policy.replacing("rules:\n", with: BadPolicy.soundGroups + "rules:\n")
            .replacing(
                "    external_ref: P-2\n", with: "    external_ref: P-2\n" + BadPolicy.soundQuorum)
        for (old, new) in edits { text.policy = text.policy.replacing(old, with: new) }
        return text
    }

    private func policy(_ edits: (old: String, new: String)...) throws -> Policy {
        var text = text()
        for (old, new) in edits {
            text.policy = text.policy.replacing(old, with: new)
            text.book = text.book.replacing(old, with: new)
        }
        let (loaded, findings) = text.checkWithoutDisk()
        #expect(findings.map(\.code) == [.noTests], "\(findings)")
        return try #require(loaded, "\(findings)").policy
    }

    @Test func `a group is pinned with its method, id, quorum and members`() throws {
        let group = try #require(try policy().groups["board"])
        #expect(group.name == "board" && group.groupID == "board-1" && group.quorum == 2)
        #expect(group.methodID.text == "00000000000000000000000000000009apmt")
        #expect(group.members.map(\.name) == ["anna", "bora", "carl"])
        #expect(
            group.members.map(\.entityID.text).map { $0.dropFirst(31).first } == ["a", "b", "c"])
        #expect(
            group.members.map(\.methodID.text).map { $0.dropFirst(31).first } == ["a", "b", "c"])
        #expect(group.members.allSatisfy { $0.methodID.text.hasSuffix("apmt") })
    }

    @Test func `a quorum is as written, and its defaults where it is not`() throws {
        let written = try policy(("[anna, bora, carl], order", "[carl, anna], order"))
        let quorum = try #require(written.rules.first { $0.id == "small" }?.quorum)
        #expect(quorum.group == written.groups["board"] && quorum.minApprovals == 2)
        #expect(quorum.ask.map(\.name) == ["carl", "anna"])
        #expect(quorum.order == .parallel && quorum.onExpiry == .cancel)
        #expect(quorum.expiresAfter == 86_400_000)
        #expect(written.rules.first { $0.id == "blocked" }?.quorum == nil)
        let plain = try policy(
            (", order: parallel, expires_after: 24h, on_expiry: cancel", ", expires_after: 1m"))
        let usual = try #require(plain.rules.first { $0.id == "small" }?.quorum)
        #expect(usual.order == .sequential && usual.onExpiry == .escalate)
        #expect(usual.expiresAfter == 60_000)
    }

    @Test func `what is wrong with a quorum is told with what was likely meant`() throws {
        func findings(_ old: String, _ new: String) -> [String] {
            text((old, new)).checkWithoutDisk().findings.filter { $0.code != .noTests }
                .map { String($0.description.drop { $0 != " " }.dropFirst()) }
        }
        #expect(
            findings("bora, carl]", "bora, karl]") == [
                "error E032: \"karl\" is no member of the group `board`; did you mean \"carl\"?"
                    + " (rules[0].quorum.ask[2])"
            ])
        #expect(
            findings("group: board", "group: bord") == [
                "error E032: \"bord\" is no group of this policy; did you mean \"board\"?"
                    + " (rules[0].quorum.group)"
            ])
        #expect(
            findings("min_approvals: 2", "min_approvals: 3") == [
                "error E039: the platform takes it as approved with 2, the quorum of `board`, so 3"
                    + " cannot be enforced; write at most 2, or raise the quorum at the platform"
                    + " and here (rules[0].quorum.min_approvals)"
            ])
        #expect(
            findings("ask: [anna, bora, carl]", "ask: [carl]") == [
                "error E039: 1 asked can never be the 2 whose approval the platform needs; ask at"
                    + " least 2 members of `board` (rules[0].quorum.ask)"
            ])
        #expect(
            findings("    quorum: 2\n", "    quorum: 5\n") == [
                "error E039: the group has 3 members, so 5 can never approve; write the quorum and"
                    + " the members that the platform's group has (groups.board.quorum)"
            ])
    }

    @Test func `cancels are bounded where an expired asking cancels`() throws {
        let most = ("default_action: block", "default_action: block\n  max_cancels_per_hour: 3")
        let settings = try policy(most).settings
        #expect(settings.onBlock == .leave && settings.mostCancelsPerHour == 3)
        #expect(try policy().settings.mostCancelsPerHour == 10)
        let both = try policy((most.0, most.1 + "\n  on_block: cancel")).settings
        #expect(both.onBlock == .cancel(mostPerHour: 3) && both.mostCancelsPerHour == 3)
    }

    @Test func `where people are asked for all that is allowed no field need be signed`() throws {
        let settings = ("  challenge: { accept_unsigned: [\"fee_account_id\"] }\n", "")
        #expect(text(settings).checkWithoutDisk().findings.map(\.code) == [.noTests])
        var alone = PolicyText()
        alone.policy = alone.policy.replacing(settings.0, with: settings.1)
        #expect(alone.checkWithoutDisk().findings.map(\.code).contains(.perhapsUnsigned))
    }

    /// Rules that ask differently, and cannot be TRUE together for certain.
    @Test(
        arguments: [
            ("type: [WITHDRAWAL]", "type: [TRANSFER_OUTGOING]"),
            (
                "min_approvals: 1, ask: [anna, bora], expires_after: 1h }",
                "min_approvals: 2, ask: [anna, bora, carl], order: parallel, expires_after: 1d,"
                    + " on_expiry: cancel }"
            ),
            ("accounts: [hot]", "accounts: [cold]"),
            ("destination: { tags: [exchange] }", "destination: { labels: [Frozen] }"),
            ("destination: { tags: [exchange] }", "destination: { tags: [blocked] }"),
            ("more_than: \"1\"", "more_than: \"1.5\""),
            ("account: [hot] }", "account: [cold], more_than: \"0\" }"),
            (
                "expires_after: 1h }",
                "expires_after: 1h }\n    when: { days: [mon], from: \"18:00\" }"
            ),
        ])
    func `rules of which one at most is certain to apply are not ambiguous`(
        _ old: String, _ new: String
    ) throws {
        let second = """
              - id: second
                action: allow
                type: [WITHDRAWAL]
                source: { accounts: [hot] }
                destination: { tags: [exchange] }
                asset: [BTC]
                amount: { more_than: "1", up_to: "9" }
                fee: { up_to: "0.01", account: [hot] }
                quorum: { group: board, min_approvals: 1, ask: [anna, bora], expires_after: 1h }

            """
        let hours = ("    quorum: { group", "    when: { to: \"18:00\" }\n    quorum: { group")
        let zone = ("default_action: block", "default_action: block\n  timezone: UTC")
        func codes(_ text: String) -> [FindingCode] {
            self.text(zone, hours, ("  - id: blocked\n", text + "  - id: blocked\n"))
                .checkWithoutDisk().findings.map(\.code)
        }
        #expect(codes(second).contains(.ambiguousQuorum))
        let found = codes(second.replacing(old, with: new))
        #expect(!found.contains(.ambiguousQuorum), "\(found)")
        #expect(!found.contains { $0.severity == .error && $0 != .unboundedExposure }, "\(found)")
    }

    @Test func `a tier is a condition of an account in euros`() throws {
        let policy = try policy(
            ("  ETH: {", "  EUR: {"), ("asset: ETH }", "asset: EUR }"),
            ("asset: [BTC, ETH]", "asset: [BTC]"),
            (
                "limits:\n",
                """
                  - id: euros
                    action: escalate
                    source: { accounts: [ether] }
                    asset: [EUR]
                    tier: { headroom: required }
                limits:

                """
            ))
        #expect(policy.readsTier)
        #expect(
            policy.rules.first { $0.id == "euros" }?.conditions.contains(.tier(.init())) == true)
    }
}
