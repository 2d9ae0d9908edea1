internal import ApprovalCore

// What is asked of people, and of the platform's tier, looked at as a whole.
extension PolicyReview {
    /// More pairs of rules than this are not looked at.
    private static let mostPairs = 20_000

    func reportGroups() {
        if rules.isWhole { reportUnusedGroups() }
        reportOwnApprovers()
        reportManyEntities()
        reportAmbiguousQuorums()
        reportTiers()
    }

    private func reportUnusedGroups() {
        let used = Set(rules.values.compactMap(\.quorum?.group.name))
        guard let groups, case .mapping = groups.node.content else { return }
        for (name, _) in groups.fields()?.everyEntry() ?? [] {
            guard case .scalar(let text, _) = name.node.content, !used.contains(text),
                names.groups[text] != nil
            else { continue }
            name.report(
                .unusedGroup, "no rule asks the group \(Shown.word(text))",
                fix: "name it in the `quorum` of an allow rule, or remove it")
        }
    }

    /// Who owns an account must not be among those who watch over it.
    private func reportOwnApprovers() {
        for rule in rules.items {
            guard let quorum = rule.value.quorum,
                let field = rule.field.child("quorum")?.child("group")
            else { continue }
            for member in quorum.group.members {
                let own = accounts.first {
                    $0.entityID == member.entityID && rule.value.conditions.canReach([$0])
                }
                guard let own else { continue }
                field.report(
                    .ownApprover,
                    "the member \(Shown.word(member.name)) is the entity of the account"
                        + " \(Shown.word(own.name)), which this rule is about",
                    fix: "write the person's own entity, or ask another group")
            }
        }
    }

    /// A group's approval method belongs to one entity: for the accounts of all others it is wrong.
    private func reportManyEntities() {
        var owners: [String: PolicyAccount] = [:]
        for rule in rules.items {
            guard let quorum = rule.value.quorum else { continue }
            let reached = accounts.filter { rule.value.conditions.canReach([$0]) }
            guard let first = owners[quorum.group.name] ?? reached.first else { continue }
            owners[quorum.group.name] = first
            guard let other = reached.first(where: { $0.entityID != first.entityID }) else {
                continue
            }
            rule.field.child("quorum")?.child("group")?.report(
                .groupOfMany,
                "\(Shown.word(quorum.group.name)) is asked for \(Shown.word(first.name)) and"
                    + " \(Shown.word(other.name)), which belong to different entities; its approval"
                    + " method belongs to one, so for one of them nobody is asked (GROUP_CHANGED)",
                fix: "define a group for each entity")
        }
    }

    /// Rules that can be TRUE together and ask differently: what both allow is on hold.
    private func reportAmbiguousQuorums() {
        let asking = rules.items.filter { $0.value.quorum != nil }
        guard let book, asking.count > 1 else { return }
        let tags = BookTags(book, for: asking.map(\.value))
        var left = Self.mostPairs
        for (index, rule) in asking.enumerated() {
            for other in asking[..<index] where other.value.quorum != rule.value.quorum {
                guard left > 0 else { return }
                left -= 1
                guard isMet(rule.value.conditions, other.value.conditions, tags) else { continue }
                rule.field.child("quorum")?.report(
                    .ambiguousQuorum,
                    "the rule on line \(other.field.position.line) can allow the same transaction"
                        + " and asks otherwise; what both allow is on hold (QUORUM_AMBIGUOUS)",
                    fix: "write the same `quorum` in both, or let only one of them apply")
                break
            }
        }
    }

    /// Whether some transaction is certain to meet both.
    private func isMet(_ one: [Condition], _ other: [Condition], _ tags: BookTags) -> Bool {
        accounts.contains { account in
            TransactionType.allCases.contains { type in
                one.covers(type, account) && other.covers(type, account)
                    && one.overlaps(other, for: type, from: account, tags)
            }
        }
    }

    private func reportTiers() {
        for rule in rules.items {
            guard let field = rule.field.child("tier"), rule.value.conditions.asksTier else {
                continue
            }
            let others = accounts.filter {
                $0.asset.name != TierCondition.asset && rule.value.conditions.canReach([$0])
            }
            guard !others.isEmpty else { continue }
            let assets = Set(others.map(\.asset.name)).sorted().prefix(10).map(Shown.word)
            field.report(
                .tierElsewhere,
                "a tier is in euros, and the platform gives no rate: for"
                    + " \(assets.joined(separator: ", ")) it is UNKNOWN, so this rule "
                    + (rule.value.action == .allow
                        ? "never allows anything there" : "takes effect there whatever the tier"),
                fix: "write it for the asset that is named `\(TierCondition.asset)` alone, or"
                    + " remove it")
        }
    }
}

extension [Condition] {
    fileprivate var asksTier: Bool {
        contains { if case .tier = $0 { true } else { false } }
    }
}
