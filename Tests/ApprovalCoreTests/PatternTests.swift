import AgentTestKit
import ApprovalCore
import Testing

struct PatternTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func pattern(
        percent: Int = 10, caps: [Pattern.Cap]? = nil, atLeast: Int64 = 3,
        action: Restraint = .escalate, scope: [Condition] = [], window: Window? = nil
    ) throws -> Pattern {
        Pattern(
            id: "splitting", action: action, scope: scope, per: [.destination],
            window: window ?? .rolling(milliseconds: 86_400_000), percent: percent,
            caps: try caps ?? [cap("0.5")], countAtLeast: atLeast)
    }

    private func cap(_ text: String, _ assets: Set<String> = ["BTC"]) throws -> Pattern.Cap {
        Pattern.Cap(rule: "payouts-small", assets: assets, upTo: try sample.amount(text))
    }

    private func decide(
        _ pattern: Pattern, _ amount: String, count: Int64? = 0, fee: String = "0",
        basis: Settings.AmountBasis = .amount
    ) throws -> Decision {
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: basis),
            rules: sample.everything(), limits: [], patterns: [pattern])
        let body = sample.withdrawal([
            "amount": .string(amount), "fee_amount": .string(fee),
            "fee_account_id": .string(sample.payouts.id.text),
        ])
        return try sample.decide(body, under: policy) { questions in
            Answers(
                usage: questions.limits.compactMap { question in
                    count.map {
                        LimitUsage(
                            limit: question.limit, key: question.key, since: question.since,
                            used: .zero(scale: 8), count: $0)
                    }
                })
        }
    }

    @Test(
        arguments: [
            (10, "0.5", "-0.45", false), (10, "0.5", "-0.45000001", true),
            (10, "0.5", "-0.49000000", true), (10, "0.5", "-0.5", true),
            (10, "0.5", "-0.50000001", false), (1, "0.5", "-0.495", false),
            (1, "0.5", "-0.49500001", true), (99, "0.5", "-0.005", false),
            (99, "0.5", "-0.00500001", true),
            // 2.7 units: what is above it begins with the third.
            (10, "0.00000003", "-0.00000002", false), (10, "0.00000003", "-0.00000003", true),
            (10, "0.00000001", "-0.00000001", true), (10, "0", "-0.00000001", false),
        ])
    func `an amount is near a cap above the cap less its percent, up to the cap itself`(
        percent: Int, cap: String, amount: String, isNear: Bool
    ) throws {
        let pattern = try pattern(percent: percent, caps: [self.cap(cap)])
        let decision = try decide(pattern, amount, count: 9)
        #expect(decision.patterns.map(\.isSeen) == (isNear ? [true] : []))
        #expect(decision.action == (isNear ? .escalate : .allow))
    }

    @Test func `near any one of several caps is near, and only caps for the asset count`() throws {
        let several = try pattern(caps: [cap("0.1"), cap("0.5"), cap("9")])
        #expect(try decide(several, "-0.48", count: 9).patterns.count == 1)
        #expect(try decide(several, "-0.6", count: 9).patterns.isEmpty)
        let other = try pattern(caps: [cap("0.5", ["ETH"])])
        #expect(try decide(other, "-0.48", count: 9).patterns.isEmpty)
        #expect(try decide(pattern(caps: []), "-0.48", count: 9).patterns.isEmpty)
    }

    @Test func `the amount is that of the policy's basis`() throws {
        for basis in Settings.AmountBasis.allCases {
            let decision = try decide(pattern(), "-0.4", fee: "0.1", basis: basis)
            #expect(decision.patterns.count == (basis == .amount ? 0 : 1))
        }
    }

    @Test func `an amount whose distance from the cap overflows is UNKNOWN, so it counts`() throws {
        let most = try #require(Amount(units: .max, scale: 8))
        let pattern = try pattern(
            caps: [.init(rule: "r", assets: ["BTC"], upTo: most)], atLeast: 1)
        let decision = try decide(pattern, "-1701411834604692317316873037158.84105727")
        #expect(decision.patterns.map(\.isSeen) == [true])
        #expect(decision.action == .escalate)
    }

    @Test func `a cap with fewer digits than the asset is compared by value`() throws {
        let short = try #require(Amount(units: 5, scale: 1))
        let pattern = try pattern(caps: [.init(rule: "r", assets: ["BTC"], upTo: short)])
        #expect(try decide(pattern, "-0.45", count: 9).patterns.isEmpty)
        #expect(try decide(pattern, "-0.45000001", count: 9).patterns.count == 1)
        #expect(try decide(pattern, "-0.50000001", count: 9).patterns.isEmpty)
    }

    @Test(
        arguments: [
            (3, 0, false), (3, 1, false), (3, 2, true), (3, 3, true), (3, .max, true),
            (1, 0, true), (0, 0, true), (.min, 0, true), (3, -1, true), (.max, 0, false),
            (.max, .max, true), (3, nil, true),
        ] as [(Int64, Int64?, Bool)])
    func `it is seen from count_at_least on, this one included, and where the count is in doubt`(
        atLeast: Int64, count: Int64?, isSeen: Bool
    ) throws {
        for action in Restraint.allCases {
            let decision = try decide(
                pattern(atLeast: atLeast, action: action), "-0.49", count: count)
            #expect(decision.patterns.map(\.isSeen) == [isSeen])
            let restrained: Decision.Action = action == .block ? .block : .escalate
            #expect(decision.action == (isSeen ? restrained : .allow))
            #expect(decision.reasons.map(\.code) == [isSeen ? "PATTERN" : "RULE_ALLOW"])
            #expect((decision.exposure == nil) == isSeen)
        }
    }

    @Test func `a pattern says how many there were, since when, and what it looks at`() throws {
        let decision = try decide(pattern(), "-0.49", count: 2)
        #expect(
            decision.reasons.map(\.message) == [
                "2 just below a cap were approved since 2026-10-05 09:00 UTC, and this is one more: "
                    + "pattern splitting looks at 3 and more"
            ])
        #expect(decision.reasons.first?.json["pattern"]?.text == "splitting")
        let unanswered = try decide(pattern(), "-0.49", count: nil)
        #expect(unanswered.reasons.first?.message.contains("cannot be computed") == true)
    }

    @Test func `outside its scope a pattern does not apply, nor to what the rules do not allow`()
        throws
    {
        let scoped = try pattern(scope: [.type(.init([.transferOutgoing]))])
        #expect(try decide(scoped, "-0.49", count: 9).action == .allow)
        let policy = try sample.policy(patterns: [pattern()])
        let large = try sample.decide(
            sample.withdrawal(["amount": .string("-0.6")]), under: policy)
        #expect(large.action == .escalate && large.patterns.isEmpty)
    }

    @Test func `what a pattern counted, its reservation counts`() throws {
        let policy = try sample.policy(patterns: [pattern()])
        let decision = try sample.decide(
            sample.withdrawal(["amount": .string("-0.49")]), under: policy)
        let memberships = policy.memberships(of: try #require(decision.exposure))
        #expect(memberships.map(\.limit) == ["btc-payouts-day", "pattern:splitting"])
        #expect(memberships.last?.key == "BTC:" + Sample.exchangeAddress)
        let far = try sample.decide(sample.withdrawal(), under: policy)
        #expect(
            policy.memberships(of: try #require(far.exposure)).map(\.limit) == ["btc-payouts-day"])
    }

    @Test func `the third of three payouts just below the cap to one destination is noticed`()
        throws
    {
        let policy = try sample.policy(limits: [], patterns: [pattern()])
        var history = History(under: policy)
        let body = sample.withdrawal(["amount": .string("-0.49")])
        var actions: [Decision.Action] = []
        for hour in 0..<3 {
            let decision = try sample.decide(body, under: policy) {
                Answers(usage: history.usage($0))
            }
            actions.append(decision.action)
            guard let exposure = decision.exposure else { continue }
            let id = "0000000000000000000000000000000\(hour)atrx"
            history.add(
                .init(
                    transactionID: try Sample.id(id), exposure: exposure, settledAt: Sample.now))
        }
        #expect(actions == [.allow, .allow, .escalate])
    }
}
