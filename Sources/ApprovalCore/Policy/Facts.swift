/// What a transaction says that a policy can ask about, each read once.
struct Facts {
    enum Destination {
        /// Null, absent or empty: every key of `destination` is UNKNOWN.
        case unknown
        /// Of a withdrawal, with its address book entry where it is on one.
        case address(String, AddressBook.Entry?)
        /// Of a transfer, with the policy's account where it is one.
        case account(String, PolicyAccount?)
    }

    let type: TransactionType
    let source: PolicyAccount
    let destination: Destination
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
        self.destination = Self.destination(type, destination, source, policy)
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

    private static func destination(
        _ type: TransactionType, _ text: String?, _ source: PolicyAccount, _ policy: Policy
    ) -> Destination {
        guard let text, !text.isEmpty else { return .unknown }
        switch type {
        case .withdrawal:
            return .address(text, policy.addressBook.entry(for: text, asset: source.asset.name))
        case .transferOutgoing:
            return .account(text, AccountID(text).flatMap(policy.account))
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
