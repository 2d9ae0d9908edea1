import AgentTestKit
import ApprovalCore
import Testing

struct DecideTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func decide(
        _ body: JSONValue, under policy: Policy? = nil, account: Account? = nil,
        answers: (Questions) -> Answers = Sample.unused
    ) throws -> Decision {
        try (policy ?? sample.policy()).decide(
            Case(
                transaction: try sample.transaction(body),
                account: try account ?? sample.account(sample.payouts)),
            at: Moment(now: Sample.now), answers: answers)
    }

    private func rule(_ id: String, _ action: Rule.Action, _ conditions: Condition...) -> Rule {
        Rule(id: id, action: action, conditions: conditions)
    }

    @Test func `the sample's usual cases are decided as its description says`() throws {
        let table: [(JSONValue, Decision.Action, [Reason])] = [
            (sample.withdrawal(), .allow, [.ruleAllow(rule: "payouts-small")]),
            (sample.transfer(), .allow, [.ruleAllow(rule: "internal-transfers")]),
            (
                sample.withdrawal(["amount": .string("-0.50000000")]), .allow,
                [.ruleAllow(rule: "payouts-small")]
            ),
            (
                sample.withdrawal(["amount": .string("-0.50000001")]), .escalate,
                [.ruleEscalate(rule: "payouts-large")]
            ),
            (
                sample.withdrawal(["address": .string(Sample.blockedAddress)]), .block,
                [.ruleBlock(rule: "frozen")]
            ),
            (
                sample.withdrawal(["address": .string("3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r")]),
                .block, [.noRuleMatched(default: .block)]
            ),
            (
                sample.withdrawal(["fee_amount": .string("0.00200001")]), .block,
                [.noRuleMatched(default: .block)]
            ),
            (
                sample.transfer(["amount": .string("-5.00000001")]), .block,
                [.noRuleMatched(default: .block)]
            ),
            (
                sample.transfer(["receiver_account_id": .string(sample.board.id.text)]), .block,
                [.noRuleMatched(default: .block)]
            ),
        ]
        for (body, action, reasons) in table {
            let decision = try decide(body)
            #expect(decision.action == action && decision.reasons == reasons, "\(body)")
            #expect((decision.exposure != nil) == (action == .allow))
        }
    }

    @Test func `an amount that is null escalates where an escalate rule cannot be ruled out`()
        throws
    {
        let decision = try decide(sample.withdrawal(["amount": .null]))
        #expect(decision.action == .escalate)
        #expect(decision.reasons.map(\.code) == ["FIELD_UNKNOWN", "AMOUNT_INVALID"])
        #expect(
            decision.reasons.first
                == .fieldUnknown(
                    by: .rule("payouts-large"), fields: ["amount"]))
    }

    @Test func `an address that is null blocks where a block rule cannot be ruled out`() throws {
        let decision = try decide(sample.withdrawal(["address": .null]))
        #expect(decision.action == .block)
        #expect(decision.reasons == [.fieldUnknown(by: .rule("frozen"), fields: ["address"])])
        #expect(decision.rules.map(\.id) == ["frozen", "payouts-small"])
    }

    @Test
    func `with a bad amount or fee no allow rule counts; the others, then the default, decide`()
        throws
    {
        let allow = rule(
            "allow", .allow, .type(.init([.withdrawal])), .fee(.init(upTo: try sample.amount("1"))))
        let plain = rule("plain", .allow, .type(.init([.withdrawal])))
        let escalate = rule("escalate", .escalate, .type(.init([.withdrawal])))
        let block = rule("block", .block, .type(.init([.withdrawal])))
        let bodies =
            ConditionTests.badAmounts.map { ("amount", sample.withdrawal(["amount": $0])) }
            + ConditionTests.badFees.map { ("fee_amount", sample.withdrawal(["fee_amount": $0])) }
        for (field, body) in bodies {
            for basis in Settings.AmountBasis.allCases {
                for fallback in Settings.DefaultAction.allCases {
                    let settings = Settings(defaultAction: fallback, amountBasis: basis)
                    let none = try decide(
                        body,
                        under: sample.policy(settings: settings, rules: [allow, plain], limits: []))
                    #expect(none.action == (fallback == .block ? .block : .escalate))
                    #expect(
                        none.reasons == [
                            .noRuleMatched(default: fallback), .amountInvalid(field: field),
                        ])
                    let person = try decide(
                        body,
                        under: sample.policy(
                            settings: settings, rules: [allow, escalate], limits: []))
                    #expect(person.action == .escalate)
                    #expect(
                        person.reasons == [
                            .ruleEscalate(rule: "escalate"), .amountInvalid(field: field),
                        ])
                    let never = try decide(
                        body,
                        under: sample.policy(
                            settings: settings, rules: [allow, escalate, block], limits: []))
                    #expect(never.action == .block)
                    #expect(
                        never.reasons == [.ruleBlock(rule: "block"), .amountInvalid(field: field)])
                    #expect(
                        [none, person, never].allSatisfy { $0.exposure == nil && $0.limits.isEmpty }
                    )
                }
            }
        }
    }

    @Test
    func `an allow rule that says nothing of the fee never waves through a fee above what is sent`()
        throws
    {
        let plain = rule("plain", .allow, .type(.init([.withdrawal])))
        let capped = rule(
            "capped", .allow, .type(.init([.withdrawal])),
            .fee(.init(upTo: try sample.amount("10"))))
        let table: [(String, String, Decision.Action)] = [
            ("-0.4", "0.4", .allow), ("-0.4", "0.40000001", .block), ("-0.4", "0", .allow),
            ("-0.00000001", "1.00000000", .block), ("-0.00000001", "0.00000001", .allow),
        ]
        for payer in [sample.payouts, sample.fees] {
            for basis in Settings.AmountBasis.allCases {
                for (amount, fee, action) in table {
                    let body = sample.withdrawal([
                        "amount": .string(amount), "fee_amount": .string(fee),
                        "fee_account_id": .string(payer.id.text),
                    ])
                    let settings = Settings(defaultAction: .block, amountBasis: basis)
                    #expect(
                        try decide(
                            body,
                            under: sample.policy(settings: settings, rules: [plain], limits: [])
                        ).action == action)
                    #expect(
                        try decide(
                            body,
                            under: sample.policy(settings: settings, rules: [capped], limits: [])
                        ).action == .allow)
                }
            }
        }
    }

    @Test func `all combinations of three rules follow block, escalate, allow, default`() throws {
        let outcomes: [(Match, Condition)] = [
            (.isTrue, .type(.init([.withdrawal]))), (.isFalse, .type(.init([.transferOutgoing]))),
            (.unknown(fields: ["address"]), .destination(.init(tags: ["blocked"]))),
        ]
        let kinds = Rule.Action.allCases.flatMap { action in outcomes.map { (action, $0.0, $0.1) } }
        let body = sample.withdrawal(["address": .null])
        var seen: Set<Decision.Action> = []
        for first in kinds {
            for second in kinds {
                for third in kinds {
                    for fallback in Settings.DefaultAction.allCases {
                        let chosen = zip(["c", "a", "b"], [first, second, third])
                        let policy = try sample.policy(
                            settings: Settings(defaultAction: fallback, amountBasis: .amount),
                            rules: chosen.map { rule($0, $1.0, $1.2) }, limits: [])
                        let decision = try decide(body, under: policy)
                        let effective = chosen.filter { $1.1 != .isFalse }
                        func has(_ action: Rule.Action, unknownToo: Bool) -> Bool {
                            effective.contains { $1.0 == action && (unknownToo || $1.1 == .isTrue) }
                        }
                        let allowed = has(.allow, unknownToo: false)
                        let expected: Decision.Action =
                            has(.block, unknownToo: true)
                            ? .block
                            : has(.escalate, unknownToo: true)
                                ? .escalate
                                : allowed
                                    ? .escalate  // It could not be signed without a destination.
                                    : fallback == .block ? .block : .escalate
                        #expect(decision.action == expected)
                        #expect(decision.rules.map(\.id) == effective.map { $0.0 }.sorted())
                        for result in decision.rules {
                            #expect(result.match == effective.first { $0.0 == result.id }?.1.1)
                        }
                        #expect(!decision.reasons.isEmpty)
                        seen.insert(decision.action)
                    }
                }
            }
        }
        #expect(seen == [.block, .escalate])
    }

    @Test
    func `what the rules allow but cannot be reserved, for want of a destination, is not allowed`()
        throws
    {
        let policy = try sample.policy(
            rules: [rule("any", .allow, .type(.init([.withdrawal])))], limits: [])
        for address in [nil, .null, .string(""), .integer(1)] as [JSONValue?] {
            let decision = try decide(sample.withdrawal(["address": address]), under: policy)
            #expect(decision.action == .escalate)
            #expect(decision.reasons == [.valueNotSignable("address")])
            #expect(decision.exposure == nil)
        }
    }

    @Test func `an account that is not as the policy's map says is held`() throws {
        let usual = try sample.account(sample.payouts)
        func account(_ id: String, _ entity: String, _ asset: String) throws -> Account {
            try Account(
                bytes: Sample.bytes(
                    .object([
                        "id": .string(id), "entity_id": .string(entity), "asset_id": .string(asset),
                    ])))
        }
        let (id, entity, asset) = (usual.id.text, usual.entityID.text, usual.assetID.text)
        let table: [(JSONValue, Account)] = [
            (sample.withdrawal(), try account(sample.treasury.id.text, entity, asset)),
            (sample.withdrawal(), try account(id, sample.board.entityID.text, asset)),
            (sample.withdrawal(), try account(id, entity, "00000000000000000000000000000002asst")),
            (sample.withdrawal(["account_id": .string(sample.treasury.id.text)]), usual),
            (
                sample.withdrawal(["account_id": .string("00000000000000000000000000000000acct")]),
                usual
            ),
            (sample.transfer(["sender_account_id": .string(sample.treasury.id.text)]), usual),
            (sample.transfer(["sender_account_id": .string("")]), usual),
            (sample.transfer(["sender_account_id": .integer(1)]), usual),
            (sample.withdrawal(["sender_account_id": .array([])]), usual),
        ]
        for (body, account) in table {
            let decision = try decide(body, account: account)
            #expect(
                decision.action == .hold && decision.reasons.map(\.code) == ["ACCOUNT_MISMATCH"],
                "\(body)")
            #expect(decision.exposure == nil && decision.limits.isEmpty)
        }
        #expect(try decide(sample.transfer(["sender_account_id": nil])).action == .allow)
    }

    @Test(arguments: ["APPROVED", "COMPLETED", "FAILED", "CANCELLED", "SETTLING", "pending"])
    func `a transaction that is not PENDING is held`(state: String) throws {
        let decision = try decide(sample.withdrawal(["state": .string(state)]))
        #expect(decision.action == .hold && decision.reasons.map(\.code) == ["NOT_PENDING"])
    }

    @Test func `every reason has a stable code, a sentence and canonical JSON`() throws {
        let limit = LimitResult(
            id: "l", key: nil, asset: "BTC", usage: nil, this: nil, maxAmount: nil, maxCount: nil,
            exceeded: true, window: .total)
        let reasons: [Reason] = [
            .ruleAllow(rule: "r"), .ruleBlock(rule: "r"), .ruleEscalate(rule: "r"),
            .noRuleMatched(default: .block),
            .fieldUnknown(by: .rule("r"), fields: ["b", "a"]), .amountInvalid(field: "amount"),
            .limitExceeded(limit), .malformed("x"),
            .pattern(
                PatternResult(id: "p", key: nil, usage: nil, countAtLeast: 3, isSeen: true)),
            .lookalike(label: "Exchange"), .policyExpired(since: Sample.now),
            .newDestination(label: "Exchange", since: Sample.now, until: Sample.now),
            .duplicateReference(other: try Sample.id(Sample.transactionID)),
            .staleRequest(createdAt: Sample.now, maxAge: 90_000),
            .inProgress(state: "requested"), .deliveryUnconfirmed,
            .accountMismatch("x"), .notPending(state: "FAILED"), .unknownAttribute("x"),
            .duplicateAttribute("x"),
            .attributeNotSigned("x"), .valueNotSignable("x"), .changedUnderUs(fields: ["b", "a"]),
            .foreignRequest("x"),
            .requestFailed(state: "FAILED"), .tooManyRequests(limit: 10), .conflictingChallenge,
            .alreadyApproved,
            .clockSkew(milliseconds: nil), .halted, .policyNotActive("x"), .recordTooLarge,
            .platformUnavailable("x"),
            .platformRefused(status: 403), .keyUnusable("x"), .deliveryHeldBack("x"),
        ]
        #expect(Set(reasons.map(\.code)).count == reasons.count)
        for reason in reasons {
            #expect(reason.code.allSatisfy { ($0.isUppercase && $0.isASCII) || $0 == "_" })
            #expect(reason.message.count > 15)
            let json = try JSONValue(parsing: #require(reason.json.canonicalBytes))
            #expect(json["code"]?.text == reason.code && json["message"]?.text == reason.message)
        }
        let hostile = Reason.unknownAttribute(
            "\u{1B}[31m\n\"\u{202E}" + String(repeating: "x", count: 5_000))
        #expect(
            hostile.message.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                && hostile.message.count < 200)
    }
}
