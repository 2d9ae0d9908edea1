internal import ApprovalCore

extension [Condition] {
    /// Whether a transaction of this type from this account is certain to exist that meets these
    /// conditions and those of `other`; both cover the account and the type.
    func overlaps(
        _ other: [Condition], for type: TransactionType, from account: PolicyAccount,
        _ tags: BookTags
    ) -> Bool {
        guard amountOverlaps(other), feeOverlaps(other, account), hoursOverlap(other) else {
            return false
        }
        guard let one = destination, let two = other.destination,
            let shared = one.shared(with: two), shared.canHold(for: type)
        else { return false }
        switch type {
        case .withdrawal: return tags.isAny(shared, asset: account.asset.name)
        case .transferOutgoing: return true
        }
    }

    /// Above the greater of the one bounds there is something up to the lesser of the others.
    private func amountOverlaps(_ other: [Condition]) -> Bool {
        let bounds = (self + other).compactMap { condition in
            if case .amount(let amount) = condition { amount } else { nil }
        }
        return bounds.allSatisfy { lower in
            guard let moreThan = lower.moreThan else { return true }
            return bounds.allSatisfy { $0.upTo.map { $0.isAtMost(moreThan) == false } ?? true }
        }
    }

    /// A fee of nothing, paid by an account that both accept. What asks for a higher fee is not
    /// certain.
    private func feeOverlaps(
        _ other: [Condition], _ account: PolicyAccount
    ) -> Bool {
        let fees = (self + other).compactMap { condition in
            if case .fee(let fee) = condition { fee } else { nil }
        }
        guard fees.allSatisfy({ $0.moreThan == nil }) else { return false }
        let payers = fees.compactMap(\.accounts)
        guard let first = payers.first else { return true }
        let shared = payers.dropFirst().reduce(first) { $0.intersection($1) }
        return payers.count == fees.count ? !shared.isEmpty : shared.contains(account.id)
    }

    private func hoursOverlap(_ other: [Condition]) -> Bool {
        let hours = (self + other).compactMap { condition in
            if case .when(let hours) = condition { hours } else { nil }
        }
        let days = hours.compactMap(\.days)
        let shared = days.dropFirst().reduce(days.first ?? []) { $0.intersection($1) }
        let from = hours.map(\.from).max() ?? 0
        let to = hours.map(\.to).min() ?? 1
        return from < to && (days.isEmpty || !shared.isEmpty)
    }
}

extension DestinationCondition {
    /// What is certain to meet both; nil where nothing is.
    fileprivate func shared(with other: DestinationCondition) -> DestinationCondition? {
        guard let labels = Self.both(labels, other.labels), let tags = Self.both(tags, other.tags),
            let accounts = Self.both(accounts, other.accounts),
            kind == nil || other.kind == nil || kind == other.kind
        else { return nil }
        return DestinationCondition(
            labels: labels, tags: tags, kind: kind ?? other.kind, accounts: accounts)
    }

    /// nil where nothing is in both.
    private static func both<Value>(_ one: Set<Value>?, _ two: Set<Value>?) -> Set<Value>?? {
        guard let one, let two else { return .some(one ?? two) }
        let shared = one.intersection(two)
        return shared.isEmpty ? nil : .some(shared)
    }
}
