import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// A ledger in memory with the least that the flow needs; it refuses every impossible step.
actor BookLedger: Ledger {
    struct Entry: Sendable {
        let kind: EntryKind
        let id: TransactionID?
        let members: [JSONMember]

        /// A member's value.
        subscript(name: String) -> JSONValue? { JSONValue.object(members)[name] }
    }

    fileprivate struct Row {
        var state: ItemState
        var accountID: AccountID
        var body: [UInt8] = []
        var action: Decision.Action = .hold
        var requestID: ApprovalRequestID?
        var intents: [UnixTime] = []
        var challenge: ChallengeRecord?
        var deliveredAt: UnixTime?
        var attempts = 0
        var retryAt: UnixTime?
        var fingerprint: Digest?
        var reservation: Reservation?
        var settledAt: UnixTime?
    }

    private(set) var entries: [Entry] = []
    private var rows: [TransactionID: Row] = [:]
    private var order: [TransactionID] = []
    private var owners: [ApprovalRequestID: TransactionID] = [:]
    private(set) var writes = 0
    /// The largest sum of open and settled reservations of any limit's account.
    private(set) var peak: [String: Amount] = [:]

    func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? { shown(id) }

    func unfinished() async throws(LedgerError) -> [LedgerItem] {
        order.filter { rows[$0]?.isOpen ?? false }.compactMap(shown)
    }

    func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        questions.map { usage($0, now) }
    }

    func overview() async throws(LedgerError) -> LedgerOverview {
        LedgerOverview(
            entries: Int64(entries.count), states: [:], quarantined: 0, lastEntry: nil,
            policyRevision: nil, policyDigest: nil)
    }

    func activate(_ policy: LoadedPolicy, now: UnixTime) async throws(LedgerError) {
        record(.policyActivated, nil, [])
    }

    func settle(
        _ proposal: Proposal, now: Reading,
        judge: @escaping @Sendable (_ usage: [LimitUsage], _ now: UnixTime) -> Judgement
    ) async throws(LedgerError) -> Settlement {
        let id = proposal.transactionID
        if let item = shown(id), item.state != .decided, item.state != .released {
            return .occupied(item)
        }
        guard proposal.body.count <= 16_384 else { throw .recordTooLarge }
        let judgement = judge(proposal.questions.map { usage($0, now.time) }, now.time)
        var row = rows[id] ?? Row(state: .decided, accountID: proposal.accountID)
        let isNew = rows[id] == nil
        if judgement.reservation != nil || row.fingerprint != judgement.fingerprint || isNew {
            try check(judgement.entry)
            record(.decided, id, judgement.entry)
            if isNew { order.append(id) }
            row.body = proposal.body
            row.action = judgement.decision.action
            row.fingerprint = judgement.fingerprint
            row.state = judgement.reservation == nil ? .decided : .intended
            row.reservation = judgement.reservation
            if judgement.reservation != nil { row.intents.append(now.time) }
            rows[id] = row
            try note(judgement.reservation, now.time)
        }
        guard let item = shown(id) else { throw .corrupt("no row") }
        return .judged(judgement.decision, item: item)
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        guard var row = rows[id], row.isOpen else { throw .corrupt("no open item") }
        try check(entry)
        switch step {
        case .requested(let request):
            try row.move(from: [.intended, .requested], to: .requested)
            guard owners[request] ?? id == id else { throw .corrupt("another one's request") }
            owners[request] = id
            row.requestID = request
            record(.requested, id, entry)
        case .released(let retryAt):
            try row.move(from: [.intended, .requested], to: .released)
            row.reservation = nil
            row.putOff(retryAt)
            record(.released, id, entry)
        case .signed(let challenge):
            if let known = row.challenge, known.digest != challenge.digest {
                throw .conflictingChallenge
            }
            try row.move(from: [.requested], to: .signed)
            row.challenge = challenge
            record(.signed, id, entry)
        case .delivered(let time):
            try row.move(from: [.signed, .delivered], to: .delivered)
            row.deliveredAt = time
            record(.delivered, id, entry)
        case .confirmed:
            try row.move(from: [.signed, .delivered], to: .confirmed)
            row.settledAt = row.deliveredAt ?? now
            record(.confirmed, id, entry)
        case .failed:
            if row.challenge == nil { row.reservation = nil } else { row.settledAt = now }
            row.state = .failed
            record(.failed, id, entry)
        case .conflict:
            row.state = .conflict
            record(.conflict, id, entry)
        case .quarantined(let retryAt):
            row.putOff(retryAt)
            record(.quarantined, id, entry)
        }
        rows[id] = row
    }

    func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try check(entry)
        record(kind, id, entry)
    }

    /// The kinds of a transaction's entries, in order.
    func kinds(of id: TransactionID) -> [EntryKind] {
        entries.filter { $0.id == id }.map(\.kind)
    }

    /// The entries of a transaction of one kind.
    func entries(of id: TransactionID, _ kind: EntryKind) -> [Entry] {
        entries.filter { $0.id == id && $0.kind == kind }
    }

    /// Everything that was written, as one text.
    var text: String {
        entries.map { entry in
            String(
                decoding: JSONValue.object(entry.members).canonicalBytes ?? [],
                as: UTF8.self)
        }.joined(separator: "\n")
    }

    private func record(_ kind: EntryKind, _ id: TransactionID?, _ members: [JSONMember]) {
        writes += 1
        entries.append(Entry(kind: kind, id: id, members: members))
    }

    private func check(_ entry: [JSONMember]) throws(LedgerError) {
        guard let bytes = JSONValue.object(entry).canonicalBytes else {
            throw .corrupt("an entry that is not canonical")
        }
        guard bytes.count <= 65_000 else { throw .recordTooLarge }
    }

    private func usage(_ question: LimitQuestion, _ now: UnixTime) -> LimitUsage {
        let since = question.window.start(at: now)
        let counted = rows.values.filter { row in
            row.reservation != nil && (row.settledAt.map { $0 > since } ?? true)
        }.flatMap { $0.reservation?.memberships ?? [] }.filter {
            $0.limit == question.limit && $0.key == question.key
        }
        let used = counted.reduce(Amount.zero(scale: question.scale)) {
            $0.adding($1.amount) ?? $0
        }
        return LimitUsage(
            limit: question.limit, key: question.key, since: since, used: used,
            count: Int64(counted.count))
    }

    private func note(_ reservation: Reservation?, _ now: UnixTime) throws(LedgerError) {
        for membership in reservation?.memberships ?? [] {
            let used = usage(
                LimitQuestion(
                    limit: membership.limit, key: membership.key,
                    window: .rolling(milliseconds: 86_400_000), scale: 8), now
            ).used
            let known = peak[membership.limit] ?? used
            peak[membership.limit] = known.isAtMost(used) == true ? used : known
        }
    }

    private func shown(_ id: TransactionID) -> LedgerItem? {
        rows[id].map { row in
            LedgerItem(
                transactionID: id, accountID: row.accountID, state: row.state,
                decidedBody: row.body, action: row.action, requestID: row.requestID,
                intentTimes: row.intents, challenge: row.challenge,
                deliveredAt: row.deliveredAt, attempts: row.attempts, retryAt: row.retryAt)
        }
    }
}

fileprivate extension BookLedger.Row {
    var isOpen: Bool {
        switch state {
        case .intended, .requested, .signed, .delivered: true
        case .decided, .released, .confirmed, .failed, .conflict: false
        }
    }

    mutating func putOff(_ until: UnixTime?) {
        retryAt = until
        attempts += until == nil ? 0 : 1
    }

    mutating func move(
        from states: [ItemState], to next: ItemState
    ) throws(LedgerError) {
        guard states.contains(state) else {
            throw .corrupt("from \(state.rawValue) to \(next.rawValue)")
        }
        state = next
        if next == .confirmed { retryAt = nil }
    }
}
