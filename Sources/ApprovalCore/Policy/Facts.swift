/// What a transaction says that a policy can ask about, each read once. A class, for it is handed
/// to every condition.
final class Facts: Sendable {
    enum Destination: Sendable {
        /// Null, absent or empty: every key of `destination` is UNKNOWN.
        case unknown
        /// Of a withdrawal: ``entry`` is its address book entry.
        case address
        /// Of a transfer: ``ownAccount`` is the policy's account that it names.
        case account
    }

    let type: TransactionType
    let moment: Moment
    let source: PolicyAccount
    let destination: Destination
    /// The address or the receiving account as text; empty where it is unknown.
    let destinationText: String
    /// The entry that the address stands on, active or not; nil for none.
    let entry: AddressBook.Entry?
    /// Whether allow rules may count on it.
    let isEntryActive: Bool
    /// The policy's account that receives; nil for none.
    let ownAccount: PolicyAccount?
    /// −amount; nil where `amount` does not parse or is not below zero.
    let sent: Amount?
    /// nil where `fee_amount` does not parse or is below zero.
    let fee: Amount?
    /// When the platform created it; nil where that is missing or of another form.
    let createdAt: UnixTime?
    /// Who pays the fee; nil where the transaction does not say.
    let feeAccount: String?
    /// The policy's account that pays the fee, where it holds another asset than the source: the
    /// fee is no amount of the source's asset then.
    let foreignPayer: PolicyAccount?
    /// What caps and limits compare; nil is UNKNOWN.
    let amount: Amount?
    /// Of the source's entity; nil where it was not read.
    let tier: Tier?

    private let basis: Settings.AmountBasis
    /// Of the fields that make up ``amount``, those that cannot be read; all of them where each
    /// can be, but not together.
    var unreadAmountFields: Set<String> {
        var unread: Set<String> = sent == nil ? ["amount"] : []
        switch basis {
        case .amount: break
        case .amountPlusFee:
            if fee == nil { unread.insert("fee_amount") }
            if feeAccount == nil { unread.insert("fee_account_id") }
        }
        return unread.isEmpty ? basis.fields : unread
    }

    convenience init(_ subject: Case, source: PolicyAccount, at moment: Moment, policy: Policy) {
        let transaction = subject.transaction
        let payer = transaction.field("fee_account_id").text
        let foreign = Self.foreign(payer, source, policy)
        self.init(
            type: transaction.type, at: moment, source: source,
            destination: transaction.field(transaction.type.destinationField).text,
            sent: Self.sent(transaction, source),
            fee: Self.fee(transaction, (foreign ?? source).asset), feeAccount: payer,
            foreignPayer: foreign, createdAt: transaction.createdAt, tier: subject.tier,
            policy: policy)
    }

    /// What is known today of something that was decided.
    convenience init(_ exposure: Exposure, from source: PolicyAccount, policy: Policy) {
        self.init(
            type: exposure.type, at: Moment(now: UnixTime(milliseconds: 0)), source: source,
            destination: exposure.destination, sent: exposure.sent, fee: exposure.fee,
            feeAccount: exposure.feeAccount, policy: policy)
    }

    /// What was known of something when it was decided.
    convenience init(_ exposure: Exposure, as known: Provenance, policy: Policy) {
        self.init(
            type: exposure.type, at: Moment(now: UnixTime(milliseconds: 0)), source: known.source,
            destination: exposure.destination, sent: exposure.sent, fee: exposure.fee,
            feeAccount: exposure.feeAccount, known: known, policy: policy)
    }

    init(
        type: TransactionType, at moment: Moment, source: PolicyAccount, destination: String?,
        sent: Amount?, fee: Amount?, feeAccount: String?, foreignPayer: PolicyAccount? = nil,
        createdAt: UnixTime? = nil, tier: Tier? = nil, known: Provenance? = nil, policy: Policy
    ) {
        self.tier = tier
        self.createdAt = createdAt
        self.type = type
        self.moment = moment
        self.source = source
        let text = destination ?? ""
        destinationText = text
        switch (type, text.isEmpty) {
        case (_, true):
            self.destination = .unknown
            (entry, ownAccount) = (nil, nil)
        case (.withdrawal, _):
            self.destination = .address
            entry =
                known.map { $0.entry(text) }
                ?? policy.addressBook.entry(for: text, asset: source.asset.name)
            ownAccount = nil
        case (.transferOutgoing, _):
            self.destination = .account
            ownAccount = known.map(\.receiver) ?? AccountID(text).flatMap(policy.account)
            entry = nil
        }
        isEntryActive = entry?.isActive(at: moment.now) ?? false
        self.sent = sent
        self.fee = fee
        let payer = feeAccount.flatMap { $0.isEmpty ? nil : $0 }
        self.feeAccount = payer
        self.foreignPayer = foreignPayer
        basis = policy.settings.amountBasis
        switch basis {
        case .amount:
            amount = sent
        case .amountPlusFee:
            guard let sent, let fee, let payer else {
                amount = nil
                break
            }
            amount = payer.isVerbatim(source.id.text) ? sent.adding(fee) : sent
        }
    }

    private static func sent(_ transaction: Transaction, _ source: PolicyAccount) -> Amount? {
        guard let text = transaction.field("amount").text,
            let amount = try? Amount(text, precision: source.asset.precision),
            amount.isNegative
        else { return nil }
        return amount.negated
    }

    /// The policy's account that pays, where it holds another asset than the source.
    private static func foreign(
        _ payer: String?, _ source: PolicyAccount, _ policy: Policy
    ) -> PolicyAccount? {
        guard let payer, !payer.isVerbatim(source.id.text),
            let account = AccountID(payer).flatMap(policy.account)
        else { return nil }
        return account.asset == source.asset ? nil : account
    }

    /// The fee is in the asset of the account that pays it, where that account is ours.
    private static func fee(_ transaction: Transaction, _ asset: PolicyAsset) -> Amount? {
        guard let text = transaction.field("fee_amount").text,
            let fee = try? Amount(text, precision: asset.precision), !fee.isNegative
        else { return nil }
        return fee
    }
}
