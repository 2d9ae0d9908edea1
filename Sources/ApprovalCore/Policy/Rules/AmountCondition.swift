/// `amount: {more_than, up_to}`: more than the one, at most the other.
package struct AmountCondition: Hashable, Sendable {
    package let moreThan: Amount?
    package let upTo: Amount?

    package init(moreThan: Amount? = nil, upTo: Amount? = nil) {
        self.moreThan = moreThan
        self.upTo = upTo
    }

    func matches(_ facts: Facts) -> Match {
        guard let amount = facts.amount else { return .unknown(fields: facts.unreadAmountFields) }
        var match = Match.isTrue
        if let moreThan {
            let within = amount.isAtMost(moreThan)
            match = match.and(
                within.map { Match(!$0) } ?? .unknown(fields: facts.unreadAmountFields))
        }
        if let upTo {
            let within = amount.isAtMost(upTo)
            match = match.and(within.map(Match.init) ?? .unknown(fields: facts.unreadAmountFields))
        }
        return match
    }
}
