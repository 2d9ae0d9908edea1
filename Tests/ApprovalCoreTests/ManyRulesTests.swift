import AgentTestKit
import ApprovalCore
import Testing

/// Of many rules most are left out unread: never one that is TRUE or UNKNOWN.
struct ManyRulesTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    /// What takes effect in a decision is what reading every rule gives.
    private func effective(
        _ body: JSONValue, under policy: Policy, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let explanation = policy.explain(
            try sample.subject(body, policy), at: policy.moment(at: Sample.now),
            answers: Sample.unused)
        #expect(explanation.rules.map(\.rule) == policy.rules, sourceLocation: sourceLocation)
        let read = explanation.rules.filter { $0.match != .isFalse }
        #expect(
            explanation.decision.rules
                == read.map { Decision.RuleResult(id: $0.rule.id, match: $0.match) },
            sourceLocation: sourceLocation)
        return explanation.decision.rules.map(\.id)
    }

    private func rule(_ id: String, _ conditions: Condition...) -> Rule {
        Rule(id: id, action: .escalate, conditions: conditions)
    }

    private func id(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }

    @Test func `of 600 rules for labels and tags exactly those of the entry take effect`() throws {
        let numbers = 0..<200
        let book = AddressBook(
            id: "b", revision: 1,
            entries: numbers.map {
                AddressBook.Entry(
                    label: "l\($0)", assets: ["BTC"], address: "3A\($0)",
                    tags: ["t\($0)", "t\(($0 + 1) % 200)"])
            })
        let rules = numbers.flatMap { number in
            [
                rule("label-" + id(number), .destination(.init(labels: ["l\(number)"]))),
                rule("tag-" + id(number), .destination(.init(tags: ["t\(number)"]))),
                rule(
                    "both-" + id(number),
                    .destination(.init(labels: ["l\(number)"], tags: ["t\((number + 2) % 200)"]))),
            ]
        }
        let policy = try sample.policy(rules: rules.shuffled(), limits: [], addressBook: book)
        for number in numbers {
            let body = sample.withdrawal(["address": .string("3A\(number)")])
            let expected = [
                "label-" + id(number), "tag-" + id(number), "tag-" + id((number + 1) % 200),
            ]
            #expect(try effective(body, under: policy) == expected.sorted())
        }
        #expect(try effective(sample.withdrawal(), under: policy).isEmpty)
        #expect(try effective(sample.transfer(), under: policy).isEmpty)
        #expect(
            try effective(sample.withdrawal(["address": .null]), under: policy).count == rules.count
        )
    }

    @Test func `rules that name accounts and rules that do not take effect together, in order`()
        throws
    {
        let policy = try sample.policy(
            rules: [
                rule("a"), rule("b", .source(.init(accounts: [sample.payouts.id]))),
                rule("c", .source(.init(entities: [sample.payouts.entityID]))),
                rule("d", .source(.init(accounts: [sample.payouts.id, sample.treasury.id]))),
                rule("e", .source(.init(accounts: []))),
                rule("f", .source(.init()), .source(.init(accounts: [sample.treasury.id]))),
                rule("g", .source(.init(accounts: [sample.payouts.id])), .asset(.init(["ETH"]))),
                rule("h", .asset(.init(["BTC", "ETH"]))),
                rule("i", .type(.init([.transferOutgoing]))), rule("j", .type(.init([]))),
                rule("k", .type(.init([.withdrawal])), .type(.init([.transferOutgoing]))),
                rule("l", .source(.init(entities: [sample.board.entityID]))),
            ], limits: [])
        #expect(try effective(sample.withdrawal(), under: policy) == ["a", "b", "c", "d", "h"])
        #expect(try effective(sample.transfer(), under: policy) == ["a", "b", "c", "d", "h", "i"])
        let treasury = sample.withdrawal(["account_id": .string(sample.treasury.id.text)])
        #expect(try effective(treasury, under: policy) == ["a", "c", "d", "f", "h"])
        let board = sample.withdrawal(["account_id": .string(sample.board.id.text)])
        #expect(try effective(board, under: policy) == ["a", "h", "l"])
    }

    @Test func `every kind of destination takes effect, and what is UNKNOWN with it`() throws {
        let treasury = Set([sample.treasury.id])
        let conditions: [(String, DestinationCondition)] = [
            ("accounts", .init(accounts: treasury)), ("any", .init()),
            ("is-account", .init(kind: .account)), ("listed", .init(kind: .allowlisted)),
            ("no-accounts", .init(accounts: [])), ("no-labels", .init(labels: [])),
            ("no-tags", .init(tags: [])),
            ("strangers", .init(labels: ["nobody"], tags: ["nothing"], kind: .account)),
        ]
        let policy = try sample.policy(
            rules: conditions.map { rule($0.0, .destination($0.1)) }, limits: [])
        let nowhere = JSONValue.string("00000000000000000000000000000000acct")
        let table: [(JSONValue, [String])] = [
            (sample.withdrawal(), ["any", "listed"]),
            (sample.withdrawal(["address": .string("1Unlisted")]), ["any"]),
            (sample.transfer(), ["accounts", "any", "is-account"]),
            (
                sample.transfer(["receiver_account_id": .string(sample.board.id.text)]),
                ["any", "is-account"]
            ),
            (sample.transfer(["receiver_account_id": nowhere]), ["any"]),
            (sample.withdrawal(["address": nil]), conditions.map(\.0)),
            (sample.transfer(["receiver_account_id": .string("")]), conditions.map(\.0)),
        ]
        for (body, expected) in table {
            #expect(try effective(body, under: policy) == expected, "\(body)")
        }
    }

    @Test func `an amount is above more_than and at most up_to in every asset's own digits`() throws
    {
        let ether = PolicyAsset(
            name: "ETH", id: try Sample.id("00000000000000000000000000000002asst"), precision: 18)
        let wallet = PolicyAccount(
            name: "eth", id: try Sample.id("00000000000000000000000000000003acct"),
            entityID: sample.payouts.entityID, asset: ether)
        func cap(_ text: String, _ precision: UInt8) throws -> Amount {
            try Amount(text, precision: precision)
        }
        let greatest = try #require(Amount(units: .max, scale: 0))
        let rules = [
            rule("above-08", .amount(.init(moreThan: try cap("0.4", 8)))),
            rule("above-18", .amount(.init(moreThan: try cap("0.4", 18)))),
            rule("above-fine", .amount(.init(moreThan: try cap("0.400000000000000001", 18)))),
            rule("above-greatest", .amount(.init(moreThan: greatest))),
            rule("upto-08", .amount(.init(upTo: try cap("0.4", 8)))),
            rule("upto-18", .amount(.init(upTo: try cap("0.4", 18)))),
            rule("upto-fine", .amount(.init(upTo: try cap("0.399999999999999999", 18)))),
            rule("upto-greatest", .amount(.init(upTo: greatest))),
            rule(
                "upto-two", .amount(.init(upTo: try cap("1", 8))),
                .amount(.init(upTo: try cap("0.4", 8)))),
        ]
        let policy = Policy(
            metadata: Metadata(id: "m", revision: 1),
            settings: Settings(defaultAction: .block, amountBasis: .amount),
            assets: [sample.btc, ether], accounts: [sample.payouts, wallet], rules: rules,
            limits: [], addressBook: sample.book)
        let unsure = ["above-greatest", "upto-greatest"]
        let upto = ["upto-08", "upto-18", "upto-two"]
        let above = ["above-08", "above-18"]
        func body(_ amount: String, _ account: PolicyAccount) -> JSONValue {
            sample.withdrawal([
                "amount": .string(amount), "account_id": .string(account.id.text),
            ])
        }
        let table: [(JSONValue, [String])] = [
            (body("-0.4", sample.payouts), upto + unsure),
            (body("-0.40000001", sample.payouts), above + ["above-fine"] + unsure),
            (body("-0.39999999", sample.payouts), upto + ["upto-fine"] + unsure),
            (body("-0.4", wallet), upto + unsure),
            (body("-0.400000000000000001", wallet), above + unsure),
            (body("-0.400000000000000002", wallet), above + ["above-fine"] + unsure),
            (body("-0.399999999999999999", wallet), upto + ["upto-fine"] + unsure),
            (body("-0.4000000000000000001", wallet), rules.map(\.id)),
        ]
        for (body, expected) in table {
            #expect(try effective(body, under: policy) == expected.sorted(), "\(body)")
        }
    }

    @Test func `of 400 limits and patterns exactly those of the account and its destination count`()
        throws
    {
        let cap = Pattern.Cap(rule: "r", assets: ["BTC"], upTo: try sample.amount("0.4"))
        let scopes: [(String, [Condition])] = [
            ("exchange", [.destination(.init(tags: ["exchange"]))]),
            ("other", [.destination(.init(tags: ["other"]))]),
            ("payouts", [.source(.init(accounts: [sample.payouts.id]))]),
            ("treasury", [.source(.init(accounts: [sample.treasury.id]))]),
        ]
        let numbers = 0..<50
        let policy = try sample.policy(
            rules: sample.everything(),
            limits: numbers.flatMap { number in
                scopes.map {
                    Limit(id: $0.0 + id(number), scope: $0.1, window: .total, maxCount: 9)
                }
            },
            patterns: numbers.flatMap { number in
                scopes.map {
                    Pattern(
                        id: $0.0 + id(number), action: .block, scope: $0.1, window: .total,
                        percent: 10, caps: [cap], countAtLeast: 9)
                }
            })
        let decision = try sample.decide(sample.withdrawal(), under: policy)
        let expected = numbers.flatMap { ["exchange" + id($0), "payouts" + id($0)] }.sorted()
        #expect(decision.action == .allow)
        #expect(decision.limits.map(\.id) == expected)
        #expect(decision.patterns.map(\.id) == expected)
        let exposure = try #require(decision.exposure)
        #expect(
            policy.memberships(of: exposure).map(\.limit)
                == expected + expected.map { "pattern:" + $0 })
    }
}
