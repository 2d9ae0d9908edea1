package import ApprovalCore

/// What can be asked of a ledger without writing to it.
package protocol LedgerReading: Sendable {
    /// What is known of a transaction; nil where it was never seen.
    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem?

    /// Every item that holds an open reservation, oldest first: work that a stop left behind.
    func unfinished() async throws(LedgerError) -> [LedgerItem]

    /// The answers to a policy's questions at now′, writing nothing.
    func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage]

    /// Figures for `status`.
    func overview() async throws(LedgerError) -> LedgerOverview
}

/// The durable memory of the agent: what was decided, what is reserved, what was signed.
///
/// Every method that writes returns only when its one transaction is synced to disk. Time never
/// runs backwards in it: now′ is the later of `now` and the last time that it has seen.
package protocol Ledger: LedgerReading {
    /// Makes a policy the one that limits are counted under: keeps its files, writes
    /// `policy_activated`, and counts all history again where the digest differs from the last.
    ///
    /// Throws ``LedgerError/policyRevision(_:)`` for a lower revision than the highest ever
    /// active, or the same revision with other bytes.
    func activate(_ policy: LoadedPolicy, now: UnixTime) async throws(LedgerError)

    /// INVARIANT: I3, I5. Usage is read, `judge` decides, and the entry, the reservation and the
    /// intent are written, all in one transaction.
    ///
    /// Where the transaction already holds a reservation or is final, `judge` is not asked.
    /// Where the judgement reserves nothing and its fingerprint is that of the item's last entry,
    /// nothing is written.
    func settle(
        _ proposal: Proposal, now: Reading,
        judge: @escaping @Sendable (_ usage: [LimitUsage], _ now: UnixTime) -> Judgement
    ) async throws(LedgerError) -> Settlement

    /// Moves an item that holds a reservation one step on, and writes the entry of that step.
    ///
    /// INVARIANT: I4. ``Step/signed(_:)`` throws ``LedgerError/conflictingChallenge`` where a
    /// different message was ever signed for the transaction.
    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError)

    /// Writes an entry that is about no transaction, or about one that could not be read.
    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError)
}

/// Why the ledger did not do it. The first two end the process: what cannot be recorded
/// cannot be signed (I10).
package enum LedgerError: Error, Hashable, Sendable {
    /// A read, a write or a sync failed.
    case unavailable(String)
    /// A row is not what was written, or a constraint that must hold did not.
    case corrupt(String)
    /// A second, different message for a transaction.
    case conflictingChallenge
    /// The approval request was recorded for another transaction.
    case requestTaken
    /// The entry would exceed 65,535 bytes, or the transaction's body 16 KiB.
    case recordTooLarge
    /// A revision that is lower than the highest ever active, or the same with other bytes.
    case policyRevision(String)
}

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

/// Where an item stands (ARCHITECTURE.md, "States").
package enum ItemState: String, Hashable, Sendable, CaseIterable {
    case decided, intended, requested, released, signed, delivered, confirmed, failed, conflict
}

/// The kinds of entry.
package enum EntryKind: String, Hashable, Sendable, CaseIterable {
    case decided, requested, released, signed, delivered, confirmed, failed, conflict
    case quarantined, asked, started, stopped
    case policyActivated = "policy_activated"
    case policyRejected = "policy_rejected"
    case reconciled, halted, resumed
    case clockAnomaly = "clock_anomaly"
    case cancelled, checkpoint
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
    package let intentTimes: [UnixTime]
    /// What was signed for it, for ever.
    package let challenge: ChallengeRecord?
    /// The last attempt to deliver; nil where none is known.
    package let deliveredAt: UnixTime?
    /// How often it was put off since something was last signed or settled, and until when.
    package let attempts: Int
    package let retryAt: UnixTime?

    package init(
        transactionID: TransactionID, accountID: AccountID, state: ItemState,
        decidedBody: [UInt8], action: Decision.Action, requestID: ApprovalRequestID?,
        intentTimes: [UnixTime], challenge: ChallengeRecord?, deliveredAt: UnixTime?,
        attempts: Int, retryAt: UnixTime?
    ) {
        self.transactionID = transactionID
        self.accountID = accountID
        self.state = state
        self.decidedBody = decidedBody
        self.action = action
        self.requestID = requestID
        self.intentTimes = intentTimes
        self.challenge = challenge
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

/// A transaction to be settled: who it is and what limits must be asked.
package struct Proposal: Hashable, Sendable {
    package let transactionID: TransactionID
    package let accountID: AccountID
    /// The transaction's body: kept as a content-addressed blob of at most 16 KiB.
    package let body: [UInt8]
    package let questions: [LimitQuestion]

    package init(
        transactionID: TransactionID, accountID: AccountID, body: [UInt8],
        questions: [LimitQuestion]
    ) {
        self.transactionID = transactionID
        self.accountID = accountID
        self.body = body
        self.questions = questions
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

/// One step of an item that holds a reservation.
package enum Step: Hashable, Sendable {
    /// The approval request exists; may come again with another id.
    case requested(ApprovalRequestID)
    /// Let go before anything was signed. `retryAt` puts the next attempt off.
    case released(retryAt: UnixTime?)
    case signed(ChallengeRecord)
    /// A delivery was attempted at this time, whatever came of it.
    case delivered(at: UnixTime)
    /// The platform shows it approved; the reservation is settled at its last delivery attempt.
    case confirmed
    /// The platform says FAILED or CANCELLED: settled if it was signed, else released.
    case failed
    /// The reservation is kept, and a person must look.
    case conflict
    /// Something is wrong with this item; the reservation stays as it was.
    case quarantined(retryAt: UnixTime)
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
