package import ApprovalCore

// Transactions chosen at random, some of them with damage, the same ones for the same seed.
extension RandomCase {
    /// On the address book as a contract, in mixed case.
    package static let hexAddress = "0x52908400098527886E0F7030069857D2E4169EE7"

    private static let addresses = [
        Sample.exchangeAddress, Sample.exchangeAddress, Sample.exchangeAddress,
        Sample.coldAddress, Sample.coldAddress.uppercased(), Sample.blockedAddress, "1Unlisted",
        hexAddress, "0x52908400098527886e0f7030069857d2e4169ee7",
        "3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r", "0x5290000000000000000000000000000000009EE7",
    ]

    /// Most of them within hours, some at the edges of days, months and changes of the clock.
    private static let moments = [
        0, 0, 0, 1, -1, 60_000, 25_200_000, -10_800_000, 46_800_000, -39_600_000 - 86_400_000,
        1_611_000_000, 1_614_600_000, 1_618_200_000, 2_210_400_000,
    ]

    /// For a policy, whose limits and patterns the ledger answers for.
    package init(
        _ generator: inout SeededGenerator, _ sample: Sample, under policy: RandomPolicy
    ) {
        let now = generator.pick(Self.moments)
        self.now = now
        let ages = [
            60_000, 60_000, 60_000, 60_000, 60_000, 3_600_000, 3_600_001, 86_400_000, 86_400_001,
            -60_000,
        ]
        createdAt = now - generator.pick(ages)
        firstDecision = generator.chance(2) ? nil : now - generator.pick([0, 1, 60_000, 3_000_000])
        activatedAt =
            generator.chance(8)
            ? nil : now - generator.pick([0, 86_399_999, 86_400_000, 900_000_000])
        isOriginal = generator.chance(4)
        hasSameReference = generator.chance(8)
        usage = [:]
        for counter in policy.limits.map(\.id) + policy.patterns.map({ "pattern:" + $0.id })
        where !generator.chance(24) {
            usage[counter] = Usage(
                used: generator.pick([
                    0, 0, 0, 0, 0, 0, 0, 0, 160_000_000, 160_000_001, 159_950_000, 200_000_000, -1,
                ]),
                count: generator.pick([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 5, -1]),
                roomAfter: generator.chance(2) ? now - generator.below(86_400_000) : nil)
        }
        members = Self.body(&generator, sample, createdAt: createdAt)
        damaged = []
        for _ in 0..<generator.pick([0, 0, 0, 0, 0, 1, 2]) { damage(&generator) }
        if policy.rules.contains(where: \.needsHeadroom), !generator.chance(8) {
            sendLimit = generator.pick(Self.sendLimits)
        }
    }

    private static let sendLimits = [
        "10000.00", "10000", "0.4", "0.40050000", "0.39999999", "0", "", "-1", "much", "1e3",
    ]

    private static func body(
        _ generator: inout SeededGenerator, _ sample: Sample, createdAt: Int
    ) -> [JSONMember] {
        let source = generator.pick([sample.payouts, sample.payouts, sample.treasury])
        let payer = generator.pick([source, sample.fees])
        let amounts = ["-0.40000000", "-0.4", "-0.4", "-0.40000001", "-0.00000001", "-0.5", "-9"]
        let fees = ["0", "0.00050000", "0.0005", "0.5", "0.00050001"]
        let address = generator.pick(addresses)
        let receiver = generator.pick([sample.treasury, sample.payouts, sample.board]).id.text
        let isWithdrawal = !generator.chance(3)
        func text(_ name: String, _ value: String) -> JSONMember {
            JSONMember(name, .string(value))
        }
        return [
            text("id", Sample.transactionID), text("account_id", source.id.text),
            text("type", isWithdrawal ? "WITHDRAWAL" : "TRANSFER_OUTGOING"),
            text("state", "PENDING"), text("sender_account_id", source.id.text),
            text("amount", generator.pick(amounts)), text("fee_amount", generator.pick(fees)),
            text("fee_account_id", payer.id.text), text("reference", "r"),
            text("created_at", Sample.fromNow(createdAt).description),
            isWithdrawal ? text("address", address) : text("receiver_account_id", receiver),
        ]
    }

    private mutating func damage(_ generator: inout SeededGenerator) {
        let place = 5 + generator.below(members.count - 5)
        let name = members[place].name
        damaged.insert(name)
        if generator.chance(5) {
            members.remove(at: place)
            return
        }
        let spoilt: [JSONValue] = [
            .null, .integer(-1), .bool(true), .array([members[place].value]), .object([]),
            .string(""),
        ]
        members[place] = JSONMember(name, generator.pick(spoilt))
    }

    /// The ledger's answers to what is asked.
    package func answers(_ questions: Questions) throws -> Answers {
        Answers(
            usage: questions.limits.compactMap { question in
                guard let usage = usage[question.limit],
                    let used = Amount(units: Int128(usage.used), scale: 8)
                else { return nil }
                return LimitUsage(
                    limit: question.limit, key: question.key, since: question.since, used: used,
                    count: Int64(usage.count), roomAfter: usage.roomAfter.map(Sample.fromNow))
            },
            destination: questions.destination.flatMap { _ in
                activatedAt.map {
                    DestinationAge(activatedAt: Sample.fromNow($0), isOriginal: isOriginal)
                }
            },
            sameReference: hasSameReference && questions.reference != nil
                ? try Sample.id("00000000000000000000000000000009atrx") : nil,
            firstDecision: questions.asksFirstDecision ? firstDecision.map(Sample.fromNow) : nil)
    }

    /// The decision on it. `members` in another order are the same transaction.
    package func decided(_ sample: Sample, under policy: Policy) throws -> Decision {
        let weighing = policy.weigh(
            try subject(sample, under: policy), at: policy.moment(at: Sample.fromNow(now)))
        return weighing.decide(try answers(weighing.questions))
    }

    /// What is decided on.
    package func subject(_ sample: Sample, under policy: Policy) throws -> Case {
        let transaction = try sample.transaction(.object(members))
        let source = policy.account(transaction.accountID) ?? sample.payouts
        return Case(
            transaction: transaction, account: try sample.account(source),
            tier: sendLimit.map { Tier(sendLimit: $0) })
    }
}
