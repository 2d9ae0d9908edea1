import AgentTestKit
import ApprovalCore
import Testing

struct LimitTests {
    private let sample: Sample
    private let day = Window.rolling(milliseconds: 86_400_000)

    init() throws { sample = try Sample() }

    /// The usual withdrawal of 0.4 under some limits; `used` and `count` answer by limit id.
    private func decide(
        _ limits: [Limit], used: [String: (String, Int64)],
        _ changes: KeyValuePairs<String, JSONValue?> = [:], settings: Settings? = nil,
        rules: [Rule]? = nil
    ) throws -> Decision {
        let policy = try sample.policy(
            settings: settings ?? Settings(defaultAction: .block), rules: rules, limits: limits)
        let subject = Case(
            transaction: try sample.transaction(sample.withdrawal(changes)),
            account: try sample.account(sample.payouts))
        var answers: [LimitUsage] = []
        for question in policy.weigh(subject, at: Moment(now: Sample.now)).questions.limits {
            guard let (amount, count) = used[question.limit] else { continue }
            answers.append(
                LimitUsage(
                    limit: question.limit, key: question.key,
                    since: question.since,
                    used: try sample.amount(amount), count: count))
        }
        return policy.decide(subject, at: Moment(now: Sample.now)) { _ in Answers(usage: answers) }
    }

    private func limit(
        _ id: String, max: String? = nil, count: Int64? = nil, per: Set<Limit.Dimension> = [],
        scope: [Condition] = [], onExceed: Restraint = .escalate
    ) throws -> Limit {
        Limit(
            id: id, scope: scope, per: per, window: day, onExceed: onExceed,
            maxAmount: try max.map(sample.amount), maxCount: count)
    }

    @Test(
        arguments: [
            ("1.60000000", 0, .allow), ("1.60000001", 0, .escalate), ("0", 39, .allow),
            ("0", 40, .escalate),
            ("1.6", 39, .allow), ("1.60000001", 40, .escalate), ("0", 41, .escalate),
            ("2", 0, .escalate), ("3", 0, .escalate),
            ("0", .max, .escalate),
        ] as [(String, Int64, Decision.Action)])
    func `a limit holds to the last unit and the last count`(
        used: String, count: Int64, action: Decision.Action
    ) throws {
        let decision = try decide([limit("day", max: "2", count: 40)], used: ["day": (used, count)])
        #expect(decision.action == action)
        let result = try #require(decision.limits.first)
        #expect(result.exceeded == (action != .allow))
        #expect(result.this?.description == "0.40000000" && result.key == "all")
        #expect(decision.exposure == nil || action == .allow)
        if action == .escalate {
            #expect(decision.reasons == [.limitExceeded(result)])
            #expect(decision.reasons.first?.message.contains("limit day") == true)
        } else {
            #expect(decision.reasons == [.ruleAllow(rule: "payouts-small")])
        }
    }

    @Test func `the sentence of an exceeded limit has its numbers`() throws {
        let decision = try decide(
            [limit("btc-payouts-day", max: "2", count: 40)], used: ["btc-payouts-day": ("1.7", 9)])
        #expect(
            decision.reasons.map(\.message) == [
                "0.4 BTC on top of 1.7 BTC approved since 2026-10-05 09:00 UTC would exceed 2 BTC "
                    + "(limit btc-payouts-day); room for 0.4 BTC returns only after what is under way is settled"
            ])
        let count = try decide([limit("few", count: 3)], used: ["few": ("1.7", 3)])
        #expect(
            count.reasons.map(\.message) == [
                "one more on top of 3 approved since 2026-10-05 09:00 UTC would exceed 3 (limit few); "
                    + "room for one more returns only after what is under way is settled"
            ])
        let json = try #require(decision.limits.first?.json.canonicalBytes)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"count":9,"exceeded":true,"id":"btc-payouts-day","key":"all","max":"2.00000000","max_count":40,"this":"0.40000000","used":"1.70000000"}"#
        )
    }

    @Test func `a limit that nobody answers for counts as exceeded`() throws {
        #expect(try decide([limit("day", max: "2")], used: [:]).action == .escalate)
        let policy = try sample.policy(limits: [limit("day", max: "2")])
        let subject = Case(
            transaction: try sample.transaction(sample.withdrawal()),
            account: try sample.account(sample.payouts))
        for (id, key) in [("day", "other"), ("other", "all"), ("day", "")] {
            let decision = policy.decide(subject, at: Moment(now: Sample.now)) { _ in
                Answers(usage: [
                    LimitUsage(
                        limit: id, key: key, since: UnixTime(milliseconds: 0),
                        used: .zero(scale: 8), count: 0)
                ])
            }
            #expect(decision.action == .escalate)
            #expect(decision.limits.first?.usage == nil)
        }
    }

    @Test func `a negative use is corruption and never makes room`() throws {
        for (used, count) in [("-5", 0), ("-0.00000001", 0), ("0", -1)] as [(String, Int64)] {
            let decision = try decide(
                [limit("day", max: "2", count: 40)], used: ["day": (used, count)])
            #expect(decision.action == .escalate, "\(used) \(count)")
            #expect(decision.limits.first?.exceeded == true)
        }
    }

    @Test func `a use that overflows counts as exceeded`() throws {
        let policy = try sample.policy(limits: [limit("day", max: "2")])
        let subject = Case(
            transaction: try sample.transaction(sample.withdrawal()),
            account: try sample.account(sample.payouts))
        for scale in [0, 8, 18] as [UInt8] {
            let used = try #require(Amount(units: .max, scale: scale))
            let decision = policy.decide(subject, at: Moment(now: Sample.now)) {
                Answers(
                    usage: $0.limits.map {
                        LimitUsage(
                            limit: $0.limit, key: $0.key, since: UnixTime(milliseconds: 0),
                            used: used,
                            count: 0)
                    })
            }
            #expect(decision.action == .escalate)
        }
    }

    @Test func `a key that cannot be computed counts as exceeded`() throws {
        let anywhere = [Rule(id: "any", action: .allow, conditions: [.type(.init([.withdrawal]))])]
        let perDestination = try limit("week", max: "9", per: [.destination])
        let decision = try decide(
            [perDestination], used: ["week": ("0", 0)], ["address": .null], rules: anywhere)
        #expect(decision.action != .allow)
        #expect(
            try decide([perDestination], used: ["week": ("0", 0)], rules: anywhere).action == .allow
        )
    }

    @Test func `several limits all hold, and block beats escalate in any order`() throws {
        let escalate = try limit("b", max: "1")
        let block = try limit("a", max: "1", onExceed: .block)
        let roomy = try limit("c", max: "100")
        for order in [
            [escalate, block, roomy], [roomy, block, escalate], [block, roomy, escalate],
        ] {
            func action(_ used: [String: (String, Int64)]) throws -> Decision {
                try decide(order, used: used)
            }
            let both = try action(["a": ("1", 0), "b": ("1", 0), "c": ("0", 0)])
            #expect(both.action == .block)
            #expect(both.limits.map(\.id) == ["a", "b", "c"])
            #expect(both.reasons.count == 2 && both.limits.map(\.exceeded) == [true, true, false])
            #expect(try action(["a": ("0", 0), "b": ("1", 0), "c": ("0", 0)]).action == .escalate)
            #expect(try action(["a": ("1", 0), "b": ("0", 0), "c": ("0", 0)]).action == .block)
            #expect(try action(["a": ("0", 0), "b": ("0", 0), "c": ("0", 0)]).action == .allow)
            #expect(try action(["a": ("0", 0), "c": ("0", 0)]).action == .escalate)
        }
    }

    @Test
    func `a limit applies where its scope is TRUE or UNKNOWN and only to what would be allowed`()
        throws
    {
        let full: [String: (String, Int64)] = ["l": ("9", 0)]
        func action(_ scope: [Condition], _ changes: KeyValuePairs<String, JSONValue?> = [:]) throws
            -> Decision
        {
            try decide([limit("l", max: "1", scope: scope, onExceed: .block)], used: full, changes)
        }
        #expect(try action([]).action == .block)
        #expect(try action([.type(.init([.withdrawal])), .asset(.init(["BTC"]))]).action == .block)
        #expect(try action([.type(.init([.transferOutgoing]))]).action == .allow)
        #expect(try action([.source(.init(accounts: [sample.treasury.id]))]).action == .allow)
        #expect(try action([.destination(.init(tags: ["exchange"]))]).action == .block)
        #expect(try action([.destination(.init(tags: ["own-cold-wallet"]))]).action == .allow)
        #expect(try action([.type(.init([.transferOutgoing]))]).limits.isEmpty)
        let unreadable = Condition.amount(.init(upTo: try sample.amount("1")))
        let rules = [Rule(id: "any", action: .allow, conditions: [.type(.init([.withdrawal]))])]
        let decision = try decide(
            [limit("l", count: 0, scope: [unreadable], onExceed: .block)], used: full,
            ["fee_account_id": .null], rules: rules)
        #expect(decision.action == .block)
        let escalated = try action([], ["amount": .string("-0.6")])
        #expect(escalated.action == .escalate && escalated.limits.isEmpty)
    }

    @Test func `an amount that is UNKNOWN exceeds a maximum, and counts all the same`() throws {
        let rules = [Rule(id: "any", action: .allow, conditions: [.type(.init([.withdrawal]))])]
        func action(_ limit: Limit) throws -> Decision.Action {
            try decide([limit], used: ["l": ("0", 0)], ["fee_account_id": .null], rules: rules)
                .action
        }
        #expect(try action(limit("l", max: "1000")) == .escalate)
        #expect(try action(limit("l", count: 1)) == .allow)
        #expect(try action(limit("l", count: 0)) == .escalate)
        #expect(
            try decide([limit("l", max: "1000")], used: ["l": ("0", 0)], rules: rules).action
                == .allow)
    }

    @Test func `limits count the fee only where the same account pays it`() throws {
        func this(_ payer: PolicyAccount, _ basis: Settings.AmountBasis) throws -> String? {
            try decide(
                [limit("l", max: "9")], used: ["l": ("0", 0)],
                ["fee_account_id": .string(payer.id.text)],
                settings: Settings(defaultAction: .block, amountBasis: basis)
            ).limits.first?.this?.description
        }
        #expect(try this(sample.payouts, .amountPlusFee) == "0.40050000")
        #expect(try this(sample.fees, .amountPlusFee) == "0.40000000")
        #expect(try this(sample.payouts, .amount) == "0.40000000")
    }

    @Test func `each dimension has its own account of the limit`() throws {
        func key(_ per: Set<Limit.Dimension>) throws -> String? {
            try decide([limit("l", max: "9", per: per)], used: ["l": ("0", 0)]).limits.first?.key
        }
        #expect(try key([]) == "all")
        #expect(try key([.source]) == "btc-payouts")
        #expect(try key([.asset]) == "BTC")
        #expect(try key([.entity]) == sample.payouts.entityID.text)
        #expect(try key([.destination]) == "BTC:" + Sample.exchangeAddress)
        #expect(try key([.asset, .source]) == "btc-payouts|BTC")
        let all = Set(Limit.Dimension.allCases)
        #expect(
            try key(all)
                == "btc-payouts|BTC:\(Sample.exchangeAddress)|BTC|\(sample.payouts.entityID)")
    }

    @Test func `nothing is asked of the ledger unless the rules allow`() throws {
        let policy = try sample.policy()
        func questions(_ body: JSONValue) throws -> [LimitQuestion] {
            policy.weigh(
                Case(
                    transaction: try sample.transaction(body),
                    account: try sample.account(sample.payouts)),
                at: Moment(now: Sample.now)
            ).questions.limits
        }
        #expect(
            try questions(sample.withdrawal()) == [
                LimitQuestion(
                    limit: "btc-payouts-day", key: "btc-payouts",
                    since: Sample.now.advanced(byMilliseconds: -86_400_000),
                    after: Sample.now.advanced(byMilliseconds: -86_400_000), scale: 8,
                    fittingAmount: sample.amount("1.6"), fittingCount: 39)
            ])
        #expect(try questions(sample.withdrawal(["amount": .string("-0.6")])).isEmpty)
        #expect(try questions(sample.transfer()).isEmpty)
    }
}

struct ExposureTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func exposure(
        _ sent: Amount, _ fee: Amount, payer: String?, reference: String? = nil,
        provenance: Provenance? = nil
    ) -> Exposure {
        Exposure(
            type: .withdrawal, accountID: sample.payouts.id, destination: Sample.exchangeAddress,
            sent: sent, fee: fee, feeAccount: payer, reference: reference,
            provenance: provenance)
    }

    @Test func `an allowed transaction counts where its decision said`() throws {
        let policy = try sample.policy()
        let subject = Case(
            transaction: try sample.transaction(sample.withdrawal()),
            account: try sample.account(sample.payouts))
        let decision = policy.decide(subject, at: Moment(now: Sample.now), answers: Sample.unused)
        let exposure = try #require(decision.exposure)
        #expect(
            exposure
                == self.exposure(
                    try sample.amount("0.4"), try sample.amount("0.0005"),
                    payer: sample.fees.id.text, reference: "payout-1",
                    provenance: Provenance(
                        source: sample.payouts, label: "Exchange", tags: ["exchange"])))
        #expect(
            policy.memberships(of: exposure) == [
                LimitMembership(
                    limit: "btc-payouts-day", key: "btc-payouts", amount: try sample.amount("0.4"))
            ])
    }

    @Test func `what was approved when nobody said who pays counts with its fee`() throws {
        let policy = try sample.policy()
        let old = exposure(try sample.amount("0.4"), try sample.amount("0.1"), payer: nil)
        #expect(try policy.memberships(of: old).map(\.amount) == [sample.amount("0.5")])
    }

    @Test func `an account that the policy no longer names counts nowhere`() throws {
        let gone = Exposure(
            type: .withdrawal, accountID: try Sample.id("00000000000000000000000000000000acct"),
            destination: "x", sent: try sample.amount("1"), fee: try sample.amount("0"),
            feeAccount: nil)
        #expect(try sample.policy().memberships(of: gone).isEmpty)
    }

    @Test func `a sum too large to count still counts`() throws {
        let most = try #require(Amount(units: .max, scale: 8))
        for payer in [nil, sample.payouts.id.text] {
            let memberships = try sample.policy().memberships(
                of: exposure(most, sample.amount("0.1"), payer: payer))
            #expect(memberships.map(\.amount) == [most])
        }
    }
}
