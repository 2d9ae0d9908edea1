package import ApprovalCore

/// A reading of the clock, and whether its skew against the platform was within bounds; only such
/// a reading moves the ledger's last seen time.
package struct Reading: Hashable, Sendable {
    package let time: UnixTime
    package let isTrusted: Bool

    package init(time: UnixTime, isTrusted: Bool) {
        self.time = time
        self.isTrusted = isTrusted
    }
}

/// A transaction to be settled.
package struct Proposal: Hashable, Sendable {
    package let transactionID: TransactionID
    package let accountID: AccountID
    /// The transaction's body: kept as a content-addressed blob of at most 16 KiB.
    package let body: [UInt8]
    /// The account's body, which is decided on too: kept likewise.
    package let accountBody: [UInt8]

    package init(
        transactionID: TransactionID, accountID: AccountID, body: [UInt8],
        accountBody: [UInt8] = []
    ) {
        self.transactionID = transactionID
        self.accountID = accountID
        self.body = body
        self.accountBody = accountBody
    }
}

/// An outgoing transaction that the platform shows approved, and no signature of ours explains.
package struct Spent: Hashable, Sendable {
    package let transactionID: TransactionID
    package let accountID: AccountID
    /// The transaction's body: kept as a blob.
    package let body: [UInt8]
    /// What it counts, and where; nil where no limit can tell, such as an asset that the policy
    /// does not know.
    package let reservation: Reservation?

    package init(
        transactionID: TransactionID, accountID: AccountID, body: [UInt8],
        reservation: Reservation?
    ) {
        self.transactionID = transactionID
        self.accountID = accountID
        self.body = body
        self.reservation = reservation
    }
}

/// What was judged, and what is to be written of it.
package struct Judgement: Sendable {
    package let decision: Decision
    /// The members of the `decided` entry beside those that the ledger adds.
    package let entry: [JSONMember]
    /// Equal fingerprints say that a new entry would tell nothing new.
    package let fingerprint: Digest
    /// Present exactly for `allow`: what to reserve, and where it counts.
    package let reservation: Reservation?

    package init(
        decision: Decision, entry: [JSONMember], fingerprint: Digest, reservation: Reservation?
    ) {
        self.decision = decision
        self.entry = entry
        self.fingerprint = fingerprint
        self.reservation = reservation
    }
}

/// An exposure and the limits in which it counts.
package struct Reservation: Hashable, Sendable {
    package let exposure: Exposure
    package let memberships: [LimitMembership]

    package init(exposure: Exposure, memberships: [LimitMembership]) {
        self.exposure = exposure
        self.memberships = memberships
    }
}

/// What ``Ledger/settle(_:now:judge:)`` did.
package enum Settlement: Sendable {
    /// Judged; where it is an `allow`, the item is now `intended` and holds a reservation.
    case judged(Decision, item: LedgerItem)
    /// It holds a reservation already, or is final; nothing was judged or written.
    case occupied(LedgerItem)
}
