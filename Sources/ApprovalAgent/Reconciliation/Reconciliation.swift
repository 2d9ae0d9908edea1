package import ApprovalCore

/// Holds what the platform shows as approved against what the ledger explains, and the reverse.
///
/// It only asks (GET), writes nothing, keeps no more than a page and what somebody must look at,
/// and makes at most ten requests a second, however long the history is.
package struct Reconciliation: Sendable {
    /// Milliseconds before each request.
    package static let pause: Int64 = 100
    /// Milliseconds in which what was signed may become approved at the platform, and the agent
    /// may find out.
    package static let grace: Int64 = 3_600_000
    /// Items on a page.
    static let pageSize = 64
    /// Pages of one account: 64 million transactions.
    static let mostPages = 1_000_000
    /// Signed transactions that were not listed and are asked for by their ids, in one look.
    static let mostQuestions = 10_000
    /// What becomes later known of an earlier time: margin of the next look, in milliseconds.
    static let margin: Int64 = 86_400_000

    /// An outgoing transaction that the platform lists.
    package struct Listed: Sendable {
        package let transaction: Transaction
        package let account: PolicyAccount
        /// How its approval is explained; nil where it is not approved there.
        package let classed: ApprovalClass?
    }

    /// Is given each of them, in the order of the list.
    package typealias Visit = (Listed) async throws(LedgerError) -> Void

    let history: any CustodyHistory
    let records: any ApprovalRecords
    let clock: any WallClock
    let policy: Policy
    /// Those whose approval keys this agent has.
    let entities: [EntityID]
    let progress: @Sendable (_ account: PolicyAccount, _ listed: Int) -> Void

    /// `progress` is told of each page.
    package init(
        history: any CustodyHistory, records: any ApprovalRecords, clock: any WallClock,
        policy: Policy, entities: [EntityID],
        progress: @escaping @Sendable (_ account: PolicyAccount, _ listed: Int) -> Void = { _, _ in
        }
    ) {
        self.history = history
        self.records = records
        self.clock = clock
        self.policy = policy
        self.entities = entities
        self.progress = progress
    }

    /// Looks at every account of the policy. What cannot be read of one account stands among the
    /// report's problems and keeps no other account from being looked at; a ledger that cannot be
    /// read ends it.
    package func run(
        _ scope: ReconcileReport.Scope, visit: Visit = { _ throws(LedgerError) in }
    ) async throws(LedgerError) -> ReconcileReport {
        var look = Look(ReconcileReport(scope, startedAt: clock.now()))
        for account in policy.accounts.values.sorted(by: { $0.name < $1.name }) {
            do throws(Trouble) {
                try await walk(account, &look, visit)
                look.read.insert(account.id)
            } catch {
                try look.note(error, "account \(account.name)")
                look.isBroken = true
            }
        }
        try await lookForUnlisted(&look)
        for entity in entities {
            do throws(Trouble) { try await lookAtAccounts(of: entity, &look) } catch {
                try look.note(error, "accounts of entity \(entity)")
            }
        }
        look.report.horizon = look.horizon
        return look.report
    }
}

/// Why one account could not be looked at.
enum Trouble: Error {
    case platform(CustodyError)
    case ledger(LedgerError)
}

/// What one run has found so far.
struct Look {
    var report: ReconcileReport
    var seen = SeenTransactions()
    /// Accounts whose list was read to its end.
    var read: Set<AccountID> = []
    /// The creation of the oldest that may still be approved; nil where one does not say.
    var oldestOpen: UnixTime?
    var isOpenSinceEver = false
    /// Whether a list could not be read to its end.
    var isBroken = false
    var questions = 0

    init(_ report: ReconcileReport) {
        self.report = report
        oldestOpen = report.startedAt.advanced(byMilliseconds: -Reconciliation.margin)
    }

    /// From where the next look must list, where this one came to the end of each list.
    var horizon: UnixTime? { isBroken || isOpenSinceEver ? nil : oldestOpen }

    mutating func note(_ trouble: Trouble, _ place: String) throws(LedgerError) {
        switch trouble {
        case .ledger(let error): throw error
        case .platform(let error):
            report.note("\(place): \(error.reason.message)", isOfList: true)
        }
    }

    mutating func noteOpen(_ transaction: Transaction) {
        guard let created = transaction.createdAt else {
            isOpenSinceEver = true
            return
        }
        oldestOpen = oldestOpen.map { min($0, created) }
    }
}

// One account's list.
extension Reconciliation {
    /// Pages that go back in time, repeat or are empty are errors: such a list would never end.
    private func walk(
        _ account: PolicyAccount, _ look: inout Look, _ visit: Visit
    ) async throws(Trouble) {
        let since: UnixTime? =
            switch look.report.scope {
            case .everything: nil
            case .since(let time): time
            }
        let pages = ListPages { page, size throws(CustodyError) in
            try await paced()
            return try await history.history(of: account, since: since, page: page, size: size)
        }
        var (before, latest): (Set<TransactionID>, UnixTime?) = ([], nil)
        for page in 1...Self.mostPages {
            let part = try await asked { () async throws(CustodyError) in
                try await pages.read(page: page, size: Self.pageSize)
            }
            var (ids, isNew): (Set<TransactionID>, Bool) = ([], false)
            for (offset, item) in part.items.enumerated() {
                let place = (page - 1) * Self.pageSize + offset
                guard let transaction = read(item, at: place, of: account, &look) else { continue }
                if let created = transaction.createdAt {
                    if let latest, created < latest { throw Self.endless("goes back in time") }
                    latest = created
                } else {
                    look.report.note("transaction \(transaction.id): created_at is not a time")
                }
                isNew = isNew || !look.seen.mayContain(transaction.id)
                guard ids.insert(transaction.id).inserted, !before.contains(transaction.id)
                else { continue }
                try await take(transaction, of: account, &look, visit)
            }
            progress(account, look.report.listed)
            guard part.goesOn else { return }
            guard !part.items.isEmpty else { throw Self.endless("goes on after an empty page") }
            guard isNew || ids.isEmpty else { throw Self.endless("repeats a page") }
            guard look.report.problems.count < ReconcileReport.mostProblems else {
                throw Self.endless("cannot be read")
            }
            before = ids
        }
        throw Self.endless("has more than \(Self.mostPages) pages")
    }

    private static func endless(_ how: String) -> Trouble {
        .platform(.malformed(MalformedBody("the list \(how)")))
    }

    /// An ignored filter widens nothing: type and account are checked on every item.
    private func read(
        _ item: ListPages.Item, at place: Int, of account: PolicyAccount, _ look: inout Look
    ) -> Transaction? {
        do throws(MalformedBody) {
            let body: JSONValue
            switch item {
            case .broken(let problem): throw problem
            case .body(let value): body = value
            }
            if let type = body["type"]?.text, TransactionType(rawValue: type) == nil { return nil }
            let transaction = try Transaction(body: body)
            guard transaction.accountID == account.id else {
                throw MalformedBody("account_id is not the account that was asked for")
            }
            return transaction
        } catch {
            look.report.note("account \(account.name), item \(place): \(error.problem)")
            return nil
        }
    }

    /// The ledger is asked after the list was read: what was signed here before it was approved
    /// there stands in it by then.
    private func take(
        _ listed: Transaction, of account: PolicyAccount, _ look: inout Look, _ visit: Visit
    ) async throws(Trouble) {
        look.report.listed += 1
        look.seen.insert(listed.id)
        let record = try await recorded(listed.id)
        switch listed.state {
        case .approved, .completed:
            try await approved(listed, account, record, &look, visit)
            return
        case .pending: look.noteOpen(listed)
        case .unknown:
            look.noteOpen(listed)
            look.report.note(
                "account \(account.name): \(listed.id) is in a state that this version does not "
                    + "know; it may be approved")
        case .failed, .cancelled: break
        }
        do throws(LedgerError) {
            try await visit(Listed(transaction: listed, account: account, classed: nil))
        } catch { throw .ledger(error) }
        if let record { look.unapproved(record, account, listed.state, listed.createdAt) }
    }

    private func approved(
        _ listed: Transaction, _ account: PolicyAccount, _ record: ApprovalRecord?,
        _ look: inout Look, _ visit: Visit
    ) async throws(Trouble) {
        var (transaction, classed) = (listed, record.explanation(of: listed))
        if classed == .changed {
            // A list is no evidence.
            transaction = try await question(listed.id, account)
            classed = record.explanation(of: transaction)
        }
        look.report.approvals[classed, default: 0] += 1
        if classed.isUnexplained, look.report.findings.count < ReconcileReport.mostFindings {
            look.report.findings.append(
                ReconcileReport.Finding(
                    transactionID: transaction.id, account: account, classed: classed,
                    state: transaction.state, amount: transaction.field("amount").text,
                    destination: transaction.field(transaction.type.destinationField).text,
                    verdict: record?.verdict,
                    fields: classed == .changed
                        ? record?.item?.fieldsThatDiffer(from: transaction) ?? [] : []))
        }
        do throws(LedgerError) {
            try await visit(
                Listed(transaction: transaction, account: account, classed: classed))
        } catch { throw .ledger(error) }
    }

    private func question(
        _ id: TransactionID, _ account: PolicyAccount
    ) async throws(Trouble) -> Transaction {
        try await asked { () async throws(CustodyError) in try await shown(id, of: account) }
    }

    /// A transaction as it is shown by itself.
    func shown(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        try await paced()
        let transaction = try await history.transaction(id, of: account)
        guard transaction.id == id else {
            throw .malformed(MalformedBody("it has another id"))
        }
        return transaction
    }

    /// What the ledger knows of a transaction.
    func known(_ id: TransactionID) async throws(LedgerError) -> ApprovalRecord? {
        try await records.record(of: id)
    }

    private func recorded(_ id: TransactionID) async throws(Trouble) -> ApprovalRecord? {
        do throws(LedgerError) { return try await known(id) } catch { throw .ledger(error) }
    }

    private func asked<Answer: Sendable>(
        _ exchange: () async throws(CustodyError) -> Answer
    ) async throws(Trouble) -> Answer {
        do throws(CustodyError) { return try await exchange() } catch { throw .platform(error) }
    }

    private func paced() async throws(CustodyError) {
        do throws(CancellationError) { try await clock.wait(milliseconds: Self.pause) } catch {
            throw .notSent("it was stopped")
        }
    }
}

// What was signed here and not listed there, and accounts beside the policy's.
extension Reconciliation {
    /// After a whole list, everything that was ever signed; after a part, what is under way.
    private func lookForUnlisted(_ look: inout Look) async throws(LedgerError) {
        if case .since = look.report.scope {
            for item in try await records.unfinished() where item.isApprovedHere {
                try await lookFor(item.transactionID, &look)
            }
            return
        }
        var last: TransactionID?
        while true {
            let ids = try await records.signed(after: last, limit: 500)
            for id in ids { try await lookFor(id, &look) }
            guard let next = ids.last else { return }
            last = next
        }
    }

    private func lookFor(_ id: TransactionID, _ look: inout Look) async throws(LedgerError) {
        guard !look.seen.mayContain(id), let record = try await records.record(of: id),
            let item = record.item, let account = policy.account(item.accountID),
            look.read.contains(account.id),
            record.signedAt.map({ $0 <= look.report.startedAt }) ?? true
        else { return }
        look.questions += 1
        guard look.questions <= Self.mostQuestions else {
            return look.report.note("more than \(Self.mostQuestions) signed ones are not listed")
        }
        do throws(Trouble) {
            let shown = try await question(id, account)
            switch shown.state {
            case .approved, .completed:
                // Within a part of the list it may just be older.
                guard case .everything = look.report.scope else { return }
                look.report.note("\(id) is \(shown.state.rawValue) and was not listed")
            case .pending, .failed, .cancelled, .unknown:
                look.unapproved(record, account, shown.state, shown.createdAt)
            }
        } catch {
            guard case .platform(.refused(status: 404)) = error else {
                return try look.note(error, "transaction \(id)")
            }
            look.unapproved(record, account, nil, nil)
        }
    }

    private func lookAtAccounts(of entity: EntityID, _ look: inout Look) async throws(Trouble) {
        let pages = ListPages { page, size throws(CustodyError) in
            try await paced()
            return try await history.accounts(of: entity, page: page, size: size)
        }
        var before: Set<String> = []
        for page in 1...Self.mostPages {
            let part = try await asked { () async throws(CustodyError) in
                try await pages.read(page: page, size: Self.pageSize)
            }
            var ids: Set<String> = []
            for item in part.items {
                guard case .body(let body) = item, let id = body["id"]?.text else {
                    throw Self.endless("of accounts has an item without an id")
                }
                guard ids.insert(id).inserted, !before.contains(id),
                    AccountID(id).flatMap(policy.account)?.entityID != entity
                else { continue }
                look.report.uncoveredInAll += 1
                if look.report.uncovered.count < ReconcileReport.mostFindings {
                    look.report.uncovered.append(
                        ReconcileReport.Uncovered(accountID: id, entityID: entity))
                }
            }
            guard part.goesOn else { return }
            guard !ids.isSubset(of: before) else { throw Self.endless("repeats a page") }
            before = ids
        }
    }
}

extension Look {
    /// Something that was approved here and is not there; nothing where it was not approved here.
    ///
    /// FAILED is an end that an approval may have (guide, "Transaction Processing Workflow"); so
    /// is CANCELLED where the agent saw it before it was approved.
    fileprivate mutating func unapproved(
        _ record: ApprovalRecord, _ account: PolicyAccount, _ state: TransactionState?,
        _ created: UnixTime?
    ) {
        guard let item = record.item, item.isApprovedHere, item.state != .accepted else { return }
        if state == .failed || state == .cancelled && item.state == .failed {
            report.failed += 1
            return
        }
        let since = record.signedAt ?? item.asking?.since ?? created ?? report.startedAt
        let age = max(0, report.startedAt.milliseconds - since.milliseconds)
        let isLate = age > Reconciliation.grace || item.state == .confirmed
        if isLate { report.late += 1 }
        guard report.unapproved.count < ReconcileReport.mostFindings else { return }
        report.unapproved.append(
            ReconcileReport.Unapproved(
                transactionID: item.transactionID, account: account, state: state, age: age,
                isLate: isLate))
    }
}
