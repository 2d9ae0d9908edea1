/// A habit that no single transaction shows, such as payments split to stay below a cap. It
/// counts what is allowed, and only restrains.
package struct Pattern: Hashable, Sendable {
    /// The cap of a rule, and the assets that the rule is for.
    package struct Cap: Hashable, Sendable {
        package let rule: String
        package let assets: Set<String>
        package let upTo: Amount

        package init(rule: String, assets: Set<String>, upTo: Amount) {
            self.rule = rule
            self.assets = assets
            self.upTo = upTo
        }
    }

    package let id: String
    package let action: Restraint
    package let scope: [Condition]
    /// In the order of ``Limit/Dimension``'s cases.
    package let per: [Limit.Dimension]
    package let window: Window
    /// An amount is near a cap where it is at most the cap and above the cap less this many
    /// percent of it, 1 to 99.
    package let percent: Int
    package let caps: [Cap]
    /// From so many on, this one included, it takes effect; 1 at least.
    package let countAtLeast: Int64

    package init(
        id: String, action: Restraint, scope: [Condition] = [], per: Set<Limit.Dimension> = [],
        window: Window, percent: Int, caps: [Cap], countAtLeast: Int64
    ) {
        self.id = id
        self.action = action
        self.scope = scope
        self.per = Limit.Dimension.allCases.filter(per.contains)
        self.window = window
        self.percent = percent
        self.caps = caps
        self.countAtLeast = max(countAtLeast, 1)
    }

    /// The name under which it is counted; no limit can have it, for a name has no colon.
    package var counter: String { "pattern:" + id }

    /// Whether a transaction is one of those that it counts.
    func match(_ facts: Facts) -> Match {
        scope.match(facts).and(isNearCap(facts))
    }

    private func isNearCap(_ facts: Facts) -> Match {
        guard let amount = facts.amount else { return .unknown(fields: facts.unreadAmountFields) }
        var unsure = false
        for cap in caps where cap.assets.holds(facts.source.asset.name) {
            switch amount.isNear(cap.upTo, percent: percent) {
            case true?: return .isTrue
            case false?: continue
            case nil: unsure = true
            }
        }
        return unsure ? .unknown(fields: facts.unreadAmountFields) : .isFalse
    }

    /// The transaction's fields that this pattern reads.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        scope.reduce(into: basis.fields.union(per.fields(type))) {
            $0.formUnion($1.fields(type, basis: basis))
        }
    }
}

extension Amount {
    /// Whether this is at most `cap` and above `cap` less `percent` of it; nil where that
    /// overflows.
    fileprivate func isNear(_ cap: Amount, percent: Int) -> Bool? {
        let scale = max(scale, cap.scale)
        guard let amount = rescaled(to: scale)?.units, let cap = cap.rescaled(to: scale)?.units
        else { return nil }
        guard amount <= cap else { return false }
        let (left, first) = amount.multipliedReportingOverflow(by: 100)
        let (right, second) = cap.multipliedReportingOverflow(by: Int128(100 - percent))
        return first || second ? nil : left > right
    }
}
