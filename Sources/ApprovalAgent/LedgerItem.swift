package import ApprovalCore

/// Where an item stands (ARCHITECTURE.md, "States").
package enum ItemState: String, Hashable, Sendable, CaseIterable {
    case decided, intended, requested, released, asked, signed, delivered, confirmed, failed
    case conflict
    /// Approved by other means, and counted as spent by a person's word (`reconcile --accept`);
    /// final.
    case accepted
}

/// What the ledger keeps of one transaction.
package struct LedgerItem: Hashable, Sendable {
    package let transactionID: TransactionID
    package let accountID: AccountID
    package let state: ItemState
    /// The bytes that the last decision read; empty where none was kept.
    package let decidedBody: [UInt8]
    /// The action of the last decision.
    package let action: Decision.Action
    /// The approval request that was last created for it.
    package let requestID: ApprovalRequestID?
    /// When each approval request of the last 24 hours was created, or may have been: a release
    /// whose entry says `request_lost` counts too.
    package let requestTimes: [UnixTime]
    /// What was signed for it, for ever.
    package let challenge: ChallengeRecord?
    /// Who was asked, and how they stand; nil where nobody was. Kept when the item is final.
    package let asking: Asking?
    /// The last attempt to deliver; nil where none is known.
    package let deliveredAt: UnixTime?
    /// How often it was put off since something was last signed or settled, and until when.
    package let attempts: Int
    package let retryAt: UnixTime?

    package init(
        transactionID: TransactionID, accountID: AccountID, state: ItemState,
        decidedBody: [UInt8], action: Decision.Action, requestID: ApprovalRequestID?,
        requestTimes: [UnixTime], challenge: ChallengeRecord?, asking: Asking? = nil,
        deliveredAt: UnixTime?, attempts: Int, retryAt: UnixTime?
    ) {
        self.transactionID = transactionID
        self.accountID = accountID
        self.state = state
        self.decidedBody = decidedBody
        self.action = action
        self.requestID = requestID
        self.requestTimes = requestTimes
        self.challenge = challenge
        self.asking = asking
        self.deliveredAt = deliveredAt
        self.attempts = attempts
        self.retryAt = retryAt
    }
}

/// What was signed. INVARIANT: I11. The signature itself is not in it, only its hash.
package struct ChallengeRecord: Hashable, Sendable {
    package let message: [UInt8]
    package let digest: Digest
    package let signatureDigest: Digest

    package init(message: [UInt8], digest: Digest, signatureDigest: Digest) {
        self.message = message
        self.digest = digest
        self.signatureDigest = signatureDigest
    }
}

/// Figures of a ledger.
package struct LedgerOverview: Hashable, Sendable {
    package let entries: Int64
    package let states: [ItemState: Int64]
    package let quarantined: Int64
    package let lastEntry: UnixTime?
    package let policyRevision: Int64?
    package let policyDigest: Digest?

    package init(
        entries: Int64, states: [ItemState: Int64], quarantined: Int64, lastEntry: UnixTime?,
        policyRevision: Int64?, policyDigest: Digest?
    ) {
        self.entries = entries
        self.states = states
        self.quarantined = quarantined
        self.lastEntry = lastEntry
        self.policyRevision = policyRevision
        self.policyDigest = policyDigest
    }
}
