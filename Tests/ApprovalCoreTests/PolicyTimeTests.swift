import AgentTestKit
import ApprovalCore
import Testing

/// `effective_from`, `review_by`, `max_request_age`, `on_block`.
struct PolicyTimeTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func shifted(_ milliseconds: Int64) -> UnixTime {
        Sample.now.advanced(byMilliseconds: milliseconds)
    }

    @Test(arguments: [(-1, .allow), (0, .allow), (1, .hold)] as [(Int64, Decision.Action)])
    func `before effective_from everything waits`(offset: Int64, action: Decision.Action) throws {
        let policy = try sample.policy(effectiveFrom: shifted(offset))
        let decision = try sample.decide(sample.withdrawal(), under: policy)
        #expect(decision.action == action)
        if action == .hold {
            #expect(decision.reasons.map(\.code) == ["POLICY_NOT_ACTIVE"])
            #expect(decision.rules.isEmpty && decision.exposure == nil)
            let blocked = sample.withdrawal(["address": .string(Sample.blockedAddress)])
            #expect(try sample.decide(blocked, under: policy).action == .hold)
            #expect(try sample.questions(sample.withdrawal(), under: policy).limits.isEmpty)
        }
    }

    @Test(arguments: [(1, .allow), (0, .escalate), (-1, .escalate)] as [(Int64, Decision.Action)])
    func `from review_by on a person decides what the rules would allow`(
        offset: Int64, action: Decision.Action
    ) throws {
        let policy = try sample.policy(reviewBy: shifted(offset))
        let decision = try sample.decide(sample.withdrawal(), under: policy)
        #expect(decision.action == action)
        #expect(
            decision.reasons.map(\.code) == [action == .allow ? "RULE_ALLOW" : "POLICY_EXPIRED"])
        #expect((decision.exposure != nil) == (action == .allow))
        let blocked = try sample.decide(
            sample.withdrawal(["address": .string(Sample.blockedAddress)]), under: policy)
        #expect(blocked.reasons == [.ruleBlock(rule: "frozen")])
        let large = try sample.decide(
            sample.withdrawal(["amount": .string("-0.6")]), under: policy)
        #expect(large.reasons == [.ruleEscalate(rule: "payouts-large")])
    }

    private func stale(
        created: JSONValue?, now: Int64, first: Int64? = nil, age: Int64 = 3_600_000
    ) throws -> Decision {
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, maxRequestAge: age))
        return try sample.decide(
            sample.withdrawal(["created_at": created]), under: policy, at: shifted(now)
        ) {
            Answers(usage: Sample.unused($0).usage, firstDecision: first.map(shifted))
        }
    }

    /// Milliseconds from 09:00, an hour after it was created: now, and when it was first decided.
    @Test(
        arguments: [
            (0, nil, .allow), (1, nil, .escalate), (-1, nil, .allow),
            // Seen in time, it may wait as long as it takes.
            (900_000_000, 0, .allow), (900_000_000, 1, .escalate),
            // Seen too late, it stays so.
            (2, 1, .escalate),
        ] as [(Int64, Int64?, Decision.Action)])
    func `what was PENDING for longer than max_request_age at its first decision is for a person`(
        now: Int64, first: Int64?, action: Decision.Action
    ) throws {
        let decision = try stale(created: .string("2026-10-06T08:00:00Z"), now: now, first: first)
        #expect(decision.action == action)
        #expect(decision.reasons.map(\.code) == [action == .allow ? "RULE_ALLOW" : "STALE_REQUEST"])
        if action != .allow {
            #expect(
                decision.reasons.first?.message
                    == "it was created at 2026-10-06 08:00 UTC, more than 1h before its first decision"
            )
            #expect(decision.exposure == nil)
        }
    }

    @Test(
        arguments: [
            nil, .null, .string(""), .integer(1_791_277_200), .string("yesterday"),
            .string("2026-10-06T08:59:00+00:00"), .string("2026-10-06T08:59:00"),
        ] as [JSONValue?])
    func `what does not say when it was created is for a person`(created: JSONValue?) throws {
        let decision = try stale(created: created, now: 0, first: 0)
        #expect(decision.action == .escalate && decision.exposure == nil)
        #expect(
            decision.reasons == [
                .fieldUnknown(by: .setting("max_request_age"), fields: ["created_at"])
            ])
        let policy = try sample.policy()
        let transaction = try sample.transaction(sample.withdrawal(["created_at": created]))
        #expect(policy.isTooOld(transaction, at: Sample.now))
    }

    @Test func `only what the rules allow asks when it was first decided`() throws {
        let policy = try sample.policy()
        #expect(try sample.questions(sample.withdrawal(), under: policy).asksFirstDecision)
        let large = sample.withdrawal(["amount": .string("-0.6")])
        #expect(try !sample.questions(large, under: policy).asksFirstDecision)
    }

    @Test(
        arguments: [
            (Rule.Action.block, "WITHDRAWAL", true), (.block, "unknown", false),
            (.block, "default", false), (.escalate, "WITHDRAWAL", false),
            (.block, "lookalike", false), (.block, "limit", false),
        ])
    func `only a block rule that is TRUE asks for a cancellation`(
        action: Rule.Action, how: String, cancels: Bool
    ) throws {
        let conditions: [Condition] =
            switch how {
            case "WITHDRAWAL": [.type(.init([.withdrawal]))]
            case "unknown": [.destination(.init(tags: ["x"]))]
            default: [.type(.init([.transferOutgoing]))]
            }
        let allow = how == "lookalike" || how == "limit" ? try sample.everything() : []
        let address: JSONValue =
            switch how {
            case "unknown": .null
            case "lookalike": .string("3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r")
            default: .string(Sample.exchangeAddress)
            }
        for onBlock in [Settings.OnBlock.leave, .cancel(mostPerHour: 7)] {
            let policy = try sample.policy(
                settings: Settings(defaultAction: .block, onBlock: onBlock),
                rules: [Rule(id: "r", action: action, conditions: conditions)] + allow,
                limits: how == "limit"
                    ? [Limit(id: "l", window: .total, onExceed: .block, maxCount: 0)] : [],
                guards: Guards(lookalike: .init(prefix: 4, suffix: 4, action: .block)))
            let decision = try sample.decide(
                sample.withdrawal(["address": address]), under: policy)
            #expect(decision.action == (action == .block ? .block : .escalate))
            #expect(
                policy.mostCancelsPerHour(for: decision)
                    == (cancels && onBlock != .leave ? 7 : nil))
            #expect(
                policy.blocks(decision)
                    == (how == "WITHDRAWAL" && action == .block || how == "unknown"))
        }
    }

    @Test
    func `a block rule that is TRUE cancels though another one is UNKNOWN, and not when held`()
        throws
    {
        let rules = [
            Rule(id: "a", action: .block, conditions: [.destination(.init(tags: ["x"]))]),
            Rule(id: "b", action: .block, conditions: [.type(.init([.withdrawal]))]),
        ]
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, onBlock: .cancel(mostPerHour: 1)),
            rules: rules)
        let body = sample.withdrawal(["address": .null])
        #expect(policy.mostCancelsPerHour(for: try sample.decide(body, under: policy)) == 1)
        let held = try sample.decide(
            sample.withdrawal(["state": .string("CANCELLED")]), under: policy)
        #expect(held.action == .hold && policy.mostCancelsPerHour(for: held) == nil)
    }
}
