import AgentTestKit
import ApprovalCore
import Testing

/// Every field that any part of a policy reads must be signed, or the policy accepts it unsigned.
struct BoundFieldsTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    /// `required_attrs: []`, so that only what is read must be signed beside the constant ones.
    private func policy(
        _ conditions: [Condition] = [], limits: [Limit] = [], patterns: [Pattern] = [],
        guards: Guards = Guards(), accept: Set<String> = [], require: Set<String> = [],
        basis: Settings.AmountBasis = .amount
    ) throws -> Policy {
        try sample.policy(
            settings: Settings(
                defaultAction: .block, amountBasis: basis, zone: Sample.berlin,
                requiredAttributes: require, acceptUnsigned: accept),
            rules: [
                Rule(
                    id: "r", action: .allow,
                    conditions: [.type(.init([.withdrawal, .transferOutgoing]))] + conditions
                        + [.fee(.init(upTo: sample.amount("1")))])
            ], limits: limits, patterns: patterns, guards: guards)
    }

    private func bind(
        _ policy: Policy, attributes: [String], changed: KeyValuePairs<String, JSONValue?> = [:]
    ) throws -> Binding {
        let transaction = try sample.transaction(sample.withdrawal())
        let decision = try sample.decide(sample.withdrawal(), under: policy)
        #expect(decision.action == .allow)
        let body = sample.request(attributes: attributes)
        return policy.bind(
            decision, decided: transaction,
            current: try sample.transaction(sample.withdrawal(changed)),
            request: try ApprovalRequest(bytes: Sample.bytes(body)),
            asked: RequestedApproval(
                requestID: try Sample.id(Sample.requestID), transactionID: transaction.id,
                entityID: sample.payouts.entityID, methodID: try Sample.id(Sample.methodID)))
    }

    private let usual = ["id", "account_id", "type", "amount", "address", "fee_amount"]

    private func pattern(_ per: Set<Limit.Dimension> = []) throws -> Pattern {
        Pattern(
            id: "p", action: .block, per: per, window: .total, percent: 10,
            caps: [.init(rule: "r", assets: ["BTC"], upTo: try sample.amount("9"))],
            countAtLeast: 9)
    }

    @Test func `what each part of a policy reads is what must be signed`() throws {
        let fee: Set<String> = ["type", "fee_amount"]
        let plus: Set<String> = ["type", "fee_amount", "fee_account_id"]
        func fields(_ policy: Policy) -> Set<String> { policy.fields(read: .withdrawal) }
        #expect(try fields(policy()) == fee)
        #expect(try fields(policy([.when(.init())])) == fee)
        #expect(try fields(policy([.fee(.init(accounts: [sample.fees.id]))])) == plus)
        #expect(try fields(policy([.fee(.init(moreThan: sample.amount("0")))])) == fee)
        #expect(try fields(policy(basis: .amountPlusFee)) == plus)
        let duplicate = Guards(duplicateReference: .init(action: .block))
        #expect(try fields(policy(guards: duplicate)) == fee.union(["reference"]))
        let look = Guards(lookalike: .init(prefix: 4, suffix: 4, action: .block))
        #expect(try fields(policy(guards: look)) == fee.union(["address"]))
        let new = Guards(newDestination: .init(coolOffMilliseconds: 1, action: .block))
        #expect(try fields(policy(guards: new)) == fee.union(["address"]))
        #expect(try fields(policy(patterns: [pattern()])) == fee.union(["amount"]))
        #expect(
            try fields(policy(patterns: [pattern([.destination, .entity])]))
                == fee.union(["amount", "address", "account_id"]))
        #expect(
            try fields(policy(patterns: [pattern()], basis: .amountPlusFee))
                == plus.union(["amount"]))
        let count = Limit(id: "l", per: [.source], window: .total, maxCount: 9)
        #expect(try fields(policy(limits: [count])) == fee.union(["account_id"]))
        #expect(
            try policy(guards: new).fields(read: .transferOutgoing)
                == fee.union(["receiver_account_id"]))
    }

    @Test func `an allow rule whose fee has no up_to reads the fee against what is sent`() throws {
        let rule = Rule(
            id: "r", action: .allow,
            conditions: [
                .type(.init([.withdrawal])),
                .fee(.init(moreThan: try sample.amount("0"), accounts: [sample.fees.id])),
            ])
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: .amount), rules: [rule],
            limits: [])
        #expect(
            policy.fields(read: .withdrawal) == [
                "type", "fee_account_id", "fee_amount", "amount",
            ])
        for (fee, action) in [("0.4", Decision.Action.allow), ("0.40000001", .block)] {
            let body = sample.withdrawal(["fee_amount": .string(fee)])
            #expect(try sample.decide(body, under: policy).action == action)
        }
    }

    @Test func `a reference that the guard reads must be signed, or be accepted unsigned`() throws {
        let guards = Guards(duplicateReference: .init(action: .block))
        #expect(
            try bind(policy(guards: guards), attributes: usual)
                == .escalate([.attributeNotSigned("reference")]))
        for accepting in [
            try policy(guards: guards, accept: ["reference"]), try policy(accept: ["reference"]),
            try policy(),
        ] {
            guard case .sign(let challenge) = try bind(accepting, attributes: usual) else {
                Issue.record("refused though nobody reads it or it is accepted unsigned")
                continue
            }
            #expect(challenge.attributes == usual)
        }
        // Accepted unsigned, it must still not change between the two reads.
        #expect(
            try bind(
                policy(guards: guards, accept: ["reference"]), attributes: usual,
                changed: ["reference": .string("payout-2")]) == .changed(fields: ["reference"]))
        // What the settings require, accept_unsigned does not take back.
        #expect(
            try bind(policy(accept: ["reference"], require: ["reference"]), attributes: usual)
                == .escalate([.attributeNotSigned("reference")]))
    }

    @Test func `the payer of the fee must be signed where a rule names it`() throws {
        let named = [Condition.fee(.init(accounts: [sample.fees.id]))]
        #expect(
            try bind(policy(named), attributes: usual)
                == .escalate([.attributeNotSigned("fee_account_id")]))
        for (policy, attributes) in [
            (try policy(named), usual + ["fee_account_id"]),
            (try policy(named, accept: ["fee_account_id"]), usual),
        ] {
            guard case .sign(let challenge) = try bind(policy, attributes: attributes) else {
                Issue.record("refused")
                continue
            }
            #expect(challenge.attributes == attributes)
        }
    }

    @Test func `an amount that a pattern reads must be signed`() throws {
        let policy = try policy(patterns: [pattern()])
        #expect(
            try bind(policy, attributes: usual.filter { $0 != "amount" })
                == .escalate([.attributeNotSigned("amount")]))
    }

    @Test(
        arguments: [
            ("fees", Match.isTrue), ("payouts", .isFalse),
            (nil, .unknown(fields: ["fee_account_id"])),
        ] as [(String?, Match)])
    func `fee account is TRUE for any of its accounts, and UNKNOWN where nobody says who pays`(
        payer: String?, expected: Match
    ) throws {
        let condition = Condition.fee(.init(accounts: [sample.fees.id, sample.treasury.id]))
        let policy = try sample.policy(
            settings: Settings(defaultAction: .escalate, amountBasis: .amount),
            rules: [Rule(id: "r", action: .block, conditions: [condition])], limits: [])
        let account = payer == "fees" ? sample.fees : sample.payouts
        let values: [JSONValue?] =
            payer == nil
            ? [nil, .null, .string(""), .integer(1), .array([])] : [.string(account.id.text)]
        for value in values {
            let decision = try sample.decide(
                sample.withdrawal(["fee_account_id": value]), under: policy)
            #expect(decision.rules.first?.match ?? .isFalse == expected)
        }
    }

    @Test(
        arguments: [
            ("0.001", false), ("0.00100001", true), ("0.002", true), ("0.00200001", false),
        ])
    func `a fee is more than more_than and at most up_to`(fee: String, isTrue: Bool) throws {
        let condition = Condition.fee(
            .init(moreThan: try sample.amount("0.001"), upTo: try sample.amount("0.002")))
        let policy = try sample.policy(
            rules: [Rule(id: "r", action: .block, conditions: [condition])], limits: [])
        let decision = try sample.decide(
            sample.withdrawal(["fee_amount": .string(fee)]), under: policy)
        #expect(decision.rules.isEmpty == !isTrue)
    }
}
