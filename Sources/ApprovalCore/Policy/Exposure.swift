/// What a reservation holds against limits: enough to count it again under another policy.
package struct Exposure: Hashable, Sendable {
    package let type: TransactionType
    package let accountID: AccountID
    /// The address or the receiving account, as signed.
    package let destination: String
    /// What leaves the account, above zero.
    package let sent: Amount
    /// The fee, zero or more.
    package let fee: Amount
    /// Who pays the fee; nil where the transaction did not say.
    package let feeAccount: String?
    /// The reference under which it goes; nil where the transaction has none.
    package let reference: String?
    /// What was known of it when it was decided; nil in a ledger that did not keep that yet.
    package let provenance: Provenance?

    package init(
        type: TransactionType, accountID: AccountID, destination: String, sent: Amount,
        fee: Amount, feeAccount: String?, reference: String? = nil, provenance: Provenance? = nil
    ) {
        self.type = type
        self.accountID = accountID
        self.destination = destination
        self.sent = sent
        self.fee = fee
        self.feeAccount = feeAccount
        self.reference = reference
        self.provenance = provenance
    }
}

/// That an exposure counts in one account of one limit or pattern.
package struct LimitMembership: Hashable, Sendable {
    /// A limit's id, or a pattern's ``Pattern/counter``.
    package let limit: String
    package let key: String
    /// By the policy's amount basis.
    package let amount: Amount

    package init(limit: String, key: String, amount: Amount) {
        self.limit = limit
        self.key = key
        self.amount = amount
    }
}

extension Policy {
    /// Every limit and pattern in which an exposure counts under this policy, at any time: those
    /// that it meets as the policy knows it today, and those that it meets as it was known when it
    /// was decided. INVARIANT: I5. An entry or account that went away clears nothing.
    package func memberships(of exposure: Exposure) -> [LimitMembership] {
        var memberships: [LimitMembership] = []
        for facts in known(of: exposure) {
            let amount = facts.amount ?? exposure.withFee
            let counting = counting(facts, outlines.sight(facts))
            func count(_ counter: String, _ per: [Limit.Dimension]) {
                guard !memberships.contains(where: { $0.limit == counter }),
                    let key = per.key(facts)
                else { return }
                memberships.append(LimitMembership(limit: counter, key: key, amount: amount))
            }
            for limit in counting.limits { count(limit.id, limit.per) }
            for pattern in counting.patterns { count(pattern.counter, pattern.per) }
        }
        return memberships
    }

    /// What is known of an exposure, today first.
    private func known(of exposure: Exposure) -> [Facts] {
        let today = account(exposure.accountID).map { Facts(exposure, from: $0, policy: self) }
        guard let provenance = exposure.provenance else { return today.map { [$0] } ?? [] }
        if let today, Provenance(today) == provenance { return [today] }
        let then = Facts(exposure, as: provenance, policy: self)
        return today.map { [$0, then] } ?? [then]
    }
}

extension Policy {
    /// The limits and patterns that are TRUE or UNKNOWN for what facts say.
    func counting(
        _ facts: Facts, _ sight: Outline.Sight
    ) -> (limits: [Limit], patterns: [Pattern]) {
        let (limits, patterns) = (limits, patterns)
        return (
            outlines.limits.positions(sight, from: facts.source).compactMap {
                limits[$0].scope.match(facts) == .isFalse ? nil : limits[$0]
            },
            outlines.patterns.positions(sight, from: facts.source).compactMap {
                patterns[$0].match(facts) == .isFalse ? nil : patterns[$0]
            }
        )
    }
}

extension Exposure {
    /// Sent and fee together; the largest amount where the sum is beyond it, for what was approved
    /// always counts.
    fileprivate var withFee: Amount {
        sent.addingOrGreatest(fee)
    }
}
