package import ApprovalCore

/// Something that a person should look at, told to whoever is on duty.
package struct Notice: Hashable, Sendable {
    /// What is told of.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case escalated, hold, conflict
        /// An approval at the platform that the ledger does not explain.
        case unexplained
    }

    package let kind: Kind
    /// As it was listed; nil where it had no id that could be read.
    package let transactionID: String?
    package let accountID: AccountID
    package let reasons: [Reason]
    /// When it was first found so.
    package let since: UnixTime
    /// 0 for the first notice of it, then 1, 2, …
    package let repetition: Int

    package init(
        kind: Kind, transactionID: String?, accountID: AccountID, reasons: [Reason],
        since: UnixTime, repetition: Int
    ) {
        self.kind = kind
        self.transactionID = transactionID
        self.accountID = accountID
        self.reasons = reasons
        self.since = since
        self.repetition = repetition
    }
}
