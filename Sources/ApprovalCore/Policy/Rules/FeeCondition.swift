/// `fee: {up_to}`: at most.
package struct FeeCondition: Hashable, Sendable {
    package let upTo: Amount

    package init(upTo: Amount) { self.upTo = upTo }

    func matches(_ facts: Facts) -> Match {
        guard let within = facts.fee?.isAtMost(upTo) else {
            return .unknown(fields: ["fee_amount"])
        }
        return Match(within)
    }
}
