package import ApprovalCore

/// The ledger of a dry run: reads the real one, reserves in memory, writes nothing.
///
/// INVARIANT: I7. It has no way to write: a step of a signed item is an error here.
package actor RehearsalLedger: Ledger {
    private let ledger: any LedgerReading
    private var reserved: [TransactionID: [LimitMembership]] = [:]

    package init(_ ledger: any LedgerReading) {
        self.ledger = ledger
    }

    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await ledger.item(id)
    }

    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await ledger.unfinished()
    }

    package func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        try await ledger.usage(questions, now: now).map(added)
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await ledger.overview()
    }

    package func settle(
        _ proposal: Proposal, now: Reading,
        judge: @escaping @Sendable (_ usage: [LimitUsage], _ now: UnixTime) -> Judgement
    ) async throws(LedgerError) -> Settlement {
        let known = try await ledger.item(proposal.transactionID)
        if let known, known.state != .decided, known.state != .released {
            return .occupied(known)
        }
        let judgement = judge(try await usage(proposal.questions, now: now.time), now.time)
        if let reservation = judgement.reservation {
            reserved[proposal.transactionID] = reservation.memberships
        }
        let item = LedgerItem(
            transactionID: proposal.transactionID, accountID: proposal.accountID,
            state: .intended, decidedBody: proposal.body, action: judgement.decision.action,
            requestID: nil, requestTimes: [], challenge: nil, deliveredAt: nil, attempts: 0,
            retryAt: nil)
        return .judged(judgement.decision, item: item)
    }

    package func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) { throw Self.refusal }

    package func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) { throw Self.refusal }

    package func activate(_ policy: LoadedPolicy, now: UnixTime) async throws(LedgerError) {
        throw Self.refusal
    }

    private static let refusal = LedgerError.unavailable("a dry run writes nothing")

    /// What the ledger answered, with what this pass would have reserved.
    private func added(_ usage: LimitUsage) -> LimitUsage {
        let own = reserved.values.joined().filter {
            $0.limit == usage.limit && $0.key == usage.key
        }
        let sum = own.reduce(usage.used) { sum, membership in
            sum.adding(membership.amount) ?? Amount(units: .max, scale: sum.scale) ?? sum
        }
        return LimitUsage(
            limit: usage.limit, key: usage.key, since: usage.since, used: sum,
            count: usage.count + Int64(own.count))
    }
}
