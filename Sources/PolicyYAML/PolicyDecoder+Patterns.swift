internal import ApprovalCore

extension PolicyDecoder {
    /// The largest `count_at_least`.
    private static let mostCounted: Int64 = 1_000_000_000

    /// The patterns; `rules` are those that they can be near to.
    func patterns(_ fields: YAMLFields, near rules: Listed<Rule>) -> Listed<Pattern> {
        guard let field = fields.optional("patterns") else { return Listed() }
        guard let items = field.items(allowEmpty: true) else { return Listed(isWhole: false) }
        let byID = Dictionary(
            rules.values.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var patterns = listed(items, "pattern") { pattern($0, rules.ids, byID) }
        if !isCountable(patterns.values.map(\.scope), "patterns", at: field) {
            patterns.isWhole = false
        }
        return patterns
    }

    private func pattern(
        _ field: YAMLField, _ ids: Set<String>, _ rules: [String: Rule]
    ) -> Pattern? {
        field.mapping { fields in
            let id = fields.required("id")?.name()
            let action = fields.required("action")?.restraint("a pattern")
            let scope = fields.given("scope") { $0.mapping(limitScope) }.map { $0 ?? [] }
            let per = per(fields)
            let window = fields.required("window").flatMap(self.window)
            let near = fields.required("near")?.mapping { self.near($0, ids, rules) }
            let count = fields.required("count_at_least")?.integer(in: 2...Self.mostCounted)
            guard let id, let action, let scope, let per, let window, let near, let count else {
                return nil
            }
            return Pattern(
                id: id, action: action, scope: scope, per: per, window: window,
                percent: near.percent, caps: near.caps, countAtLeast: count)
        }
    }

    private func near(
        _ fields: YAMLFields, _ ids: Set<String>, _ rules: [String: Rule]
    ) -> (percent: Int, caps: [Pattern.Cap])? {
        let percent = fields.required("percent")?.integer(in: 1...99)
        let caps = fields.required("of")?.distinct { cap($0, ids, rules) }
        guard let percent, let caps else { return nil }
        return (Int(percent), caps)
    }

    private func cap(
        _ field: YAMLField, _ ids: Set<String>, _ rules: [String: Rule]
    ) -> Pattern.Cap? {
        guard let name = field.name(), field.isKnown(name, "rule", in: ids) else { return nil }
        // A rule that could not be read is reported where it stands.
        guard let rule = rules[name] else { return nil }
        guard rule.action == .allow, let upTo = rule.conditions.upTo,
            let assets = rule.conditions.assetNames
        else {
            field.report(
                .noCap,
                "\(Shown.quoted(name)) has no cap to be near to: only an allow rule with"
                    + " `amount.up_to` has one",
                fix: "name the allow rule whose cap might be evaded")
            return nil
        }
        return Pattern.Cap(rule: name, assets: assets, upTo: upTo)
    }
}

extension [Condition] {
    /// `amount.up_to`; nil where there is none.
    var upTo: Amount? {
        for case .amount(let condition) in self { return condition.upTo }
        return nil
    }

    /// `destination`; nil where there is none.
    var destination: DestinationCondition? {
        for case .destination(let condition) in self { return condition }
        return nil
    }
}
