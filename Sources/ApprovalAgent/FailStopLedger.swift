import ApprovalCore
import Synchronization

/// A ledger that, once it failed, is never asked again by this process.
///
/// INVARIANT: I10. Work that is in flight beside the failure cannot record, and so cannot sign;
/// a failed sync is never tried again in place.
final class FailStopLedger: Ledger {
    private let ledger: any Ledger
    private let failure = Mutex<LedgerError?>(nil)

    private let figures: Figures

    init(_ ledger: any Ledger, _ figures: Figures) {
        self.ledger = ledger
        self.figures = figures
    }

    /// What failed; nil while all is well.
    var failed: LedgerError? { failure.withLock { $0 } }

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await ask { () async throws(LedgerError) in try await ledger.item(id) }
    }

    func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await ask { () async throws(LedgerError) in try await ledger.unfinished() }
    }

    func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await ask { () async throws(LedgerError) in try await ledger.effective(now) }
    }

    func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        try await ask { () async throws(LedgerError) in try await ledger.answers(questions) }
    }

    func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await ask { () async throws(LedgerError) in try await ledger.signedTimes(after: time) }
    }

    func condition() async throws(LedgerError) -> LedgerCondition {
        try await ask { () async throws(LedgerError) in try await ledger.condition() }
    }

    func overview() async throws(LedgerError) -> LedgerOverview {
        try await ask { () async throws(LedgerError) in try await ledger.overview() }
    }

    func prepare(_ policy: LoadedPolicy) async throws(LedgerError) {
        try await ask { () async throws(LedgerError) in try await ledger.prepare(policy) }
    }

    func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) {
        try await ask { () async throws(LedgerError) in
            try await ledger.activate(policy, now: now, whenActive: whenActive)
        }
    }

    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        try await ask { () async throws(LedgerError) in
            try await ledger.settle(proposal, now: now, judge: judge)
        }
    }

    func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool {
        try await ask { () async throws(LedgerError) in
            try await ledger.recordCancel(id, mostPerHour: mostPerHour, entry: entry, now: now)
        }
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await ask { () async throws(LedgerError) in
            try await ledger.advance(id, step, entry: entry, now: now)
        }
    }

    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await ask { () async throws(LedgerError) in
            try await ledger.append(kind, about: id, entry: entry, now: now)
        }
    }

    private func ask<Answer: Sendable>(
        _ question: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer {
        if let failed { throw failed }
        do throws(LedgerError) { return try await question() } catch {
            if error.endsTheProcess {
                failure.withLock { $0 = $0 ?? error }
                figures.ledgerFailed()
            }
            throw error
        }
    }
}
