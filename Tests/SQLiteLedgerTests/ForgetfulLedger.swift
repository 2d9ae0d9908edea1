import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// Says yes to everything and remembers nothing.
struct ForgetfulLedger: Ledger {
    func activate(_ policy: LoadedPolicy, now: UnixTime) async throws(LedgerError) {}

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? { nil }

    func unfinished() async throws(LedgerError) -> [LedgerItem] { [] }

    func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        questions.map {
            LimitUsage(
                limit: $0.limit, key: $0.key, since: $0.window.start(at: now),
                used: .zero(scale: $0.scale), count: 0)
        }
    }

    func settle(
        _ proposal: Proposal, now: Reading,
        judge: @escaping @Sendable (_ usage: [LimitUsage], _ now: UnixTime) -> Judgement
    ) async throws(LedgerError) -> Settlement {
        let item = LedgerItem(
            transactionID: proposal.transactionID, accountID: proposal.accountID,
            state: .decided, decidedBody: [], action: .block, requestID: nil, requestTimes: [],
            challenge: nil, deliveredAt: nil, attempts: 0, retryAt: nil)
        return .judged(judge([], now.time).decision, item: item)
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {}

    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {}

    func overview() async throws(LedgerError) -> LedgerOverview {
        LedgerOverview(
            entries: 0, states: [:], quarantined: 0, lastEntry: nil, policyRevision: nil,
            policyDigest: nil)
    }
}
