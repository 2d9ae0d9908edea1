import ApprovalCore
import Synchronization

/// A ledger that, once it failed, is never asked again by this process.
///
/// INVARIANT: I10. Work that is in flight beside the failure cannot record, and so cannot sign;
/// a failed sync is never tried again in place.
final class FailStopLedger: ForwardingLedger {
    let ledger: any Ledger
    private let failure = Mutex<LedgerError?>(nil)
    private let figures: Figures

    init(_ ledger: any Ledger, _ figures: Figures) {
        self.ledger = ledger
        self.figures = figures
    }

    /// What failed; nil while all is well.
    var failed: LedgerError? { failure.withLock { $0 } }

    /// Lets every later call fail: something that must be durable beside it is not.
    func fail(_ why: String) {
        failure.withLock { $0 = $0 ?? .unavailable(why) }
    }

    func call<Answer: Sendable>(
        _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer {
        if let failed { throw failed }
        do throws(LedgerError) { return try await body() } catch {
            if error.endsTheProcess {
                failure.withLock { $0 = $0 ?? error }
                figures.ledgerFailed()
            }
            throw error
        }
    }
}
