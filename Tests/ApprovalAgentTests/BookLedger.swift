import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// The ledger in memory, with what the tests of the flow ask of it.
actor BookLedger: Ledger {
    struct Entry: Sendable {
        let kind: EntryKind
        let id: TransactionID?
        /// Those that the flow gave, without those that the ledger adds.
        let members: [JSONMember]

        /// A member's value.
        subscript(name: String) -> JSONValue? { JSONValue.object(members)[name] }
    }

    private static let own: Set<String> = [
        "v", "seq", "time", "kind", "environment", "transaction_id", "intent",
    ]

    private let ledger = InMemoryLedger()
    /// The largest sum of open and settled reservations of each limit.
    private(set) var peak: [String: Amount] = [:]

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await ledger.item(id)
    }

    func unfinished() async throws(LedgerError) -> [LedgerItem] { try await ledger.unfinished() }

    func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        try await ledger.usage(questions, now: now)
    }

    func overview() async throws(LedgerError) -> LedgerOverview { try await ledger.overview() }

    func activate(_ policy: LoadedPolicy, now: UnixTime) async throws(LedgerError) {
        try await ledger.activate(policy, now: now)
    }

    func settle(
        _ proposal: Proposal, now: Reading,
        judge: @escaping @Sendable (_ usage: [LimitUsage], _ now: UnixTime) -> Judgement
    ) async throws(LedgerError) -> Settlement {
        let settlement = try await ledger.settle(proposal, now: now, judge: judge)
        guard case .judged(let decision, _) = settlement, decision.action == .allow else {
            return settlement
        }
        for usage in try await ledger.usage(proposal.questions, now: now.time) {
            let known = peak[usage.limit] ?? usage.used
            peak[usage.limit] = known.isAtMost(usage.used) == true ? usage.used : known
        }
        return settlement
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await ledger.advance(id, step, entry: entry, now: now)
    }

    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await ledger.append(kind, about: id, entry: entry, now: now)
    }

    /// Every entry, oldest first.
    var entries: [Entry] {
        get async {
            await ledger.entries.map { entry in
                guard let body = try? JSONValue(parsing: entry.body), case .object(let all) = body
                else { return Entry(kind: entry.kind, id: entry.transactionID, members: []) }
                return Entry(
                    kind: entry.kind, id: entry.transactionID,
                    members: all.filter { !Self.own.contains($0.name) })
            }
        }
    }

    /// How many entries there are.
    var writes: Int { get async { await ledger.entries.count } }

    /// The kinds of a transaction's entries, in order.
    func kinds(of id: TransactionID) async -> [EntryKind] {
        await ledger.entries.filter { $0.transactionID == id }.map(\.kind)
    }

    /// The entries of a transaction of one kind.
    func entries(of id: TransactionID, _ kind: EntryKind) async -> [Entry] {
        await entries.filter { $0.id == id && $0.kind == kind }
    }
}
