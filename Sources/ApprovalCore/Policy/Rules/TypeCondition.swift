/// `type: [WITHDRAWAL, TRANSFER_OUTGOING]`: any of them.
package struct TypeCondition: Hashable, Sendable {
    package let types: Set<TransactionType>

    package init(_ types: Set<TransactionType>) { self.types = types }

    func matches(_ facts: Facts) -> Match { Match(types.contains(facts.type)) }
}
