import ApprovalAgent
import ApprovalCore
import Synchronization

/// A ledger whose n-th call fails, before or after it had its effect; the calls after it work.
final class FaultyLedger: Ledger {
    private let ledger: any Ledger
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

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await call { () async throws(LedgerError) in try await ledger.item(id) }
    }

    func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await call { () async throws(LedgerError) in try await ledger.unfinished() }
    }

    func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        try await call { () async throws(LedgerError) in
            try await ledger.usage(questions, now: now)
        }
    }

    func overview() async throws(LedgerError) -> LedgerOverview {
        try await call { () async throws(LedgerError) in try await ledger.overview() }
    }

    func activate(_ policy: LoadedPolicy, now: UnixTime) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.activate(policy, now: now)
        }
    }

    func settle(
        _ proposal: Proposal, now: Reading,
        judge: @escaping @Sendable (_ usage: [LimitUsage], _ now: UnixTime) -> Judgement
    ) async throws(LedgerError) -> Settlement {
        try await call { () async throws(LedgerError) in
            try await ledger.settle(proposal, now: now, judge: judge)
        }
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.advance(id, step, entry: entry, now: now)
        }
    }

    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.append(kind, about: id, entry: entry, now: now)
        }
    }

    private func call<Answer: Sendable>(
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
