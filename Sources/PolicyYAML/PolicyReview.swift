internal import ApprovalCore

/// A look at what was read as a whole: what can never take effect, and what is not bounded. It
/// says only what is certain, whatever transactions may come.
struct PolicyReview {
    let rules: Listed<Rule>
    let limits: Listed<Limit>
    let patterns: Listed<Pattern>
    let names: PolicyNames
    let book: AddressBook?
    /// Where `groups` stands; nil where it does not.
    let groups: YAMLField?
    let unboundedExposure: Finding.Severity
    let accounts: [PolicyAccount]

    init(
        rules: Listed<Rule>, limits: Listed<Limit>, patterns: Listed<Pattern>,
        names: PolicyNames, book: AddressBook?, groups: YAMLField?,
        unboundedExposure: Finding.Severity
    ) {
        self.groups = groups
        self.rules = rules
        self.limits = limits
        self.patterns = patterns
        self.names = names
        self.book = book
        self.unboundedExposure = unboundedExposure
        accounts = names.readAccounts.sorted { $0.name < $1.name }
    }

    /// Reports nothing of rules and scopes where an account could not be read: it might be the
    /// one that they are about.
    func report() {
        guard names.areAccountsRead else { return }
        reportDeadRules()
        reportDeadLimits()
        reportDeadPatterns()
        reportLimitsTwice()
        reportGroups()
        if limits.isWhole { reportUnbounded() }
    }

    private func reportDeadRules() {
        let entries = book.map { BookTags($0, for: rules.values) }
        for rule in rules.items {
            let conditions = rule.value.conditions
            if let why = deadScope(conditions) ?? entries?.why(conditions, accounts) {
                rule.field.report(
                    .deadRule, "this rule can never be TRUE: \(why)",
                    fix: "correct its conditions, or remove it")
            } else {
                reportOtherAssets(rule.field, conditions)
            }
        }
    }

    private func reportDeadLimits() {
        for limit in limits.items {
            if let why = deadScope(limit.value.scope) {
                limit.field.report(
                    .deadLimit, "no transaction can count in this limit: \(why)",
                    fix: "correct its `scope`, or remove it")
            } else if let scope = limit.field.child("scope") {
                reportOtherAssets(scope, limit.value.scope)
            }
        }
    }

    private func reportDeadPatterns() {
        let conditions = Dictionary(
            rules.values.map { ($0.id, $0.conditions) }, uniquingKeysWith: { first, _ in first })
        for pattern in patterns.items {
            let isSeen = pattern.value.caps.contains { cap in
                (pattern.value.scope + (conditions[cap.rule] ?? [])).canReach(accounts)
            }
            if !isSeen {
                pattern.field.report(
                    .deadPattern,
                    "this pattern can never be seen: what its `scope` covers is granted by none of"
                        + " the rules in `near.of`",
                    fix: "correct its `scope`, or name the rules that it is about")
            } else if let scope = pattern.field.child("scope") {
                reportOtherAssets(scope, pattern.value.scope)
            }
        }
    }

    /// Why nothing can be in a scope; nil where something can.
    private func deadScope(_ scope: [Condition]) -> String? {
        guard !scope.canReach(accounts) else { return nil }
        let elsewhere = scope.filter { if case .destination = $0 { false } else { true } }
        return !elsewhere.canReach(accounts)
            ? "none of the accounts in `source` holds what `asset` names, or none of them is of the"
                + " entity"
            : "`labels`, `tags` and `kind: allowlisted` hold for withdrawals alone, `accounts` and"
                + " `kind: account` for transfers alone, and this asks for both, or for another"
                + " `type`"
    }

    private struct LimitKind: Hashable {
        let scope: Set<Condition>
        let per: [Limit.Dimension]
        let window: Window
        let onExceed: Restraint
        let isOfAmount: Bool
    }

    private func reportLimitsTwice() {
        var lines: [LimitKind: Int] = [:]
        for limit in limits.items {
            let value = limit.value
            let kinds = [value.maxAmount.map { _ in true }, value.maxCount.map { _ in false }]
                .compactMap { $0 }.map {
                    LimitKind(
                        scope: Set(value.scope), per: value.per, window: value.window,
                        onExceed: value.onExceed, isOfAmount: $0)
                }
            for kind in kinds {
                guard let line = lines[kind] else {
                    lines[kind] = limit.field.position.line
                    continue
                }
                limit.field.report(
                    .limitTwice,
                    "this limit counts the same as the one on line \(line); of the two"
                        + " \(kind.isOfAmount ? "`max_amount`" : "`max_count`") only the lower"
                        + " matters",
                    fix: "keep one of them")
            }
        }
    }
}
