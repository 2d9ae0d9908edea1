/// `fee: {more_than, up_to, account}`: more than the one, at most the other, paid by any of. The
/// bounds are in the asset of the accounts, where they are named, else in the source's.
package struct FeeCondition: Hashable, Sendable {
    package let moreThan: Amount?
    package let upTo: Amount?
    /// nil where the key is not written.
    package let accounts: Set<AccountID>?

    package init(
        moreThan: Amount? = nil, upTo: Amount? = nil, accounts: Set<AccountID>? = nil
    ) {
        self.moreThan = moreThan
        self.upTo = upTo
        self.accounts = accounts
    }

    func matches(_ facts: Facts) -> Match {
        var match = Match.isTrue
        if let moreThan {
            match = match.and(isAtMost(moreThan, facts).map { Match(!$0) } ?? Self.unknownFee)
        }
        if let upTo {
            match = match.and(isAtMost(upTo, facts).map(Match.init) ?? Self.unknownFee)
        }
        if let accounts {
            match = match.and(
                facts.feeAccount.map { payer in
                    Match(accounts.contains { $0.text.isVerbatim(payer) })
                } ?? .unknown(fields: ["fee_account_id"]))
        }
        return match
    }

    private static let unknownFee = Match.unknown(fields: ["fee_amount"])

    /// A fee in another asset than the source's is compared only where its payer is named, for
    /// the bounds are then in the payer's asset.
    private func isAtMost(_ bound: Amount, _ facts: Facts) -> Bool? {
        if let payer = facts.foreignPayer, accounts?.contains(payer.id) != true { return nil }
        return facts.fee?.isAtMost(bound)
    }

    /// The transaction's fields that this condition reads.
    func fields(_ basis: Settings.AmountBasis) -> Set<String> {
        var fields: Set<String> = accounts == nil ? [] : ["fee_account_id"]
        if moreThan != nil || upTo != nil { fields.formUnion(basis.feeFields) }
        return fields
    }
}
