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

    package init(
        type: TransactionType, accountID: AccountID, destination: String, sent: Amount,
        fee: Amount, feeAccount: String?
    ) {
        self.type = type
        self.accountID = accountID
        self.destination = destination
        self.sent = sent
        self.fee = fee
        self.feeAccount = feeAccount
    }
}

/// That an exposure counts in one account of one limit.
package struct LimitMembership: Hashable, Sendable {
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
    /// Every limit in which an exposure counts under this policy. An account that the policy no
    /// longer names counts nowhere.
    package func memberships(of exposure: Exposure) -> [LimitMembership] {
        guard let source = account(exposure.accountID) else { return [] }
        let facts = Facts(
            type: exposure.type, source: source, destination: exposure.destination,
            sent: exposure.sent, fee: exposure.fee, feeAccount: exposure.feeAccount, policy: self)
        return limits.compactMap { limit in
            guard limit.scope.match(facts) != .isFalse, let key = limit.key(facts) else {
                return nil
            }
            return LimitMembership(
                limit: limit.id, key: key, amount: facts.amount ?? exposure.withFee)
        }
    }
}

extension Exposure {
    /// Sent and fee together; the largest amount where the sum is beyond it, for what was approved
    /// always counts.
    fileprivate var withFee: Amount {
        sent.adding(fee) ?? Amount(units: .max, scale: sent.scale) ?? sent
    }
}
