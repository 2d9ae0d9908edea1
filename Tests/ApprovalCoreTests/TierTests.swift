import AgentTestKit
import ApprovalCore
import Testing

/// `tier: {headroom: required}`.
struct TierTests {
    private func decide(
        _ tier: Tier?, asset: String = "EUR", action: Rule.Action = .allow,
        settings: Settings = Settings(defaultAction: .block),
        _ changes: KeyValuePairs<String, JSONValue?> = [:]
    ) throws -> Decision {
        let sample = try Sample(asset: asset)
        let policy = try sample.policy(
            settings: settings,
            rules: [
                Rule(
                    id: "within-tier", action: action,
                    conditions: [.fee(.init(upTo: try sample.amount("1000"))), .tier(.init())])
            ], limits: [])
        #expect(policy.readsTier)
        let subject = try sample.subject(sample.withdrawal(changes), policy)
        return policy.decide(
            Case(transaction: subject.transaction, account: subject.account, tier: tier),
            at: policy.moment(at: Sample.now), answers: Sample.unused)
    }

    @Test(
        arguments: [
            ("0.40000000", "TRUE"), ("0.4", "TRUE"), ("10000.00", "TRUE"),
            ("0.400000000000000001", "TRUE"), ("0.39999999", "FALSE"),
            ("0.399999999999999999", "FALSE"), ("0", "FALSE"), ("", "UNKNOWN"),
            ("-1", "UNKNOWN"), ("10,000", "UNKNOWN"), ("1e9", "UNKNOWN"), (" 1", "UNKNOWN"),
            ("0.4000000000000000001", "UNKNOWN"),
            ("99999999999999999999999999999999999999", "UNKNOWN"),
        ])
    func `there is headroom where the limit is not below the amount`(
        _ limit: String, _ match: String
    ) throws {
        let decision = try decide(Tier(sendLimit: limit))
        #expect(decision.action == (match == "TRUE" ? .allow : .block))
        #expect(decision.rules.map(\.match.word) == (match == "FALSE" ? [] : [match]))
        if match == "UNKNOWN" {
            #expect(
                decision.reasons.last
                    == .fieldUnknown(by: .rule("within-tier"), fields: ["tier"]))
        }
    }

    @Test func `without a tier, and for another asset than EUR, it is UNKNOWN`() throws {
        for decision in [
            try decide(nil), try decide(Tier(sendLimit: nil)),
            try decide(Tier(sendLimit: "10000"), asset: "BTC"),
            try decide(Tier(sendLimit: "10000"), asset: "eur"),
        ] {
            #expect(decision.rules.map(\.match) == [.unknown(fields: ["tier"])])
            #expect(decision.action == .block)
        }
        #expect(try decide(nil, action: .escalate).action == .escalate)
        #expect(try decide(Tier(sendLimit: "0.1"), action: .escalate).action == .block)
        #expect(try decide(Tier(sendLimit: "0.1"), action: .escalate).rules.isEmpty)
    }

    @Test func `the amount is the one that caps compare, and its fields must be signed`() throws {
        let own = try Sample().payouts.id.text
        let fee: KeyValuePairs<String, JSONValue?> = ["fee_account_id": .string(own)]
        let plain = Settings(defaultAction: .block, amountBasis: .amount)
        #expect(try decide(Tier(sendLimit: "0.4"), fee).rules.isEmpty)
        #expect(try decide(Tier(sendLimit: "0.4005"), fee).action == .allow)
        #expect(try decide(Tier(sendLimit: "0.4"), settings: plain, fee).action == .allow)
        #expect(
            try decide(Tier(sendLimit: "1")).fields.isSuperset(
                of: ["amount", "fee_amount", "fee_account_id"]))
        #expect(
            try decide(Tier(sendLimit: "1"), ["fee_account_id": nil]).rules.map(\.match)
                == [.unknown(fields: ["fee_account_id"])])
    }

    @Test func `a policy without it does not read the tier`() throws {
        let policy = try Sample().policy()
        #expect(!policy.readsTier)
    }

    @Test func `what an entry keeps of a tier gives the same again`() throws {
        for tier in [Tier(sendLimit: "10000.00"), Tier(sendLimit: nil), Tier(sendLimit: "")] {
            #expect(Tier(json: tier.json) == tier)
        }
        #expect(Tier(json: .object([])) == nil)
        #expect(Tier(json: .object(["send_limit": .integer(1)])) == nil)
        #expect(Tier(json: .null) == nil)
    }

    @Test func `explain names an unmet tier`() throws {
        let sample = try Sample(asset: "EUR")
        let policy = try sample.policy(
            rules: [
                Rule(
                    id: "within-tier", action: .allow,
                    conditions: [.fee(.init(upTo: try sample.amount("1"))), .tier(.init())])
            ])
        let subject = try sample.subject(sample.withdrawal(), policy)
        let explanation = policy.explain(
            Case(
                transaction: subject.transaction, account: subject.account,
                tier: Tier(sendLimit: "0.1")), at: policy.moment(at: Sample.now),
            answers: Sample.unused)
        #expect(explanation.rules.map(\.unmet) == [["tier"]])
    }
}
