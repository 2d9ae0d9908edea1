/// A bound on what is approved over time; it only restrains.
package struct Limit: Hashable, Sendable {
    /// `per`: each combination has an account of its own.
    package enum Dimension: String, Hashable, Sendable, CaseIterable {
        case source, destination, asset, entity
    }

    /// `on_exceed`.
    package enum OnExceed: String, Hashable, Sendable, CaseIterable {
        case escalate, block
    }

    package let id: String
    package let scope: [Condition]
    /// In the order of ``Dimension``'s cases.
    package let per: [Dimension]
    package let window: Window
    package let onExceed: OnExceed
    package let maxAmount: Amount?
    package let maxCount: Int64?

    package init(
        id: String, scope: [Condition] = [], per: Set<Dimension> = [], window: Window,
        onExceed: OnExceed = .escalate, maxAmount: Amount? = nil, maxCount: Int64? = nil
    ) {
        self.id = id
        self.scope = scope
        self.per = Dimension.allCases.filter(per.contains)
        self.window = window
        self.onExceed = onExceed
        self.maxAmount = maxAmount
        self.maxCount = maxCount
    }

    /// Which account of this limit a transaction counts in; nil where that cannot be computed.
    func key(_ facts: Facts) -> String? {
        guard !per.isEmpty else { return "all" }
        var parts: [String] = []
        for dimension in per {
            switch dimension {
            case .source: parts.append(facts.source.name)
            case .asset: parts.append(facts.source.asset.name)
            case .entity: parts.append(facts.source.entityID.text)
            case .destination:
                guard let destination = facts.destinationKey else { return nil }
                parts.append(destination)
            }
        }
        return parts.joined(separator: "|")
    }

    /// The transaction's fields that this limit reads.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        var fields = scope.reduce(into: Set<String>()) {
            $0.formUnion($1.fields(type, basis: basis))
        }
        for dimension in per {
            fields.insert(dimension == .destination ? type.destinationField : "account_id")
        }
        if maxAmount != nil { fields.formUnion(basis.fields) }
        return fields
    }
}

/// How far back a limit looks. Built so far: rolling windows.
package enum Window: Hashable, Sendable {
    /// Counts what was settled after now′ − `milliseconds`.
    case rolling(milliseconds: Int64)

    /// Where the window begins; what was settled at or before it does not count.
    package func start(at now: UnixTime) -> UnixTime {
        switch self {
        case .rolling(let milliseconds): now.advanced(byMilliseconds: -milliseconds)
        }
    }
}

extension Facts {
    /// Asset and destination in canonical form; nil where the destination is unknown.
    var destinationKey: String? {
        switch destination {
        case .unknown: nil
        case .address, .account: source.asset.name + ":" + destinationText
        }
    }
}
