package import ApprovalCore

/// What the platform says that ever happened: asked for by reconciling alone, with GETs alone.
package protocol CustodyHistory: Sendable {
    /// One page of every `WITHDRAWAL` and `TRANSFER_OUTGOING` of an account, whatever its state,
    /// oldest first; `page` counts from 1. `since` leaves out what was created earlier. The
    /// platform may ignore each filter: every item must be checked.
    ///
    /// Type and creation never change: nothing leaves this list while it is read, so that no page
    /// can skip anything, and what is new comes at its end.
    func history(
        of account: PolicyAccount, since: UnixTime?, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage

    /// One page of an entity's accounts; `page` counts from 1.
    func accounts(
        of entity: EntityID, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage

    /// As ``Custody/transaction(_:of:)``.
    func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction
}

/// What the ledger knows that explains an approval.
package protocol ApprovalRecords: Sendable {
    /// What is known of a transaction; nil where no entry is about it.
    func record(of id: TransactionID) async throws(LedgerError) -> ApprovalRecord?

    /// Transactions that something was ever signed for, in order of their ids, after this one.
    func signed(
        after id: TransactionID?, limit: Int
    ) async throws(LedgerError) -> [TransactionID]

    /// Every item that holds an open reservation, oldest first.
    func unfinished() async throws(LedgerError) -> [LedgerItem]
}

/// What the ledger knows of one transaction, as far as it explains an approval.
package struct ApprovalRecord: Hashable, Sendable {
    /// nil where it could never be read: it was only quarantined.
    package let item: LedgerItem?
    /// The last verdict on it while it was PENDING; nil where there was none. A decision on what
    /// was approved already says nothing of whether it should have been.
    package let verdict: Decision.Action?
    /// When it was signed; nil where nothing was.
    package let signedAt: UnixTime?

    package init(item: LedgerItem?, verdict: Decision.Action?, signedAt: UnixTime?) {
        self.item = item
        self.verdict = verdict
        self.signedAt = signedAt
    }
}
