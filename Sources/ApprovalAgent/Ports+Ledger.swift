package import ApprovalCore

/// What can be asked of a ledger without writing to it.
package protocol LedgerReading: Sendable {
    /// What is known of a transaction; nil where it was never seen.
    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem?

    /// Every item that holds an open reservation, oldest first: work that a stop left behind.
    func unfinished() async throws(LedgerError) -> [LedgerItem]

    /// now′: the later of this time and the last that the ledger has seen.
    func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime

    /// The answers to a policy's questions, writing nothing. What the transaction that asks holds
    /// itself does not count.
    func answers(_ questions: Questions) async throws(LedgerError) -> Answers

    /// When something was signed after this time, oldest first: what `brake` counts.
    func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime]

    /// Figures for `status`.
    func overview() async throws(LedgerError) -> LedgerOverview
}

/// The durable memory of the agent: what was decided, what is reserved, what was signed.
///
/// Every method that writes returns only when its one transaction is synced to disk. Time never
/// runs backwards in it: now′ is the later of `now` and the last time that it has seen.
package protocol Ledger: LedgerReading {
    /// Builds aside, over true history, what limits and patterns of this policy need that the
    /// active one does not have. It may take long; decisions go on meanwhile as before, and
    /// nothing of it counts until the policy is activated. Does nothing where nothing is needed.
    func prepare(_ policy: LoadedPolicy) async throws(LedgerError)

    /// Makes a policy the one that limits are counted under: keeps its files, notes since when
    /// its destinations are known, writes `policy_activated`, and lets what was prepared count
    /// (what was not is built now). The same policy again changes nothing.
    ///
    /// `whenActive` is called once it is durable and before anything else is decided: no
    /// decision falls between two policies.
    ///
    /// Throws ``LedgerError/policyRevision(_:)`` for a lower revision than the highest ever
    /// active, or the same revision with other bytes.
    func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError)

    /// INVARIANT: I3, I5. `judge` is told now′, asks, and decides; the entry, the reservation and
    /// the intent are written, all in one transaction.
    ///
    /// Where the transaction already holds a reservation or is final, `judge` is not asked.
    /// Where the judgement reserves nothing and its fingerprint is that of the item's last entry,
    /// nothing is written.
    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement

    /// Writes `cancelled`, and says true, where fewer than `mostPerHour` such entries were written
    /// within the hour before; otherwise writes nothing and says false.
    func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool

    /// Moves an item that holds a reservation one step on, and writes the entry of that step.
    /// `evidence` are bodies that the entry names by their hash: kept as blobs of at most 16 KiB
    /// each, in the same transaction.
    ///
    /// INVARIANT: I4. ``Step/signed(_:)`` throws ``LedgerError/conflictingChallenge`` where a
    /// different message was ever signed for the transaction.
    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError)

    /// Counts what was approved by other means as spent, and writes the one entry `reconciled`
    /// that says so, all in one transaction. Each reservation is settled now (time′), whatever
    /// the window; the item becomes ``ItemState/accepted``, which is final. One that holds an open
    /// reservation and was not signed has that one settled. What was signed here, or is settled
    /// or accepted already, stays as it is.
    func accept(
        _ spent: [Spent], entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError)

    /// Whether it can be written and synced now, and how much room is left; writes nothing.
    /// Throws where it cannot: it failed before, or its file is no longer the one that was opened.
    func condition() async throws(LedgerError) -> LedgerCondition

    /// Writes an entry that is about no transaction, or about one that could not be read.
    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError)
}

extension Ledger {
    /// A step without evidence.
    package func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await advance(id, step, entry: entry, evidence: [], now: now)
    }
}

/// How a ledger that works stands.
package struct LedgerCondition: Hashable, Sendable {
    /// Bytes that are free for this process where the ledger is; nil where nobody can say.
    package let freeBytes: Int64?

    package init(freeBytes: Int64?) { self.freeBytes = freeBytes }
}

/// Decides within a ledger's transaction: told now′, it asks what it needs to know.
package typealias Judge =
    @Sendable (
        _ now: UnixTime, _ ask: (Questions) throws(LedgerError) -> Answers
    ) throws(LedgerError) -> Judgement

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
    /// The entry would exceed 65,535 bytes, or a body 16 KiB.
    case recordTooLarge
    /// A revision that is lower than the highest ever active, or the same with other bytes.
    case policyRevision(String)
    /// It counts under another policy than the one that asks: ask again.
    case otherPolicy
}

extension LedgerError {
    /// INVARIANT: I10. Whether nothing can be recorded any more, so that nothing may be signed.
    package var endsTheProcess: Bool {
        switch self {
        case .unavailable, .corrupt: true
        case .conflictingChallenge, .requestTaken, .recordTooLarge, .policyRevision, .otherPolicy:
            false
        }
    }
}
