import ApprovalAgent
import ApprovalCore

/// A ledger that hands every call on to another; what it does otherwise is what it declares.
protocol ForwardingLedger: Ledger {
    var ledger: any Ledger { get }

    /// Does one call; `body` is the call of the ledger behind.
    func call<Answer: Sendable>(
        _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer
}

extension ForwardingLedger {
    func call<Answer: Sendable>(
        _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer { try await body() }

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await call { () async throws(LedgerError) in try await ledger.item(id) }
    }

    func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await call { () async throws(LedgerError) in try await ledger.unfinished() }
    }

    func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await call { () async throws(LedgerError) in try await ledger.effective(now) }
    }

    func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        try await call { () async throws(LedgerError) in try await ledger.answers(questions) }
    }

    func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await call { () async throws(LedgerError) in try await ledger.signedTimes(after: time) }
    }

    func condition() async throws(LedgerError) -> LedgerCondition {
        try await call { () async throws(LedgerError) in try await ledger.condition() }
    }

    func overview() async throws(LedgerError) -> LedgerOverview {
        try await call { () async throws(LedgerError) in try await ledger.overview() }
    }

    func prepare(_ policy: LoadedPolicy) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in try await ledger.prepare(policy) }
    }

    func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.activate(policy, now: now, whenActive: whenActive)
        }
    }

    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        try await call { () async throws(LedgerError) in
            try await ledger.settle(proposal, now: now, judge: judge)
        }
    }

    func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool {
        try await call { () async throws(LedgerError) in
            try await ledger.recordCancel(id, mostPerHour: mostPerHour, entry: entry, now: now)
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
}
