package import ApprovalCore

/// The ledger of a dry run: reads the real one, reserves in memory, writes nothing.
///
/// INVARIANT: I7. It has no way to write: a step of a signed item is an error here.
package actor RehearsalLedger: Ledger {
    private let ledger: any LedgerReading
    private var reserved: [TransactionID: Reservation] = [:]

    package init(_ ledger: any LedgerReading) {
        self.ledger = ledger
    }

    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await ledger.item(id)
    }

    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await ledger.unfinished()
    }

    package func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await ledger.effective(now)
    }

    package func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        added(to: try await ledger.answers(questions), questions)
    }

    package func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await ledger.signedTimes(after: time)
    }

    package func condition() async throws(LedgerError) -> LedgerCondition { throw Self.refusal }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await ledger.overview()
    }

    /// Answers are fetched before `judge` is asked: it is asked twice, and goes no further than its
    /// questions the first time.
    package func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        let known = try await ledger.item(proposal.transactionID)
        if let known, known.state != .decided, known.state != .released {
            return .occupied(known)
        }
        let time = try await ledger.effective(now.time)
        var asked: Questions?
        do throws(LedgerError) {
            _ = try judge(time) { questions throws(LedgerError) in
                asked = questions
                throw .otherPolicy
            }
        } catch {
            guard asked != nil else { throw error }
        }
        let answers: Answers
        if let asked { answers = try await self.answers(asked) } else { answers = Answers() }
        let judgement = try judge(time) { _ throws(LedgerError) in answers }
        if let reservation = judgement.reservation {
            reserved[proposal.transactionID] = reservation
        }
        let item = LedgerItem(
            transactionID: proposal.transactionID, accountID: proposal.accountID,
            state: .intended, decidedBody: proposal.body, action: judgement.decision.action,
            requestID: nil, requestTimes: [], challenge: nil, deliveredAt: nil, attempts: 0,
            retryAt: nil)
        return .judged(judgement.decision, item: item)
    }

    package func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) { throw Self.refusal }

    package func accept(
        _ spent: [Spent], entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) { throw Self.refusal }

    package func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) { throw Self.refusal }

    package func prepare(_ policy: LoadedPolicy) async throws(LedgerError) { throw Self.refusal }

    package func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) { throw Self.refusal }

    package func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool { throw Self.refusal }

    private static let refusal = LedgerError.unavailable("a dry run writes nothing")

    /// What the ledger answered, with what this pass would have reserved.
    private func added(to answers: Answers, _ questions: Questions) -> Answers {
        let others = reserved.filter { $0.key != questions.transactionID }
        let same = others.first { _, reservation in
            guard let reference = questions.reference else { return false }
            return reservation.exposure.reference?.isVerbatim(reference) == true
        }
        return Answers(
            usage: answers.usage.map { added($0, others.values.flatMap(\.memberships)) },
            destination: answers.destination,
            sameReference: answers.sameReference ?? same?.key,
            firstDecision: answers.firstDecision)
    }

    private func added(_ usage: LimitUsage, _ reserved: [LimitMembership]) -> LimitUsage {
        let own = reserved.filter { $0.limit == usage.limit && $0.key == usage.key }
        return LimitUsage(
            limit: usage.limit, key: usage.key, since: usage.since,
            used: own.reduce(usage.used) { $0.addingOrGreatest($1.amount) },
            count: usage.count + Int64(own.count), roomAfter: usage.roomAfter)
    }
}
