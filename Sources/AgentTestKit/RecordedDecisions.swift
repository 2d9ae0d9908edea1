package import ApprovalCore

/// Decisions that must be the same bytes wherever, whenever and however they are made: many random
/// policies, each over some random transactions, all from constants.
package enum RecordedDecisions {
    /// How many policies there are, numbered from 0.
    package static let policies = 600
    /// The first of those that may ask people and the platform's tier; every fourth of them is
    /// over an asset in which tiers are.
    package static let firstAsking = 500
    /// How many transactions each of them decides.
    package static let transactions = 20

    /// What is decided under the policies of these numbers, one line of canonical JSON for each
    /// transaction.
    package static func bytes(_ numbers: Range<Int>) throws -> [UInt8] {
        let samples = (try Sample(), try Sample(asset: TierCondition.asset))
        var bytes: [UInt8] = []
        for number in numbers {
            var generator = SeededGenerator(seed: 20_260_101 + UInt64(number))
            let isAsking = number >= firstAsking
            let sample = isAsking && number % 4 == 0 ? samples.1 : samples.0
            let chosen = RandomPolicy(
                &generator, sample, loadable: number % 2 == 0, asking: isAsking)
            let policy = try chosen.built(sample)
            for _ in 0..<transactions {
                let subject = RandomCase(&generator, sample, under: chosen)
                bytes += try Sample.bytes(json(subject.decided(sample, under: policy)))
                bytes.append(0x0A)
            }
        }
        return bytes
    }

    /// Everything that a decision says.
    package static func json(_ decision: Decision) -> JSONValue {
        .object([
            "action": .string(decision.action.rawValue),
            "rules": .array(
                decision.rules.map { rule in
                    .object(["id": .string(rule.id), "match": match(rule.match)])
                }),
            "limits": .array(decision.limits.map(\.json)),
            "patterns": .array(decision.patterns.map(\.json)),
            "guards": .array(
                decision.guards.map { result in
                    .object([
                        "id": .string(result.guarding.rawValue), "match": match(result.match),
                    ])
                }),
            "reasons": .array(decision.reasons.map(\.json)),
            "fields": .array(decision.fields.sorted().map(JSONValue.string)),
            "exposure": decision.exposure.map(json), "quorum": decision.quorum.map(json),
        ])
    }

    private static func match(_ match: Match) -> JSONValue {
        switch match {
        case .isTrue, .isFalse: .string(match.word)
        case .unknown(let fields): .array(fields.sorted().map(JSONValue.string))
        }
    }

    private static func json(_ quorum: Quorum) -> JSONValue {
        .object([
            "group": .string(quorum.group.name), "min_approvals": .integer(quorum.minApprovals),
            "ask": .array(quorum.ask.map { .string($0.name) }),
            "order": .string(quorum.order.rawValue),
            "expires_after_ms": .integer(quorum.expiresAfter),
            "on_expiry": .string(quorum.onExpiry.rawValue),
        ])
    }

    private static func json(_ exposure: Exposure) -> JSONValue {
        .object([
            "destination": .string(exposure.destination),
            "sent": .string(exposure.sent.description), "fee": .string(exposure.fee.description),
            "fee_account": exposure.feeAccount.map(JSONValue.string),
            "reference": exposure.reference.map(JSONValue.string),
        ])
    }
}
