import AgentTestKit
import ApprovalCore
import Testing

/// Random policies over random transactions with random damage, the same ones each time.
struct DecisionPropertyTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    @Test func `decide agrees with the oracle on every policy and transaction`() throws {
        var generator = SeededGenerator(seed: 21)
        var actions: [Decision.Action: Int] = [:]
        var codes: [String: Int] = [:]
        let euro = try Sample(asset: "EUR")
        for round in 0..<1_800 {
            let sample = round % 6 == 1 ? euro : sample
            let chosen = RandomPolicy(
                &generator, sample, loadable: round % 3 == 0, asking: round % 2 == 1)
            let policy = try chosen.built(sample)
            let oracle = DecisionOracle(chosen, sample)
            for turn in 0..<15 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let decision = try subject.decided(sample, under: policy)
                let expected = oracle.verdict(subject)
                let verdict = verdict(decision, rolling: chosen)
                #expect(verdict == expected, "round \(round), turn \(turn)")
                if decision.action != .hold {
                    try checkEveryRule(subject, policy, decision, sample)
                }
                #expect((decision.exposure != nil) == (decision.action == .allow))
                if let exposure = decision.exposure {
                    checkMemberships(policy, exposure, decision)
                }
                actions[decision.action, default: 0] += 1
                for code in expected.codes { codes[code, default: 0] += 1 }
            }
        }
        #expect(actions.values.reduce(0, +) >= 20_000)
        #expect(Decision.Action.allCases.allSatisfy { actions[$0, default: 0] > 100 }, "\(actions)")
        let usual = [
            "RULE_ALLOW", "RULE_BLOCK", "RULE_ESCALATE", "NO_RULE_MATCHED", "FIELD_UNKNOWN",
            "AMOUNT_INVALID", "LIMIT_EXCEEDED", "PATTERN", "LOOKALIKE", "NEW_DESTINATION",
            "DUPLICATE_REFERENCE", "POLICY_EXPIRED", "STALE_REQUEST", "VALUE_NOT_SIGNABLE",
            "POLICY_NOT_ACTIVE", "QUORUM_REQUIRED", "QUORUM_AMBIGUOUS",
        ]
        #expect(usual.allSatisfy { codes[$0, default: 0] > 20 }, "\(codes)")
    }

    /// A decision in the oracle's words.
    private func verdict(_ decision: Decision, rolling policy: RandomPolicy)
        -> DecisionOracle.Verdict
    {
        func value(_ match: Match) -> Bool? {
            switch match {
            case .isTrue: true
            case .isFalse: false
            case .unknown: nil
            }
        }
        var rooms: [String: Int] = [:]
        for limit in policy.limits {
            guard case .rolling = limit.window else { continue }
            let room = decision.limits.first { $0.id == limit.id }?.roomAt
            rooms[limit.id] = room.map {
                Int($0.milliseconds - Sample.now.milliseconds)
            }
        }
        #expect(decision.rules.map(\.id) == decision.rules.map(\.id).sorted())
        return DecisionOracle.Verdict(
            action: decision.action,
            rules: Dictionary(
                uniqueKeysWithValues: decision.rules.map { ($0.id, value($0.match)) }),
            exceeded: Dictionary(
                uniqueKeysWithValues: decision.limits.map { ($0.id, $0.exceeded) }),
            seen: Dictionary(uniqueKeysWithValues: decision.patterns.map { ($0.id, $0.isSeen) }),
            guards: Dictionary(
                uniqueKeysWithValues: decision.guards.map {
                    ($0.guarding.rawValue, value($0.match))
                }), rooms: rooms, codes: Set(decision.reasons.map(\.code)),
            asks: decision.quorum.map(Self.asking))
    }

    private static func asking(_ quorum: Quorum) -> RandomPolicy.Asking {
        RandomPolicy.Asking(
            group: quorum.group.name, minApprovals: quorum.minApprovals,
            ask: quorum.ask.map(\.name), isParallel: quorum.order == .parallel,
            expiresAfter: Int(quorum.expiresAfter), cancels: quorum.onExpiry == .cancel)
    }

    /// Reading every rule gives what the decision found.
    private func checkEveryRule(
        _ subject: RandomCase, _ policy: Policy, _ decision: Decision, _ sample: Sample
    ) throws {
        let explanation = policy.explain(
            try subject.subject(sample, under: policy),
            at: policy.moment(at: Sample.fromNow(subject.now)), answers: Sample.unused)
        let effective = explanation.rules.filter { $0.match != .isFalse }
        #expect(
            effective.map { Decision.RuleResult(id: $0.rule.id, match: $0.match) }
                == decision.rules)
    }

    /// What a reservation counts is what the decision was held against.
    private func checkMemberships(
        _ policy: Policy, _ exposure: Exposure, _ decision: Decision
    ) {
        let memberships = policy.memberships(of: exposure)
        #expect(
            memberships.map(\.limit)
                == decision.limits.map(\.id) + decision.patterns.map { "pattern:" + $0.id })
        #expect(memberships.map(\.key) == decision.limits.map(\.key) + decision.patterns.map(\.key))
        for (membership, limit) in zip(memberships, decision.limits) {
            #expect(limit.this == nil || membership.amount == limit.this)
        }
    }

    @Test func `under a policy that loads, damage to any field that grants is never an allow`()
        throws
    {
        var generator = SeededGenerator(seed: 22)
        var (damagedCases, soundAllows) = (0, 0)
        for _ in 0..<600 {
            let chosen = RandomPolicy(&generator, sample, loadable: true)
            let policy = try chosen.built(sample)
            for _ in 0..<10 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let decision = try subject.decided(sample, under: policy)
                var vital: Set<String> = [
                    "amount", "fee_amount", "address", "receiver_account_id", "created_at",
                ]
                if chosen.plusFee { vital.insert("fee_account_id") }
                if chosen.duplicateReference != nil { vital.insert("reference") }
                if subject.damaged.isDisjoint(with: vital) {
                    if decision.action == .allow { soundAllows += 1 }
                } else {
                    #expect(decision.action != .allow, "\(subject.damaged)")
                    damagedCases += 1
                }
            }
        }
        #expect(damagedCases > 1_000 && soundAllows > 100, "\(damagedCases) \(soundAllows)")
    }

    @Test
    func `the order of everything in policy, transaction and answers changes no byte`() throws {
        var generator = SeededGenerator(seed: 23)
        for round in 0..<400 {
            let chosen = RandomPolicy(
                &generator, sample, loadable: round % 2 == 0, asking: round % 4 < 2)
            var shuffled = chosen
            shuffled.rules.shuffle(using: &generator)
            shuffled.limits.shuffle(using: &generator)
            shuffled.patterns.shuffle(using: &generator)
            shuffled.book.shuffle(using: &generator)
            let (policy, other) = (try chosen.built(sample), try shuffled.built(sample))
            for _ in 0..<5 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let first = try subject.decided(sample, under: policy)
                #expect(try subject.decided(sample, under: policy) == first)
                var turned = subject
                turned.members.shuffle(using: &generator)
                let second = try turned.decided(sample, under: other)
                #expect(second == first)
                let bytes = [first, second].map { RecordedDecisions.json($0).canonicalBytes }
                #expect(bytes[0] != nil && bytes[0] == bytes[1])
                let transaction = try sample.transaction(.object(subject.members))
                let weighing = policy.weigh(
                    try subject.subject(sample, under: policy),
                    at: policy.moment(at: Sample.fromNow(subject.now)))
                let answers = try subject.answers(weighing.questions)
                let reversed = Answers(
                    usage: answers.usage.reversed(), destination: answers.destination,
                    sameReference: answers.sameReference, firstDecision: answers.firstDecision)
                #expect(weighing.decide(reversed) == first, "\(transaction.id)")
            }
        }
    }
}

/// How decisions change with the policy.
struct RestraintPropertyTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private static func severity(_ action: Decision.Action) -> Int {
        switch action {
        case .allow: 0
        case .escalate: 1
        case .block: 2
        case .hold: 3
        }
    }

    /// The policy without each of its restraints in turn. `isRule` where a rule was taken out,
    /// without which the default may be harder than the rule was.
    private func freed(_ policy: RandomPolicy) -> [(policy: RandomPolicy, isRule: Bool)] {
        var freed: [(policy: RandomPolicy, isRule: Bool)] = []
        func without(isRule: Bool = false, _ change: (inout RandomPolicy) -> Void) {
            var changed = policy
            change(&changed)
            freed.append((changed, isRule))
        }
        for index in policy.limits.indices { without { $0.limits.remove(at: index) } }
        for index in policy.patterns.indices { without { $0.patterns.remove(at: index) } }
        for index in policy.rules.indices where policy.rules[index].action != .allow {
            without(isRule: true) { $0.rules.remove(at: index) }
        }
        if policy.lookalike != nil { without { $0.lookalike = nil } }
        if policy.newDestination != nil { without { $0.newDestination = nil } }
        if policy.duplicateReference != nil { without { $0.duplicateReference = nil } }
        if policy.reviewBy != nil { without { $0.reviewBy = nil } }
        if policy.effectiveFrom != nil { without { $0.effectiveFrom = nil } }
        without { $0.maxRequestAge = .max }
        for index in policy.book.indices where policy.book[index].most != nil {
            without { $0.book[index].most = nil }
        }
        return freed
    }

    @Test
    func `with a restraint more nothing becomes allowed, and with one less no allow is refused`()
        throws
    {
        var generator = SeededGenerator(seed: 24)
        var (compared, freedAllows, keptAllows) = (0, 0, 0)
        for _ in 0..<250 {
            let chosen = RandomPolicy(&generator, sample, loadable: true)
            let restrained = try chosen.built(sample)
            let freed = try freed(chosen).map { ($0.isRule, try $0.policy.built(sample)) }
            for _ in 0..<8 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let held = try subject.decided(sample, under: restrained)
                for (isRule, policy) in freed {
                    let free = try subject.decided(sample, under: policy)
                    if held.action == .allow {
                        #expect(free.action == .allow)
                        keptAllows += 1
                    }
                    if !isRule {
                        #expect(Self.severity(free.action) <= Self.severity(held.action))
                    }
                    if free.action == .allow, held.action != .allow { freedAllows += 1 }
                    compared += 1
                }
            }
        }
        #expect(
            compared > 5_000 && freedAllows > 50 && keptAllows > 300,
            "\(compared) \(freedAllows) \(keptAllows)")
    }

    @Test func `without a rule that allows nothing becomes allowed`() throws {
        var generator = SeededGenerator(seed: 25)
        var refused = 0
        for _ in 0..<200 {
            let chosen = RandomPolicy(&generator, sample, loadable: false)
            let grants = chosen.rules.indices.filter { chosen.rules[$0].action == .allow }
            let granting = try chosen.built(sample)
            let fewer = try grants.map { index in
                var changed = chosen
                changed.rules.remove(at: index)
                return try changed.built(sample)
            }
            for _ in 0..<10 {
                let subject = RandomCase(&generator, sample, under: chosen)
                let before = try subject.decided(sample, under: granting)
                for policy in fewer {
                    let after = try subject.decided(sample, under: policy)
                    if before.action != .allow { #expect(after.action != .allow) }
                    if before.action == .allow, after.action != .allow { refused += 1 }
                }
            }
        }
        #expect(refused > 20)
    }
}
