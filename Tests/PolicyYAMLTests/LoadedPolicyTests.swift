import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import PolicyYAML
import Testing

@Suite struct LoadedPolicyTests {
    private func id<Resource>(_ number: Int, _ suffix: String) throws -> Identifier<Resource> {
        let digits = String(number)
        let zeros = String(repeating: "0", count: 32 - digits.count)
        return try #require(Identifier(zeros + digits + suffix))
    }

    private func btc(_ text: String) throws -> Amount { try Amount(text, precision: 8) }

    @Test func `a sound policy becomes the model that it describes`() throws {
        let policy = try #require(try PolicyText().check().loaded).policy
        #expect(
            policy.metadata
                == Metadata(
                    id: "demo", revision: 7, title: "Demo: payouts",
                    owner: "compliance@example.com", externalRef: "PROC-1"))
        #expect(
            policy.settings
                == Settings(
                    defaultAction: .block, amountBasis: .amountPlusFee,
                    requiredAttributes: ["fee_amount", "reference"],
                    acceptUnsigned: ["fee_account_id"]))
        let btc = PolicyAsset(name: "BTC", id: try id(1, "asst"), precision: 8)
        let eth = PolicyAsset(name: "ETH", id: try id(2, "asst"), precision: 18)
        #expect(policy.assets == ["BTC": btc, "ETH": eth])
        let first: EntityID = try id(1, "enty")
        #expect(
            policy.accounts == [
                "hot": PolicyAccount(
                    name: "hot", id: try id(1, "acct"), entityID: first, asset: btc),
                "cold": PolicyAccount(
                    name: "cold", id: try id(2, "acct"), entityID: first, asset: btc),
                "ether": PolicyAccount(
                    name: "ether", id: try id(3, "acct"), entityID: try id(2, "enty"), asset: eth),
            ])
    }

    @Test func `rules and limits become what they say`() throws {
        let policy = try #require(try PolicyText().check().loaded).policy
        let hot: AccountID = try id(1, "acct")
        let small = Rule(
            id: "small", action: .allow, description: "small payouts", externalRef: "P-2",
            conditions: [
                .type(TypeCondition([.withdrawal])), .source(SourceCondition(accounts: [hot])),
                .destination(
                    DestinationCondition(
                        labels: ["Exchange A"], tags: ["exchange"], kind: .allowlisted)),
                .asset(AssetCondition(["BTC"])),
                .amount(AmountCondition(moreThan: try btc("0.1"), upTo: try btc("1.5"))),
                .fee(FeeCondition(upTo: try btc("0.01"))),
            ])
        let blocked = Rule(
            id: "blocked", action: .block,
            conditions: [.destination(DestinationCondition(tags: ["blocked"]))])
        #expect(policy.rules == [blocked, small])
        let day = Limit(
            id: "day",
            scope: [.source(SourceCondition(accounts: [hot])), .asset(AssetCondition(["BTC"]))],
            per: [.source, .destination], window: .rolling(milliseconds: 86_400_000),
            onExceed: .block, maxAmount: try btc("3"), maxCount: 10)
        let all = Limit(
            id: "all", scope: [.asset(AssetCondition(["BTC"]))], window: .total,
            maxAmount: try btc("100"))
        #expect(policy.limits == [all, day])
    }

    @Test func `every rule and limit of a loaded policy can be found in its file`() throws {
        let loaded = try #require(PolicyText().checkWithoutDisk().loaded)
        let rules = PolicyDirectory.places(of: .rules, in: loaded)
        #expect(
            rules == [
                "small": SourcePosition(line: 20, column: 5),
                "blocked": SourcePosition(line: 30, column: 5),
            ])
        #expect(Set(PolicyDirectory.places(of: .limits, in: loaded).keys) == ["day", "all"])
        #expect(PolicyDirectory.places(of: .patterns, in: loaded).isEmpty)
    }

    @Test func `more patterns than are evaluated for one transaction are refused`() throws {
        var text = PolicyText()
        text.policy += "patterns:\n"
        text.policy += (1...65).map {
            "  - { id: p\($0), action: block, window: { rolling: 1h }, "
                + "near: { percent: 1, of: [small] }, count_at_least: 2 }\n"
        }.joined()
        let found = text.checkWithoutDisk().findings.filter { $0.severity == .error }
        #expect(found.map(\.code) == [.tooManyLimits])
    }

    @Test func `the address book keeps its entries`() throws {
        let book = try #require(try PolicyText().check().loaded).policy.addressBook
        #expect(book.id == "demo-addresses" && book.revision == 3)
        #expect(
            book.entries == [
                AddressBook.Entry(
                    label: "Exchange A", assets: ["BTC"],
                    address: "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", tags: ["exchange", "fast"],
                    note: "opened in September"),
                AddressBook.Entry(
                    label: "Frozen", assets: ["BTC", "ETH"],
                    address: "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", tags: ["blocked"]),
            ])
    }

    @Test(arguments: [
        ("{ accept_unsigned: [\"fee_account_id\"] }", ["fee_amount", "reference"]),
        ("{ bind: strict }", ["fee_amount", "reference"]),
        ("{ accept_unsigned: [reference] }", ["fee_amount"]),
        ("{ accept_unsigned: [reference, fee_amount] }", []),
        ("{ required_attrs: [] }", []),
        ("{ required_attrs: [end_to_end_id, amount, address, id] }", ["end_to_end_id"]),
    ])
    func `what must be signed is as written, and the default less what is accepted unsigned`(
        _ written: String, _ required: [String]
    ) throws {
        var text = PolicyText()
        text.policy = text.policy.replacing(
            "{ accept_unsigned: [\"fee_account_id\"] }", with: written)
        let settings = try #require(try text.check().loaded).policy.settings
        #expect(settings.requiredAttributes == Set(required))
        #expect(settings.requiredAttributes(for: .transferOutgoing).contains("address") == false)
    }

    @Test func `entities, transfers, free fees and limits of one asset are accepted`() throws {
        var text = PolicyText()
        text.policy = text.policy
            .replacing(
                "source: { accounts: [hot] }\n",
                with: "source: { entities: [\"00000000000000000000000000000001enty\"] }\n"
            )
            .replacing("fee: { up_to: \"0.01\" }", with: "fee: { up_to: \"0\" }")
            .replacing(
                "scope: { source: { accounts: [hot] }, asset: [BTC] }",
                with: "scope: { source: { accounts: [hot, cold] } }"
            )
            .replacing("per: [destination, source]", with: "per: [asset]")
        let policy = try #require(try text.check().loaded).policy
        #expect(policy.limits.last?.maxAmount == Amount(units: 300_000_000, scale: 8))
        let first: EntityID = try id(1, "enty")
        #expect(
            policy.rules.last?.conditions.contains(.source(SourceCondition(entities: [first])))
                == true)
    }

    @Test func `five mistakes are told at once, those of both files`() throws {
        var text = PolicyText()
        text.policy = text.policy
            .replacing("revision: 7", with: "revision: zero")
            .replacing("action: allow", with: "action: alow")
            .replacing("up_to: \"0.01\"", with: "up_to: 0.01")
            .replacing("rolling: 24h", with: "rolling: daily")
        text.book = text.book.replacing("label: Frozen", with: "lable: Frozen")
        let found = try text.check().findings.filter { $0.severity == .error }
        #expect(
            found.map(\.description) == [
                "p/address_book.yaml:10:5: error E001: unknown key `lable`; did you mean `label`? "
                    + "the keys here are `label`, `asset`, `address`, `compare`, `tags`, "
                    + "`added_by`, `approved_by`, `active_from`, `expires_at`, "
                    + "`max_per_transaction`, `note` (entries[1].lable)",
                "p/address_book.yaml:10:5: error E003: the key `label` is missing; add it "
                    + "(entries[1].label)",
                "p/policy.yaml:5:13: error E003: expected a whole number from 1 to "
                    + "9007199254740991, found the text \"zero\" (metadata.revision)",
                "p/policy.yaml:21:13: error E003: `alow` is not accepted here; did you mean "
                    + "`allow`? write `allow`, `escalate` or `block` (rules[0].action)",
                "p/policy.yaml:29:19: error E020: money must be a quoted string; write \"0.01\" "
                    + "(rules[0].fee.up_to)",
                "p/policy.yaml:37:24: error E003: `daily` is not a duration; write a whole number "
                    + "above 0 and s, m, h or d, such as 30s, 15m, 2h or 7d "
                    + "(limits[0].window.rolling)",
            ])
    }

    @Test func `what could not be read is reported where it is defined, and not where it is used`()
        throws
    {
        var text = PolicyText()
        text.policy = text.policy
            .replacing("  BTC: { asset_id: \"", with: "  BTC: { asset_id: \"x")
            .replacing("  hot: { account_id: \"", with: "  hot: { account_id: \"x")
        #expect(
            try text.check().findings.filter { $0.severity == .error }.map(\.path.description)
                == ["assets.BTC.asset_id", "accounts.hot.account_id"])
        text = PolicyText()
        text.policy = text.policy.replacing("assets:\n", with: "assets: none\nother:\n")
        #expect(
            try text.check().findings.filter { $0.severity == .error }.map(\.path.description)
                == ["assets", "other"])
    }

    @Test func `each file is checked though the other cannot be read`() throws {
        var text = PolicyText()
        text.policy = "rules: [\n"
        text.book = text.book.replacing("revision: 3", with: "revision: 0")
        #expect(
            try text.check().findings.map(\.file) == ["p/address_book.yaml", "p/policy.yaml"])
        text = PolicyText()
        text.book = "entries: {\n"
        text.policy = text.policy.replacing("rolling: 24h", with: "rolling: 24")
        #expect(
            try text.check().findings.filter { $0.severity == .error }.map(\.file)
                == ["p/address_book.yaml", "p/policy.yaml"])
    }

    @Test(arguments: ["", "rules: []\n"])
    func `a policy without rules is refused`(_ rules: String) throws {
        var text = PolicyText()
        let start = try #require(text.policy.range(of: "rules:\n"))
        text.policy = String(text.policy[..<start.lowerBound]) + rules
        let found = try text.check().findings.filter { $0.severity == .error }
        #expect(found.map(\.code) == [.noRules])
    }

    @Test func `more limits than are evaluated for one transaction are refused`() throws {
        let limit = { (number: Int, account: String) in
            "  - { id: l\(number), scope: { source: { accounts: [\(account)] } }, "
                + "window: { rolling: 1h }, max_count: 5 }\n"
        }
        var text = PolicyText()
        text.policy += (1...62).map { limit($0, "hot") }.joined()
        text.policy += (63...120).map { limit($0, "ether") }.joined()
        #expect(try text.check().loaded?.policy.limits.count == 122)
        text.policy += limit(121, "hot")
        let found = try text.check().findings.filter { $0.severity == .error }
        #expect(found.map(\.code) == [.tooManyLimits])
        #expect(
            found.first?.message.contains("65 limits could apply to one WITHDRAWAL from `hot`")
                == true)
    }

    @Test func `the whole language loads, with the group whom a rule asks`() throws {
        let path = Repository.path("Tests/Vectors/policies/whole-schema")
        let (loaded, findings) = PolicyDirectory(
            path: path, shownAs: "p", sha256: TestSHA256.hash
        ).check()
        let policy = try #require(loaded, "\(findings)").policy
        #expect(findings.allSatisfy { $0.severity == .warning })
        let rule = try #require(policy.rules.first { $0.id == "board-group" })
        #expect(rule.quorum?.group == policy.groups["board"] && rule.quorum?.minApprovals == 2)
        #expect(policy.groups.count == 1 && policy.rules.count { $0.quorum != nil } == 1)
    }
}

/// Places in this repository.
enum Repository {
    static func path(_ path: String) -> String {
        let file = URL(fileURLWithPath: #filePath)
        return file.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(path).path
    }
}
