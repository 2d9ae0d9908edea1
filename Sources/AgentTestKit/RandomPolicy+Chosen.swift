import ApprovalCore

// Policies chosen at random, the same ones for the same seed.
extension RandomPolicy {
    /// Every feature of the language now and then. A `loadable` one has only allow rules that
    /// name type, source, destination, asset and `amount.up_to`, as a loader demands. Only one
    /// that is `asking` asks people and the platform's tier.
    package init(
        _ generator: inout SeededGenerator, _ sample: Sample, loadable: Bool, asking: Bool = false
    ) {
        let day = 86_400_000
        asset = sample.btc.name
        plusFee = generator.chance(2)
        defaultBlocks = generator.chance(2)
        hasZone = !generator.chance(4)
        maxRequestAge = generator.pick([3_600_000, day, .max])
        effectiveFrom = generator.chance(30) ? generator.pick([-1, 0, 1]) : nil
        reviewBy = generator.chance(12) ? generator.pick([-1, 0, 1, day]) : nil
        rules = []
        limits = []
        patterns = []
        lookalike =
            generator.chance(3)
            ? (generator.pick([0, 4]), generator.pick([1, 4, 40]), generator.chance(2)) : nil
        newDestination = generator.chance(3) ? (day, generator.chance(2)) : nil
        duplicateReference = generator.chance(3) ? (generator.chance(2), ()) : nil
        book = Self.book(&generator)
        let actions: [ApprovalCore.Rule.Action] = [.allow, .allow, .allow, .escalate, .block]
        for number in 0..<(1 + generator.below(5)) {
            let action = generator.pick(actions)
            rules.append(
                Self.rule(
                    "rule-\(number)", action, &generator, sample,
                    full: loadable && action == .allow))
        }
        for number in 0..<generator.below(4) {
            limits.append(Self.limit("limit-\(number)", &generator, sample))
        }
        for number in 0..<generator.below(3) {
            patterns.append(Self.pattern("pattern-\(number)", &generator, sample))
        }
        if asking { ask(&generator) }
    }

    /// Some of the rules ask: mostly all of them the same, and sometimes not.
    private mutating func ask(_ generator: inout SeededGenerator) {
        let board = ["anna", "bora", "carl"]
        let usual = Asking(
            group: "board", minApprovals: 2, ask: board, isParallel: false,
            expiresAfter: 86_400_000, cancels: false)
        var choices = [usual, usual, usual]
        choices[1].ask = generator.pick([["carl", "bora", "anna"], ["anna", "bora"], board])
        choices[1].minApprovals = generator.pick([1, 2])
        choices[2] = generator.pick([
            Asking(
                group: "desk", minApprovals: 1, ask: ["dora"], isParallel: true,
                expiresAfter: 3_600_000, cancels: true), usual,
        ])
        for index in rules.indices {
            if rules[index].action == .allow, !generator.chance(3) {
                rules[index].asks = generator.pick(choices)
            }
            rules[index].needsHeadroom = generator.chance(4)
        }
    }

    private static func book(_ generator: inout SeededGenerator) -> [Entry] {
        let hexAddress = RandomCase.hexAddress
        let entries = [
            Entry(
                label: "Exchange", address: Sample.exchangeAddress, compare: "exact",
                tags: ["exchange"]),
            Entry(
                label: "Cold wallet", address: Sample.coldAddress,
                compare: generator.pick(["exact", "bech32_case_insensitive"]),
                tags: ["own-cold-wallet"]),
            Entry(
                label: "Frozen", address: Sample.blockedAddress, compare: "exact",
                tags: ["blocked", "exchange"]),
            Entry(
                label: "Contract", address: hexAddress,
                compare: generator.pick(["exact", "hex_case_insensitive"]), tags: []),
        ]
        return entries.map { entry in
            var entry = entry
            if generator.chance(6) { entry.activeFrom = generator.pick(times) }
            if generator.chance(8) { entry.expiresAt = generator.pick(times) }
            if generator.chance(4) { entry.most = generator.pick([39_999_999, 40_000_000]) }
            return entry
        }
    }

    private static let times = [
        -86_400_001, -86_400_000, -86_399_999, -1, 0, 1, 3_600_000, 2_000_000_000,
    ]

    private static func rule(
        _ id: String, _ action: ApprovalCore.Rule.Action, _ generator: inout SeededGenerator,
        _ sample: Sample, full: Bool
    ) -> Rule {
        let cap = generator.pick([40_000_000, 40_050_000, 50_000_000, 1_000_000_000, .max, .max])
        return Rule(
            id: id, action: action, scope: scope(&generator, sample, full: full),
            moreThan: generator.chance(6) ? generator.pick([0, 39_999_999, 40_000_000]) : nil,
            upTo: full || generator.chance(2) ? cap : nil,
            feeMoreThan: generator.chance(8) ? generator.pick([0, 49_999, 50_000]) : nil,
            feeUpTo: generator.chance(3)
                ? generator.pick([49_999, 50_000, 50_001, 1_000_000_000]) : nil,
            feeAccounts: generator.chance(10)
                ? Set(
                    generator.pick([[sample.fees], [sample.fees, sample.payouts]]).map(\.id.text))
                : nil,
            hours: generator.chance(6) ? hours(&generator) : nil)
    }

    private static func hours(_ generator: inout SeededGenerator) -> Hours {
        Hours(
            days: generator.chance(2)
                ? generator.pick([["mon", "tue", "wed", "thu", "fri"], ["sun"], ["tue"], []]) : nil,
            from: generator.pick([0, 480, 660, 661]), to: generator.pick([660, 661, 1_080, 1_440]))
    }

    private static func scope(
        _ generator: inout SeededGenerator, _ sample: Sample, full: Bool
    ) -> Scope {
        func maybe<Value>(_ value: Value, oneIn: Int = 2) -> Value? {
            full || generator.chance(oneIn) ? value : nil
        }
        let types: [Set<String>] = [
            ["WITHDRAWAL"], ["TRANSFER_OUTGOING"], ["WITHDRAWAL", "TRANSFER_OUTGOING"],
            ["WITHDRAWAL", "TRANSFER_OUTGOING"],
        ]
        let both = [sample.payouts, sample.treasury]
        let sources = [[sample.payouts], [sample.treasury], both, both]
        let entities = [sample.payouts.entityID.text, sample.board.entityID.text]
        return Scope(
            types: maybe(generator.pick(types)),
            sources: maybe(Set(generator.pick(sources).map(\.id.text))),
            entities: generator.chance(8) ? [generator.pick(entities)] : nil,
            assets: maybe(generator.chance(16) ? ["ETH"] : [sample.btc.name]),
            destination: maybe(destination(&generator, sample)))
    }

    private static func destination(
        _ generator: inout SeededGenerator, _ sample: Sample
    ) -> Destination {
        let accounts = Set(
            generator.pick([
                [sample.treasury], [sample.treasury, sample.payouts], [sample.board],
            ]).map(\.id.text))
        return generator.pick([
            .init(labels: ["Exchange"]), .init(labels: ["Contract", "Frozen"]),
            .init(tags: ["exchange", "own-cold-wallet"]), .init(tags: ["blocked"]),
            .init(tags: []), .init(kind: "allowlisted"),
            .init(tags: ["exchange"], kind: "allowlisted"), .init(kind: "account"),
            .init(accounts: accounts), .init(kind: "account", accounts: accounts), .init(),
            .init(), .init(), .init(), .init(), .init(kind: "allowlisted"),
        ])
    }

    private static func per(_ generator: inout SeededGenerator) -> Set<String> {
        generator.pick([
            [], ["destination"], ["source"], ["asset", "entity"], ["source", "destination"],
        ])
    }

    private static func window(_ generator: inout SeededGenerator) -> Window {
        generator.pick([
            .rolling(1_000), .rolling(86_400_000), .calendar("hour"), .calendar("day"),
            .calendar("week"), .calendar("month"), .total,
        ])
    }

    private static func limit(
        _ id: String, _ generator: inout SeededGenerator, _ sample: Sample
    ) -> Limit {
        Limit(
            id: id, scope: scope(&generator, sample, full: false), per: per(&generator),
            window: window(&generator), blocks: generator.chance(3),
            maxAmount: generator.chance(4) ? nil : 200_000_000,
            maxCount: generator.chance(2) ? 5 : nil)
    }

    private static func pattern(
        _ id: String, _ generator: inout SeededGenerator, _ sample: Sample
    ) -> Pattern {
        let own = sample.btc.name
        let caps: [(assets: Set<String>, upTo: Int)] = [
            ([own], 40_000_000), ([own], 44_444_444), (["ETH"], 40_000_000),
            ([own], 50_000_000),
        ]
        return Pattern(
            id: id, scope: scope(&generator, sample, full: false), per: per(&generator),
            window: window(&generator), blocks: generator.chance(3),
            percent: generator.pick([1, 10, 50, 99]),
            caps: (0..<generator.below(3)).map { _ in generator.pick(caps) },
            countAtLeast: generator.pick([1, 3, 5]))
    }
}
