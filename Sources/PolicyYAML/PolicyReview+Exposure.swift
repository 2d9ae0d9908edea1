internal import ApprovalCore

extension PolicyReview {
    /// Every allow rule must stand under limits that bound the sum of what it grants.
    func reportUnbounded() {
        let bounds = sumsBounded()
        for rule in rules.items where rule.value.action == .allow {
            let destination = rule.value.conditions.destination
            let open = rule.value.conditions.reach(accounts).filter { reach in
                !isWithin(destination, bounds[reach] ?? [])
            }
            for type in TransactionType.allCases {
                let from = Set(open.lazy.filter { $0.type == type }.map(\.account))
                if !from.isEmpty { report(rule, type, accounts.filter { from.contains($0.id) }) }
            }
        }
    }

    /// The destinations whose sums are bounded, for all that can leave an account; nil among them
    /// is all of them. A limit per destination bounds nothing in sum: there can always be another
    /// one.
    private func sumsBounded() -> [Reach: [DestinationCondition?]] {
        var bounds: [Reach: [DestinationCondition?]] = [:]
        for limit in limits.values
        where limit.maxAmount != nil && !limit.per.contains(.destination) {
            for reach in limit.scope.reach(accounts) {
                bounds[reach, default: []].append(limit.scope.destination)
            }
        }
        return bounds
    }

    /// Whether every destination that a rule grants is one of those that are bounded: by one limit
    /// as a whole, or each of its labels, tags and accounts by some limit.
    private func isWithin(
        _ destination: DestinationCondition?, _ bounds: [DestinationCondition?]
    ) -> Bool {
        func isBounded(_ part: DestinationCondition?) -> Bool {
            bounds.contains { bound in
                bound.map { part?.isWithin($0) == true } ?? true
            }
        }
        if isBounded(destination) { return true }
        guard !bounds.isEmpty, let parts = destination?.parts else { return false }
        return parts.allSatisfy(isBounded)
    }

    private func report(
        _ rule: Placed<Rule>, _ type: TransactionType, _ open: [PolicyAccount]
    ) {
        let id = rule.value.id
        let asset = open[0].asset.name
        let named = open.prefix(10).map(\.name)
        let more = open.count > named.count ? " and \(open.count - named.count) more" : ""
        // Beyond what can be listed, a limit over all accounts bounds these too.
        let source =
            more.isEmpty ? "source: { accounts: [\(named.joined(separator: ", "))] }, " : ""
        let most = rule.value.conditions.upTo?.short ?? "1"
        rule.field.findings.report(
            .unboundedExposure, severity: unboundedExposure, at: rule.field.position,
            path: rule.field.path,
            "\(Shown.word(id)) allows \(type.rawValue) of \(Shown.word(asset)) from"
                + " \(named.map(Shown.word).joined(separator: ", "))\(more), and no limit with"
                + " `max_amount` bounds their sum over all destinations",
            fix: "write the sum that you mean under `limits`: - { id: \(id.prefix(60))-sum, scope:"
                + " { type: [\(type.rawValue)], \(source)asset: [\(asset)] }, window: { rolling:"
                + " 24h }, max_amount: \"\(most)\" }")
    }
}

extension DestinationCondition {
    /// More combinations than this are not looked at one by one.
    private static let mostParts = 1_024

    /// Whether whatever this holds for, `other` holds for too.
    fileprivate func isWithin(_ other: DestinationCondition) -> Bool {
        let isListed =
            other.labels.map { labels?.isSubset(of: $0) == true } != false
            && other.tags.map { tags?.isSubset(of: $0) == true } != false
            && other.accounts.map { accounts?.isSubset(of: $0) == true } != false
        guard isListed else { return false }
        switch other.kind {
        case nil: return true
        case .allowlisted: return kind == .allowlisted || labels != nil || tags != nil
        case .account: return kind == .account || accounts != nil
        }
    }

    /// Conditions of one label, tag and account each, that together hold for the same; nil for too
    /// many.
    fileprivate var parts: [DestinationCondition]? {
        let count = (labels?.count ?? 1) * (tags?.count ?? 1) * (accounts?.count ?? 1)
        guard count <= Self.mostParts else { return nil }
        return single(labels).flatMap { label in
            single(tags).flatMap { tag in
                single(accounts).map { account in
                    DestinationCondition(labels: label, tags: tag, kind: kind, accounts: account)
                }
            }
        }
    }

    private func single<Value: Hashable>(_ set: Set<Value>?) -> [Set<Value>?] {
        set?.map { [$0] } ?? [nil]
    }
}
