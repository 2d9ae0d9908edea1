/// `type: [WITHDRAWAL, TRANSFER_OUTGOING]`: any of them.
package struct TypeCondition: Hashable, Sendable {
    package let types: Set<TransactionType>

    private let withdrawal: Bool
    private let transferOutgoing: Bool

    package init(_ types: Set<TransactionType>) {
        self.types = types
        withdrawal = types.contains(.withdrawal)
        transferOutgoing = types.contains(.transferOutgoing)
    }

    func matches(_ facts: Facts) -> Match {
        switch facts.type {
        case .withdrawal: Match(withdrawal)
        case .transferOutgoing: Match(transferOutgoing)
        }
    }
}
