/// `tier: {headroom: required}`: the most that the tier of the account's entity lets it send in an
/// interval is not below the amount. The platform gives that in euros and no rate of exchange, so
/// for every asset but the one that the policy names `EUR` it is UNKNOWN.
package struct TierCondition: Hashable, Sendable {
    /// The name of the asset in whose amounts tiers are.
    package static let asset = "EUR"

    package init() {}

    func matches(_ facts: Facts) -> Match {
        guard facts.source.asset.name.isVerbatim(Self.asset), let most = facts.tier?.most else {
            return .unknown(fields: ["tier"])
        }
        guard let amount = facts.amount, let within = amount.isAtMost(most) else {
            return .unknown(fields: facts.unreadAmountFields)
        }
        return Match(within)
    }
}

extension Tier {
    /// `send_limit` as an amount; nil where it is none.
    fileprivate var most: Amount? {
        sendLimit.flatMap { try? Amount($0, precision: Amount.maximumScale) }
            .flatMap { $0.isNegative ? nil : $0 }
    }
}
