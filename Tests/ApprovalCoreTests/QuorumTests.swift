import AgentTestKit
import ApprovalCore
import Testing

/// What `quorum` makes of a decision.
struct QuorumTests {
    private let sample: Sample
    private let group: PolicyGroup

    init() throws {
        sample = try Sample()
        group = try Sample.group()
    }

    /// Allows every withdrawal and transfer.
    private func allow(_ id: String, _ quorum: Quorum?) throws -> Rule {
        Rule(
            id: id, action: .allow,
            conditions: [.fee(.init(upTo: try sample.amount("1000000")))], quorum: quorum)
    }

    private func decide(_ rules: Rule..., limits: [Limit] = []) throws -> Decision {
        let policy = try sample.policy(groups: [group], rules: rules, limits: limits)
        return try sample.decide(sample.withdrawal(), under: policy)
    }

    @Test func `any allow rule in effect with quorum makes it required`() throws {
        let quorum = Sample.quorum(group)
        let decision = try decide(allow("alone", nil), allow("board", quorum))
        #expect(decision.action == .allow && decision.quorum == quorum)
        #expect(decision.exposure != nil)
        #expect(decision.reasons.map(\.code) == ["RULE_ALLOW", "RULE_ALLOW", "QUORUM_REQUIRED"])
        #expect(
            decision.reasons.last?.message
                == "group board: at least 2 of anna, bora, carl must approve it")
        #expect(decision.reasons.last?.subject?.id == "board")
    }

    @Test func `two that ask the same ask once, and two that differ in anything are on hold`()
        throws
    {
        let quorum = Sample.quorum(group)
        let same = try decide(allow("a", quorum), allow("b", Sample.quorum(group)))
        #expect(same.action == .allow && same.quorum == quorum)
        let others = [
            Sample.quorum(group, 1), Sample.quorum(group, 2, .parallel),
            Sample.quorum(try Sample.group("desk")),
            Quorum(
                group: group, minApprovals: 2, ask: group.members.reversed(), order: .sequential,
                expiresAfter: 86_400_000, onExpiry: .escalate),
            Quorum(
                group: group, minApprovals: 2, ask: group.members, order: .sequential,
                expiresAfter: 86_400_001, onExpiry: .escalate),
            Quorum(
                group: group, minApprovals: 2, ask: group.members, order: .sequential,
                expiresAfter: 86_400_000, onExpiry: .cancel),
        ]
        for other in others {
            let decision = try decide(allow("b", other), allow("a", quorum), allow("c", nil))
            #expect(decision.action == .hold && decision.quorum == nil)
            #expect(decision.exposure == nil)
            #expect(decision.reasons == [.quorumAmbiguous(rules: ["a", "b"])])
        }
    }

    @Test func `what is not allowed asks nobody, and an ambiguity does not hide a block`() throws {
        let quorum = Sample.quorum(group)
        let other = Sample.quorum(group, 1)
        let blocked = try decide(
            allow("a", quorum), allow("b", other), Rule(id: "stop", action: .block, conditions: []))
        #expect(blocked.action == .block && blocked.quorum == nil)
        #expect(blocked.reasons == [.ruleBlock(rule: "stop")])
        let full = Limit(
            id: "full", scope: [], per: [], window: .total, onExceed: .escalate,
            maxAmount: try sample.amount("0.1"), maxCount: nil)
        let limited = try decide(allow("a", quorum), allow("b", other), limits: [full])
        #expect(limited.action == .escalate && limited.quorum == nil)
        #expect(limited.reasons.map(\.code) == ["LIMIT_EXCEEDED"])
    }

    @Test func `a rule that is not in effect asks nobody`() throws {
        let quorum = Sample.quorum(group)
        let far = Rule(
            id: "far", action: .allow,
            conditions: [
                .amount(.init(moreThan: try sample.amount("0.4"))),
                .fee(.init(upTo: try sample.amount("1"))),
            ], quorum: quorum)
        #expect(try decide(allow("alone", nil), far).quorum == nil)
    }

    @Test func `explain tells whom a rule asks`() throws {
        let policy = try sample.policy(
            groups: [group], rules: [allow("alone", nil), allow("board", Sample.quorum(group))])
        let explanation = policy.explain(
            try sample.subject(sample.withdrawal(), policy), at: policy.moment(at: Sample.now),
            answers: Sample.unused)
        #expect(
            explanation.rules.map(\.asks) == [
                nil,
                "asks anna, bora, carl of group board, one after the other, for at least 2 "
                    + "approvals within 1d, then a person decides",
            ])
        let other = Quorum(
            group: group, minApprovals: 1, ask: [group.members[1]], order: .parallel,
            expiresAfter: 60_000, onExpiry: .cancel)
        #expect(
            other.sentence
                == "asks bora of group board, all at once, for at least 1 approval within "
                + "1m, then it is cancelled")
    }

    @Test func `a key is needed where an allow rule without quorum can apply to the account`()
        throws
    {
        func needs(_ rules: Rule..., account: PolicyAccount) throws -> Bool {
            try sample.policy(groups: [group], rules: rules).needsSigner(account: account)
        }
        let quorum = Sample.quorum(group)
        func from(
            _ accounts: Set<AccountID>?, _ entities: Set<EntityID>?, _ quorum: Quorum?,
            _ asset: String = "BTC"
        ) -> Rule {
            Rule(
                id: "r", action: .allow,
                conditions: [
                    .source(.init(accounts: accounts, entities: entities)), .asset(.init([asset])),
                ], quorum: quorum)
        }
        let (payouts, board) = (sample.payouts, sample.board)
        #expect(try needs(allow("all", nil), account: payouts))
        #expect(try !needs(allow("all", quorum), account: payouts))
        #expect(try needs(allow("a", nil), allow("b", quorum), account: payouts))
        #expect(try needs(from([payouts.id], nil, nil), account: payouts))
        #expect(try !needs(from([payouts.id], nil, nil), account: board))
        #expect(try !needs(from(nil, [payouts.entityID], nil), account: board))
        #expect(try needs(from(nil, [board.entityID], nil), account: board))
        #expect(try !needs(from([board.id], nil, nil, "ETH"), account: board))
        #expect(try !needs(Rule(id: "b", action: .block, conditions: []), account: board))
    }
}

/// How decisions change with `quorum`.
struct QuorumPropertyTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    /// One that asks, with a rule beside the others that allows all that can be allowed.
    private func policy(_ generator: inout SeededGenerator, _ round: Int) -> RandomPolicy {
        var policy = RandomPolicy(&generator, sample, loadable: round % 2 == 0, asking: true)
        var open = policy.rules[0]
        (open.id, open.action, open.asks, open.needsHeadroom) = ("rule-9", .allow, nil, false)
        (open.scope.types, open.scope.sources, open.scope.entities) = (nil, nil, nil)
        (open.scope.assets, open.scope.destination, open.hours) = (nil, nil, nil)
        (open.moreThan, open.upTo, open.feeMoreThan, open.feeAccounts) = (nil, nil, nil, nil)
        if round % 3 == 0 { open.asks = policy.rules.compactMap(\.asks).first }
        policy.rules.append(open)
        return policy
    }

    @Test func `a quorum more never makes a decision laxer`() throws {
        var generator = SeededGenerator(seed: 31)
        var (compared, asked, held) = (0, 0, 0)
        for round in 0..<120 {
            let chosen = policy(&generator, round)
            let before = try chosen.built(sample)
            let allowing = chosen.rules.indices.filter { chosen.rules[$0].action == .allow }
            let after = try allowing.map { index in
                var changed = chosen
                changed.rules[index].asks = RandomPolicy.Asking(
                    group: "board", minApprovals: 2, ask: ["anna", "bora", "carl"],
                    isParallel: false, expiresAfter: 86_400_000, cancels: false)
                return (chosen.rules[index].asks == nil, try changed.built(sample))
            }
            for _ in 0..<8 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let first = try subject.decided(sample, under: before)
                for (isNew, policy) in after {
                    let second = try subject.decided(sample, under: policy)
                    compared += 1
                    guard first.action == .allow else {
                        // Where a quorum was written anew nothing that was refused is let through.
                        if isNew { #expect(second.action == first.action) }
                        continue
                    }
                    #expect(second.action == .allow || second.action == .hold)
                    if first.quorum != nil, second.action == .allow {
                        #expect(second.quorum != nil)
                    }
                    if first.quorum == nil, second.quorum != nil { asked += 1 }
                    if second.action == .hold { held += 1 }
                }
            }
        }
        #expect(compared > 1_500 && asked > 50 && held > 20, "\(compared) \(asked) \(held)")
    }

    @Test func `without any quorum the same is allowed, and nobody is asked`() throws {
        var generator = SeededGenerator(seed: 32)
        var (allowed, held) = (0, 0)
        for round in 0..<400 {
            let chosen = policy(&generator, round)
            var alone = chosen
            for index in alone.rules.indices { alone.rules[index].asks = nil }
            let (asking, signing) = (try chosen.built(sample), try alone.built(sample))
            for _ in 0..<10 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let with = try subject.decided(sample, under: asking)
                let without = try subject.decided(sample, under: signing)
                #expect(without.quorum == nil)
                let isHeld = with.reasons.map(\.code) == ["QUORUM_AMBIGUOUS"]
                #expect(with.action == (isHeld ? .hold : without.action))
                if isHeld { #expect(without.action == .allow) }
                #expect(with.limits == without.limits && with.fields == without.fields)
                if with.quorum != nil { allowed += 1 }
                if isHeld { held += 1 }
            }
        }
        #expect(allowed > 100 && held > 8, "\(allowed) \(held)")
    }
}
