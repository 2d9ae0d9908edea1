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
    private let namesFee: Bool

    package init(
        id: String, action: Action, description: String? = nil, externalRef: String? = nil,
        conditions: [Condition]
    ) {
        self.id = id
        self.action = action
        self.description = description
        self.externalRef = externalRef
        self.conditions = conditions
        namesFee = conditions.contains { if case .fee = $0 { true } else { false } }
    }

    func matches(_ facts: Facts) -> Match {
        let match = conditions.match(facts)
        guard action == .allow, !namesFee else { return match }
        return match.and(Self.feeIsAtMostWhatIsSent(facts))
    }

    /// An allow rule that says nothing of the fee never waves through one above what is sent.
    private static func feeIsAtMostWhatIsSent(_ facts: Facts) -> Match {
        guard let fee = facts.fee, let sent = facts.sent, let within = fee.isAtMost(sent) else {
            return .unknown(fields: ["amount", "fee_amount"])
        }
        return Match(within)
    }

    /// The transaction's fields that this rule reads, TRUE or not.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        let own = conditions.reduce(into: Set<String>()) {
            $0.formUnion($1.fields(type, basis: basis))
        }
        return action == .allow && !namesFee ? own.union(["amount"]).union(basis.feeFields) : own
    }
}
