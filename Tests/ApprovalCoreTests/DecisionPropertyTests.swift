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
        for round in 0..<6_000 {
            let oracle = self.oracle(&generator, loadable: false)
            let policy = try self.policy(oracle)
            let body = self.body(&generator).members
            let decision = try decide(policy, oracle, body)
            let expected = oracle.verdict(
                Dictionary(uniqueKeysWithValues: body.map { ($0.name, $0.value) }))
            #expect(decision.action == expected.action, "round \(round)")
            #expect(Set(decision.reasons.map(\.code)) == expected.codes, "round \(round)")
            #expect(decision.rules.map(\.id) == expected.rules.keys.sorted(), "round \(round)")
            for rule in decision.rules {
                #expect(
                    (rule.match == .isTrue) == (expected.rules[rule.id] == .some(true)),
                    "round \(round)")
            }
            let exceeded = Dictionary(
                uniqueKeysWithValues: decision.limits.map { ($0.id, $0.exceeded) })
            #expect(exceeded == expected.exceeded, "round \(round)")
            #expect((decision.exposure != nil) == (decision.action == .allow))
            if let exposure = decision.exposure { try checkMemberships(policy, exposure, decision) }
            actions[decision.action, default: 0] += 1
        }
        #expect(
            Decision.Action.allCases.allSatisfy { $0 == .hold || actions[$0, default: 0] > 300 },
            "\(actions)")
    }

    /// What a reservation counts is what the decision was held against.
    private func checkMemberships(_ policy: Policy, _ exposure: Exposure, _ decision: Decision)
        throws
    {
        let memberships = policy.memberships(of: exposure)
        #expect(memberships.map(\.limit) == decision.limits.map(\.id))
        for (membership, limit) in zip(memberships, decision.limits) {
            #expect(membership.key == limit.key)
            #expect(limit.this == nil || membership.amount == limit.this)
        }
    }

    @Test func `under a policy that loads, damage to any field that grants is never an allow`()
        throws
    {
        var generator = SeededGenerator(seed: 22)
        var (damagedCases, soundAllows) = (0, 0)
        for _ in 0..<6_000 {
            let oracle = self.oracle(&generator, loadable: true)
            let (members, damaged) = self.body(&generator)
            let decision = try decide(policy(oracle), oracle, members)
            let type = members.first { $0.name == "type" }?.value.text
            var vital: Set<String> = [
                "amount", "fee_amount", type == "WITHDRAWAL" ? "address" : "receiver_account_id",
            ]
            if oracle.plusFee { vital.insert("fee_account_id") }
            if damaged.isDisjoint(with: vital) {
                if decision.action == .allow { soundAllows += 1 }
            } else {
                #expect(decision.action != .allow, "\(damaged)")
                damagedCases += 1
            }
        }
        #expect(damagedCases > 1_500 && soundAllows > 100, "\(damagedCases) \(soundAllows)")
    }

    @Test
    func `the order of rules, limits and answers changes nothing, and twice is the same bytes`()
        throws
    {
        var generator = SeededGenerator(seed: 23)
        for _ in 0..<1_500 {
            var oracle = self.oracle(&generator, loadable: generator.chance(2))
            let body = self.body(&generator).members
            let first = try decide(policy(oracle), oracle, body)
            #expect(try decide(policy(oracle), oracle, body) == first)
            oracle.rules.shuffle(using: &generator)
            oracle.limits.shuffle(using: &generator)
            let second = try decide(policy(oracle), oracle, body.shuffled(using: &generator))
            #expect(second == first)
            let bytes = [first, second].map {
                JSONValue.array($0.reasons.map(\.json) + $0.limits.map(\.json)).canonicalBytes
            }
            #expect(bytes[0] != nil && bytes[0] == bytes[1])
        }
    }

    private func decide(
        _ policy: Policy, _ oracle: DecisionOracle, _ body: [JSONMember]
    ) throws -> Decision {
        let transaction = try sample.transaction(.object(body))
        let source = try #require(policy.account(transaction.accountID))
        return policy.decide(Case(transaction: transaction, account: try sample.account(source))) {
            questions in
            questions.reversed().compactMap { question in
                guard let limit = oracle.limits.first(where: { $0.id == question.limit }),
                    let used = limit.used.flatMap({ Amount(units: Int128($0), scale: 8) })
                else { return nil }
                return LimitUsage(
                    limit: question.limit, key: question.key, since: UnixTime(milliseconds: 0),
                    used: used,
                    count: Int64(limit.count))
            }
        }
    }
}

// Random policies.
extension DecisionPropertyTests {
    private func oracle(_ generator: inout SeededGenerator, loadable: Bool) -> DecisionOracle {
        var oracle = DecisionOracle(
            plusFee: generator.chance(2), defaultBlocks: generator.chance(2), rules: [], limits: [],
            book: Dictionary(
                uniqueKeysWithValues: sample.book.entries.map { ($0.address, ($0.label, $0.tags)) }),
            accounts: Set(
                [sample.treasury, sample.payouts, sample.fees, sample.board].map(\.id.text)))
        let actions: [Rule.Action] = [.allow, .allow, .allow, .escalate, .block]
        for number in 0..<(1 + generator.below(4)) {
            oracle.rules.append(
                rule("rule-\(number)", generator.pick(actions), &generator, loadable: loadable))
        }
        for number in 0..<generator.below(4) {
            oracle.limits.append(limit("limit-\(number)", &generator))
        }
        return oracle
    }

    private func rule(
        _ id: String, _ action: Rule.Action, _ generator: inout SeededGenerator, loadable: Bool
    ) -> DecisionOracle.RuleSpec {
        let full = loadable && action == .allow
        func maybe<Value>(_ value: Value) -> Value? { full || generator.chance(2) ? value : nil }
        let sources = [[sample.payouts], [sample.treasury], [sample.payouts, sample.treasury]]
        let cap = generator.pick([0, 40_000_000, 40_050_000, 50_000_000, 1_000_000_000])
        return DecisionOracle.RuleSpec(
            id: id, action: action, types: maybe(types(&generator)),
            sources: maybe(Set(generator.pick(sources).map(\.id.text))),
            assets: maybe(generator.chance(8) ? ["ETH"] : ["BTC"]),
            destination: maybe(destination(&generator)),
            moreThan: generator.chance(4) ? generator.pick([0, 39_999_999, 40_000_000]) : nil,
            upTo: maybe(cap),
            feeUpTo: generator.chance(3) ? generator.pick([0, 49_999, 50_000, 1_000_000_000]) : nil)
    }

    private func types(_ generator: inout SeededGenerator) -> Set<String> {
        generator.pick([
            ["WITHDRAWAL"], ["TRANSFER_OUTGOING"], ["WITHDRAWAL", "TRANSFER_OUTGOING"],
        ])
    }

    private func destination(_ generator: inout SeededGenerator) -> DecisionOracle.DestinationSpec {
        let accounts = generator.pick([
            [sample.treasury], [sample.treasury, sample.payouts], [sample.board],
        ])
        return generator.pick([
            .init(labels: ["Exchange"]), .init(tags: ["exchange", "own-cold-wallet"]),
            .init(tags: ["blocked"]),
            .init(kind: "allowlisted"), .init(tags: ["exchange"], kind: "allowlisted"),
            .init(kind: "account"),
            .init(accounts: Set(accounts.map(\.id.text))),
            .init(kind: "account", accounts: Set(accounts.map(\.id.text))), .init(),
        ])
    }

    private func limit(_ id: String, _ generator: inout SeededGenerator) -> DecisionOracle.LimitSpec
    {
        DecisionOracle.LimitSpec(
            id: id, types: generator.chance(2) ? types(&generator) : nil,
            destination: generator.chance(4) ? destination(&generator) : nil,
            perDestination: generator.chance(3),
            blocks: generator.chance(3), maxAmount: generator.chance(4) ? nil : 200_000_000,
            maxCount: generator.chance(2) ? 5 : nil,
            used: generator.chance(12)
                ? nil
                : generator.pick([0, 0, 0, 160_000_000, 160_000_001, 159_950_000, 200_000_000]),
            count: generator.pick([0, 0, 0, 4, 5]))
    }

    private func policy(_ oracle: DecisionOracle) throws -> Policy {
        try sample.policy(
            settings: Settings(
                defaultAction: oracle.defaultBlocks ? .block : .escalate,
                amountBasis: oracle.plusFee ? .amountPlusFee : .amount),
            rules: oracle.rules.map { spec in
                var conditions: [Condition] = []
                if let types = spec.types { conditions.append(condition(types)) }
                if let sources = spec.sources {
                    conditions.append(
                        .source(.init(accounts: Set(sources.compactMap(AccountID.init)))))
                }
                if let assets = spec.assets { conditions.append(.asset(.init(assets))) }
                if let destination = spec.destination { conditions.append(condition(destination)) }
                if spec.moreThan != nil || spec.upTo != nil {
                    conditions.append(
                        .amount(.init(moreThan: amount(spec.moreThan), upTo: amount(spec.upTo))))
                }
                if let most = amount(spec.feeUpTo) { conditions.append(.fee(.init(upTo: most))) }
                return Rule(id: spec.id, action: spec.action, conditions: conditions)
            },
            limits: oracle.limits.map { spec in
                var scope: [Condition] = []
                if let types = spec.types { scope.append(condition(types)) }
                if let destination = spec.destination { scope.append(condition(destination)) }
                return Limit(
                    id: spec.id, scope: scope, per: spec.perDestination ? [.destination] : [],
                    window: .rolling(milliseconds: 1_000),
                    onExceed: spec.blocks ? .block : .escalate,
                    maxAmount: amount(spec.maxAmount), maxCount: spec.maxCount.map(Int64.init))
            })
    }

    private func amount(_ units: Int?) -> Amount? {
        units.flatMap { Amount(units: Int128($0), scale: 8) }
    }

    private func condition(_ types: Set<String>) -> Condition {
        .type(.init(Set(types.compactMap(TransactionType.init))))
    }

    private func condition(_ spec: DecisionOracle.DestinationSpec) -> Condition {
        .destination(
            .init(
                labels: spec.labels, tags: spec.tags,
                kind: spec.kind.flatMap(DestinationCondition.Kind.init),
                accounts: spec.accounts.map { Set($0.compactMap(AccountID.init)) }))
    }
}

// Random transactions.
extension DecisionPropertyTests {
    /// A body, and the names of the fields that were damaged in it.
    private func body(
        _ generator: inout SeededGenerator
    ) -> (members: [JSONMember], damaged: Set<String>) {
        let withdrawal = generator.chance(2)
        let source = generator.pick([sample.payouts, sample.payouts, sample.treasury])
        let payer = generator.pick([source, sample.fees])
        let address = generator.pick([
            Sample.exchangeAddress, Sample.coldAddress, Sample.blockedAddress, "1Unlisted",
        ])
        let receiver = generator.pick([sample.treasury, sample.payouts, sample.board])
        var members: [JSONMember] = [
            JSONMember("id", .string(Sample.transactionID)),
            JSONMember("account_id", .string(source.id.text)),
            JSONMember("type", .string(withdrawal ? "WITHDRAWAL" : "TRANSFER_OUTGOING")),
            JSONMember("state", .string("PENDING")),
            JSONMember(
                "amount",
                .string(
                    generator.pick([
                        "-0.40000000", "-0.4", "-0.40000001", "-0.00000001", "-0.5", "-9",
                    ]))),
            JSONMember(
                "fee_amount",
                .string(generator.pick(["0", "0.00050000", "0.0005", "0.5", "0.00050001"]))),
            JSONMember("fee_account_id", .string(payer.id.text)),
            JSONMember("reference", .string("r")),
            JSONMember("sender_account_id", .string(source.id.text)),
        ]
        members.append(
            withdrawal
                ? JSONMember("address", .string(address))
                : JSONMember("receiver_account_id", .string(receiver.id.text)))
        var damaged: Set<String> = []
        for _ in 0..<generator.pick([0, 0, 1, 2]) {
            let place = 4 + generator.below(members.count - 4)
            let name = members[place].name
            if name == "sender_account_id" { continue }
            damaged.insert(name)
            if generator.chance(5) {
                members.remove(at: place)
            } else {
                let spoilt: [JSONValue] = [
                    .null, .integer(-1), .bool(true), .array([members[place].value]), .object([]),
                    .string(""),
                ]
                members[place] = JSONMember(name, generator.pick(spoilt))
            }
        }
        return (members, damaged)
    }
}
