/// A bound on what is approved over time; it only restrains.
package struct Limit: Hashable, Sendable {
    /// `per`: each combination has an account of its own.
    package enum Dimension: String, Hashable, Sendable, CaseIterable {
        case source, destination, asset, entity
    }

    package let id: String
    package let scope: [Condition]
    /// In the order of ``Dimension``'s cases.
    package let per: [Dimension]
    package let window: Window
    package let onExceed: Restraint
    package let maxAmount: Amount?
    package let maxCount: Int64?

    package init(
        id: String, scope: [Condition] = [], per: Set<Dimension> = [], window: Window,
        onExceed: Restraint = .escalate, maxAmount: Amount? = nil, maxCount: Int64? = nil
    ) {
        self.id = id
        self.scope = scope
        self.per = Dimension.allCases.filter(per.contains)
        self.window = window
        self.onExceed = onExceed
        self.maxAmount = maxAmount
        self.maxCount = maxCount
    }

    /// The transaction's fields that this limit reads.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        var fields = scope.reduce(into: Set<String>()) {
            $0.formUnion($1.fields(type, basis: basis))
        }
        fields.formUnion(per.fields(type))
        if maxAmount != nil { fields.formUnion(basis.fields) }
        return fields
    }
}

extension [Limit.Dimension] {
    /// Which account of a limit or pattern a transaction counts in; nil where that cannot be
    /// computed.
    func key(_ facts: Facts) -> String? {
        var key: String?
        for dimension in self {
            let part: String
            switch dimension {
            case .source: part = facts.source.name
            case .asset: part = facts.source.asset.name
            case .entity: part = facts.source.entityID.text
            case .destination:
                guard let destination = facts.destinationKey else { return nil }
                part = destination
            }
            key = key.map { $0 + "|" + part } ?? part
        }
        return key ?? "all"
    }

    /// The transaction's fields that make up the key.
    func fields(_ type: TransactionType) -> Set<String> {
        Set(map { $0 == .destination ? type.destinationField : "account_id" })
    }
}

extension Facts {
    /// Asset and destination in canonical form; nil where the destination is unknown.
    var destinationKey: String? {
        switch destination {
        case .unknown: nil
        case .address, .account:
            source.asset.name + ":" + destinationText.canonicalAddress
        }
    }
}
