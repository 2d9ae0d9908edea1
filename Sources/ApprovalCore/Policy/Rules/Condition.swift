/// One condition of a rule, or of a limit's scope.
package enum Condition: Hashable, Sendable {
    case type(TypeCondition)
    case source(SourceCondition)
    case asset(AssetCondition)
    case destination(DestinationCondition)
    case amount(AmountCondition)
    case fee(FeeCondition)
    case when(WhenCondition)
    case tier(TierCondition)

    /// `isGranting` says whether an allow rule asks: it does not count on entries of the address
    /// book that are not active.
    func matches(_ facts: Facts, isGranting: Bool) -> Match {
        switch self {
        case .type(let condition): condition.matches(facts)
        case .source(let condition): condition.matches(facts)
        case .asset(let condition): condition.matches(facts)
        case .destination(let condition): condition.matches(facts, isGranting: isGranting)
        case .amount(let condition): condition.matches(facts)
        case .fee(let condition): condition.matches(facts)
        case .when(let condition): condition.matches(facts)
        case .tier(let condition): condition.matches(facts)
        }
    }

    /// As a policy writes it.
    var key: String {
        switch self {
        case .type: "type"
        case .source: "source"
        case .asset: "asset"
        case .destination: "destination"
        case .amount: "amount"
        case .fee: "fee"
        case .when: "when"
        case .tier: "tier"
        }
    }

    /// The transaction's fields that this condition reads, and so must be signed.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        switch self {
        case .type: ["type"]
        case .source, .asset: ["account_id"]
        case .destination: [type.destinationField]
        case .amount, .tier: basis.fields
        case .fee(let condition): condition.fields(basis)
        case .when: []
        }
    }
}

extension Settings.AmountBasis {
    /// The fields that make up an amount under this basis.
    var fields: Set<String> {
        switch self {
        case .amount: ["amount"]
        case .amountPlusFee: ["amount", "fee_amount", "fee_account_id"]
        }
    }

    /// The fields that make up a fee under this basis.
    var feeFields: Set<String> {
        switch self {
        case .amount: ["fee_amount"]
        case .amountPlusFee: ["fee_amount", "fee_account_id"]
        }
    }
}

extension [Condition] {
    /// All of them: FALSE wins over UNKNOWN.
    func match(_ facts: Facts, isGranting: Bool = false) -> Match {
        var match = Match.isTrue
        for condition in self {
            match = match.and(condition.matches(facts, isGranting: isGranting))
            if case .isFalse = match { return .isFalse }
        }
        return match
    }
}
