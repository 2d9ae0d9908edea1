package import ApprovalCore

/// A ledger that hands every call on to another; what it does otherwise is what it declares.
package protocol ForwardingLedger: Ledger {
    /// The ledger behind.
    var ledger: any Ledger { get }

    /// Does one call; `body` is the call of the ledger behind.
    func call<Answer: Sendable>(
        _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer
}

extension ForwardingLedger {
    package func call<Answer: Sendable>(
        _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer { try await body() }

    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await call { () async throws(LedgerError) in try await ledger.item(id) }
    }

    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await call { () async throws(LedgerError) in try await ledger.unfinished() }
    }

    package func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await call { () async throws(LedgerError) in try await ledger.effective(now) }
    }

    package func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        try await call { () async throws(LedgerError) in try await ledger.answers(questions) }
    }

    package func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await call { () async throws(LedgerError) in try await ledger.signedTimes(after: time) }
    }

    package func condition() async throws(LedgerError) -> LedgerCondition {
        try await call { () async throws(LedgerError) in try await ledger.condition() }
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await call { () async throws(LedgerError) in try await ledger.overview() }
    }

    package func prepare(_ policy: LoadedPolicy) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in try await ledger.prepare(policy) }
    }

    package func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.activate(policy, now: now, whenActive: whenActive)
        }
    }

    package func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        try await call { () async throws(LedgerError) in
            try await ledger.settle(proposal, now: now, judge: judge)
        }
    }

    package func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool {
        try await call { () async throws(LedgerError) in
            try await ledger.recordCancel(id, mostPerHour: mostPerHour, entry: entry, now: now)
        }
    }

    package func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.advance(id, step, entry: entry, evidence: evidence, now: now)
        }
    }

    package func accept(
        _ spent: [Spent], entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.accept(spent, entry: entry, now: now)
        }
    }

    package func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await call { () async throws(LedgerError) in
            try await ledger.append(kind, about: id, entry: entry, now: now)
        }
    }
}
