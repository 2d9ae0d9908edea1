/// What a transaction says that a policy can ask about, each read once.
struct Facts {
    enum Destination {
        /// Null, absent or empty: every key of `destination` is UNKNOWN.
        case unknown
        /// Of a withdrawal: ``entry`` is its address book entry.
        case address
        /// Of a transfer: ``ownAccount`` is the policy's account that it names.
        case account
    }

    let type: TransactionType
    let source: PolicyAccount
    let destination: Destination
    /// The address or the receiving account as text; empty where it is unknown.
    let destinationText: String
    /// The entry that the address stands on; nil for none.
    let entry: AddressBook.Entry?
    /// The policy's account that receives; nil for none.
    let ownAccount: PolicyAccount?
    /// −amount; nil where `amount` does not parse or is not below zero.
    let sent: Amount?
    /// nil where `fee_amount` does not parse or is below zero.
    let fee: Amount?
    /// What caps and limits compare; nil is UNKNOWN.
    let amount: Amount?

    /// The fields that make up ``amount`` under the policy's basis.
    let amountFields: Set<String>

    init(_ transaction: Transaction, source: PolicyAccount, policy: Policy) {
        self.init(
            type: transaction.type, source: source,
            destination: transaction.field(transaction.type.destinationField).text,
            sent: Self.sent(transaction, source),
            fee: Self.fee(transaction, source, policy),
            feeAccount: transaction.field("fee_account_id").text, policy: policy)
    }

    init(
        type: TransactionType, source: PolicyAccount, destination: String?, sent: Amount?,
        fee: Amount?, feeAccount: String?, policy: Policy
    ) {
        self.type = type
        self.source = source
        let text = destination ?? ""
        destinationText = text
        switch (type, text.isEmpty) {
        case (_, true):
            self.destination = .unknown
            (entry, ownAccount) = (nil, nil)
        case (.withdrawal, _):
            self.destination = .address
            entry = policy.addressBook.entry(for: text, asset: source.asset.name)
            ownAccount = nil
        case (.transferOutgoing, _):
            self.destination = .account
            ownAccount = AccountID(text).flatMap(policy.account)
            entry = nil
        }
        self.sent = sent
        self.fee = fee
        switch policy.settings.amountBasis {
        case .amount:
            amount = sent
            amountFields = ["amount"]
        case .amountPlusFee:
            amountFields = ["amount", "fee_amount", "fee_account_id"]
            guard let sent, let fee, let feeAccount, !feeAccount.isEmpty else {
                amount = nil
                break
            }
            amount = feeAccount.isVerbatim(source.id.text) ? sent.adding(fee) : sent
        }
    }

    private static func sent(_ transaction: Transaction, _ source: PolicyAccount) -> Amount? {
        guard let text = transaction.field("amount").text,
            let amount = try? Amount(text, precision: source.asset.precision),
            amount.isNegative
        else { return nil }
        return amount.negated
    }

    /// The fee is in the asset of the account that pays it, where that account is ours.
    private static func fee(
        _ transaction: Transaction, _ source: PolicyAccount, _ policy: Policy
    ) -> Amount? {
        let payer = transaction.field("fee_account_id").text
            .flatMap(AccountID.init).flatMap(policy.account)
        guard let text = transaction.field("fee_amount").text,
            let fee = try? Amount(text, precision: (payer ?? source).asset.precision),
            !fee.isNegative
        else { return nil }
        return fee
    }
}
