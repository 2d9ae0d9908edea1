/// One rule: it takes effect where all its conditions hold.
package struct Rule: Hashable, Sendable {
    /// `action`.
    package enum Action: String, Hashable, Sendable, CaseIterable {
        case allow, escalate, block
    }

    package let id: String
    package let action: Action
    package let description: String?
    package let externalRef: String?
    package let conditions: [Condition]
    /// Whom an allow rule asks before anything is approved; nil where the agent signs by itself.
    package let quorum: Quorum?
    private let capsFee: Bool

    package init(
        id: String, action: Action, description: String? = nil, externalRef: String? = nil,
        conditions: [Condition], quorum: Quorum? = nil
    ) {
        self.id = id
        self.action = action
        self.description = description
        self.externalRef = externalRef
        self.conditions = conditions
        self.quorum = quorum
        capsFee = conditions.contains { condition in
            if case .fee(let fee) = condition { fee.upTo != nil } else { false }
        }
    }

    func matches(_ facts: Facts) -> Match {
        let match = conditions.match(facts, isGranting: action == .allow)
        guard action == .allow, !capsFee else { return match }
        return match.and(Self.feeIsAtMostWhatIsSent(facts))
    }

    /// An allow rule that does not say how high the fee may be never waves through one above what
    /// is sent.
    private static func feeIsAtMostWhatIsSent(_ facts: Facts) -> Match {
        guard facts.foreignPayer == nil, let fee = facts.fee, let sent = facts.sent,
            let within = fee.isAtMost(sent)
        else {
            let unread: Set<String> = facts.sent == nil ? ["amount"] : []
            return .unknown(
                fields: facts.sent == nil && facts.fee != nil
                    ? unread : unread.union(["fee_amount"]))
        }
        return Match(within)
    }

    /// The transaction's fields that this rule reads, TRUE or not.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        let own = conditions.reduce(into: Set<String>()) {
            $0.formUnion($1.fields(type, basis: basis))
        }
        return action == .allow && !capsFee ? own.union(["amount"]).union(basis.feeFields) : own
    }
}
