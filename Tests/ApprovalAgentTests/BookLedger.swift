import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// The ledger in memory, with what the tests of the flow ask of it.
actor BookLedger: ForwardingLedger {
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

    /// What fails when it is told to.
    let book = InMemoryLedger()
    nonisolated var ledger: any Ledger { book }
    /// The largest sum of open and settled reservations of each limit.
    private(set) var peak: [String: Amount] = [:]

    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        let asked = Mutex<[LimitQuestion]>([])
        let settlement = try await book.settle(proposal, now: now) {
            now, ask throws(LedgerError) in
            try judge(now) { questions throws(LedgerError) in
                asked.withLock { $0 = questions.limits }
                return try ask(questions)
            }
        }
        guard case .judged(let decision, _) = settlement, decision.action == .allow,
            let nobody = TransactionID("00000000000000000000000000000000atrx")
        else { return settlement }
        // Nobody asks: what was reserved just now counts too.
        let questions = Questions(transactionID: nobody, limits: asked.withLock { $0 })
        for usage in try await book.answers(questions).usage {
            let known = peak[usage.limit] ?? usage.used
            peak[usage.limit] = known.isAtMost(usage.used) == true ? usage.used : known
        }
        return settlement
    }

    /// Every entry, oldest first.
    var entries: [Entry] {
        get async {
            await book.entries.map { entry in
                guard let body = try? JSONValue(parsing: entry.body), case .object(let all) = body
                else { return Entry(kind: entry.kind, id: entry.transactionID, members: []) }
                return Entry(
                    kind: entry.kind, id: entry.transactionID,
                    members: all.filter { !Self.own.contains($0.name) })
            }
        }
    }

    /// How many entries there are.
    var writes: Int { get async { await book.entries.count } }

    /// The kinds of a transaction's entries, in order.
    func kinds(of id: TransactionID) async -> [EntryKind] {
        await book.entries.filter { $0.transactionID == id }.map(\.kind)
    }

    /// The entries of a transaction of one kind.
    func entries(of id: TransactionID, _ kind: EntryKind) async -> [Entry] {
        await entries.filter { $0.id == id && $0.kind == kind }
    }
}
