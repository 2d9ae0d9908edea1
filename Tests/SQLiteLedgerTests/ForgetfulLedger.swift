import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// Says yes to everything and remembers nothing.
struct ForgetfulLedger: Ledger, EntryLog {
    func prepare(_ policy: LoadedPolicy) async throws(LedgerError) {}

    func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) {}

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? { nil }

    func unfinished() async throws(LedgerError) -> [LedgerItem] { [] }

    func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime { now }

    func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        Self.answers(questions)
    }

    private static func answers(_ questions: Questions) -> Answers {
        Answers(
            usage: questions.limits.map {
                LimitUsage(
                    limit: $0.limit, key: $0.key, since: $0.since, used: .zero(scale: $0.scale),
                    count: 0)
            })
    }

    func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool { true }

    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        let item = LedgerItem(
            transactionID: proposal.transactionID, accountID: proposal.accountID,
            state: .decided, decidedBody: [], action: .block, requestID: nil, requestTimes: [],
            challenge: nil, deliveredAt: nil, attempts: 0, retryAt: nil)
        let judgement = try judge(now.time) { questions throws(LedgerError) in
            Self.answers(questions)
        }
        return .judged(judgement.decision, item: item)
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {}

    func accept(
        _ spent: [Spent], entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {}

    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {}

    func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] { [] }

    func condition() async throws(LedgerError) -> LedgerCondition {
        LedgerCondition(freeBytes: nil)
    }

    func overview() async throws(LedgerError) -> LedgerOverview {
        LedgerOverview(
            entries: 0, states: [:], quarantined: 0, lastEntry: nil, policyRevision: nil,
            policyDigest: nil)
    }

    func frontier() async throws(LedgerError) -> Frontier { Frontier() }

    func leaves(from index: Int64, count: Int) async throws(LedgerError) -> [LogLeaf] { [] }

    func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint? { nil }

    func keep(_ checkpoint: SignedCheckpoint) async throws(LedgerError) {}
}
