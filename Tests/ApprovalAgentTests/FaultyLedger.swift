import ApprovalAgent
import ApprovalCore
import Synchronization

/// A ledger whose n-th call fails, before or after it had its effect; the calls after it work.
final class FaultyLedger: ForwardingLedger {
    let ledger: any Ledger
    private let failing: Int
    private let isAfterEffect: Bool
    private let count = Mutex(0)
    private let before: @Sendable (_ n: Int) -> Void
    private let after: @Sendable (_ n: Int) -> Void

    init(
        _ ledger: any Ledger, failing: Int = .max, afterEffect: Bool = false,
        before: @escaping @Sendable (_ n: Int) -> Void = { _ in },
        after: @escaping @Sendable (_ n: Int) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.failing = failing
        isAfterEffect = afterEffect
        self.before = before
        self.after = after
    }

    var calls: Int { count.withLock { $0 } }

    func call<Answer: Sendable>(
        _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer {
        let n = count.withLock {
            $0 += 1
            return $0
        }
        before(n)
        if n == failing, !isAfterEffect { throw .unavailable("scripted") }
        let answer = try await body()
        after(n)
        if n == failing { throw .unavailable("scripted, after its effect") }
        return answer
    }
}
