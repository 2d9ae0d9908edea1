import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// The referee: what the platform and the disk saw, held against the invariants at every event.
/// It believes nothing that the agent says of itself.
final class Books: Sendable {
    struct Approval: Sendable {
        let deal: Deal
        let time: Int64
    }

    struct State {
        var approvals: [Approval] = []
        var creations: [TransactionID: [Int64]] = [:]
        var posts: [TransactionID: (challenge: Digest, response: Signature)] = [:]
        /// What the agent was last shown of a transaction, and whether that was after its request.
        var shown: [TransactionID: (transaction: Transaction, isFresh: Bool)] = [:]
        /// What the agent was last shown of a request; nil for one that is said to be gone.
        var shownRequests: [ApprovalRequestID: ApprovalRequest?] = [:]
        /// The answer to the last creation of a request for a transaction.
        var made: [TransactionID: ApprovalRequest] = [:]
        /// Requests that an approval was posted to and that were not read since.
        var unread: Set<ApprovalRequestID> = []
        var reported: Set<String> = []
        var isMisled = false
        /// What was durable at the last commit, whatever the disk holds now.
        var durable = InMemoryLedger.Snapshot()
        var listed: Set<TransactionID> = []
        var signatures: [TransactionID: [UInt8]] = [:]

        mutating func begin() {
            (listed, reported, isMisled) = ([], [], false)
        }
    }

    let state = Mutex(State())
    let trace: Trace
    let executor: SeedExecutor

    /// How far the time that the agent counts by may be from that of the platform's effect: two
    /// bounds of skew, and the longest that a request is under way.
    static let tolerance: Int64 = 600_000

    init(_ trace: Trace, _ executor: SeedExecutor) {
        self.trace = trace
        self.executor = executor
    }

    func breaks(_ invariant: String, _ what: String) {
        trace.breaks(invariant, what, at: executor.now)
    }

    private func expect(_ holds: Bool, _ invariant: String, _ what: @autoclosure () -> String) {
        if !holds { breaks(invariant, what()) }
    }

    /// Every transaction that was approved because of a signature, oldest first.
    var approvals: [Approval] { state.withLock { $0.approvals } }

    // What leaves the host.

    /// A command is about to leave.
    func commands(_ what: String, _ life: Life, _ host: Host) {
        expect(!life.isRehearsal, "I7", "a dry run sent \(what)")
        expect(!life.hasFailedWrite, "I10", "\(what) was sent after a write had failed")
        expect(host.halt == nil, "halt", "\(what) was sent while halted")
    }

    func creates(_ id: TransactionID, durable: InMemoryLedger.Snapshot) {
        expect(
            durable.isReserved(id), "I3", "a request was made for \(id) without a durable intent")
        let count = state.withLock { state in
            state.creations[id, default: []].append(executor.now)
            let since = executor.now - Treasury.day + Self.tolerance
            return state.creations[id]?.count { $0 > since } ?? 0
        }
        expect(count <= 10, "bound", "\(count) requests were made for \(id) within a day")
        let last = state.withLock { $0.shown[id]?.transaction.state }
        expect(last == .pending, "I2", "a request was made for \(id), which was not PENDING")
        guard let known = durable.request(of: id) else { return }
        let shown = state.withLock { $0.shownRequests[known] }
        let isOpen = shown.map { $0.map { $0.isOpen(known, for: id) } ?? false } ?? true
        expect(!isOpen, "request", "\(known), still open for \(id), was replaced")
    }

    func posts(
        _ request: ApprovalRequestID, _ challenge: Digest, _ response: Signature,
        durable: InMemoryLedger.Snapshot
    ) {
        let signed = durable.signed.first { durable.challenge(of: $0)?.digest == challenge }
        guard let id = signed else {
            return breaks(
                "I3", "an approval by \(request) left before its record of signing was durable")
        }
        expect(
            durable.counts(id), "I5", "an approval of \(id) left without a reservation")
        let (known, isUnread) = state.withLock { state in
            defer { state.posts[id] = state.posts[id] ?? (challenge, response) }
            return (state.posts[id], !state.unread.insert(request).inserted)
        }
        expect(!isUnread, "I6", "\(id) was sent again without reading the platform")
        checkShown(request, id, durable)
        guard let known else { return }
        expect(known.challenge == challenge, "I4", "a second message left for \(id)")
        expect(known.response == response, "I6", "other bytes were sent again for \(id)")
    }

    /// What is sent is what the platform showed last: of the request, and of the transaction.
    private func checkShown(
        _ request: ApprovalRequestID, _ id: TransactionID, _ durable: InMemoryLedger.Snapshot
    ) {
        let (read, made, shown) = state.withLock {
            ($0.shownRequests[request] ?? nil, $0.made[id], $0.shown[id]?.transaction)
        }
        let isOurs = [read, made].contains { shown in
            shown?.id == request && shown?.resourceID == id.text && shown?.type == "DSA_ED25519"
        }
        expect(isOurs, "I2", "\(request), which was not shown to be for \(id), was answered")
        let lines = SignedLines(durable.challenge(of: id)?.message ?? [])
        for (name, value) in lines.all where shown?.field(name).text != value {
            breaks("I2", "\(id) was sent though its \(name) was shown as another")
        }
        expect(shown?.state == .pending, "I2", "\(id) was sent and was not PENDING")
    }

    // What is signed.

    func signs(
        _ message: [UInt8], _ signature: Signature, _ life: Life, durable: InMemoryLedger.Snapshot
    ) {
        expect(!life.isRehearsal, "I7", "a dry run signed")
        expect(!life.hasFailedWrite, "I10", "something was signed after a write had failed")
        let lines = SignedLines(message)
        guard let id = lines["id"].flatMap(TransactionID.init) else {
            return breaks("I2", "a message without an id was signed")
        }
        expect(durable.isReserved(id), "I3", "\(id) was signed without a durable reservation")
        if let known = durable.challenge(of: id) {
            return expect(known.message == message, "I4", "a second message was signed for \(id)")
        }
        expect(
            durable.state(of: id) == .requested, "I3", "\(id) was signed before it was requested")
        for name in SignedLines.required where lines[name] == nil {
            breaks("I2", "\(name) of \(id) was used and not signed")
        }
        let shown = state.withLock { state in
            state.signatures[id] = Array(signature.bytes.hex.utf8)
            return state.shown[id]
        }
        guard let shown, shown.isFresh else {
            return breaks("I2", "\(id) was signed without a reading after its request")
        }
        for (name, value) in lines.all where shown.transaction.field(name).text != value {
            breaks("I2", "\(name) of \(id) was signed as it was not shown last")
        }
        expect(shown.transaction.state == .pending, "I2", "\(id) was signed and was not PENDING")
    }

    // What the agent is shown.

    func shows(_ transaction: Transaction, as id: TransactionID) {
        state.withLock { $0.shown[id] = (transaction, true) }
    }

    /// nil where it is said to be gone.
    func shows(_ request: ApprovalRequest?, as id: ApprovalRequestID) {
        state.withLock {
            $0.shownRequests[id] = .some(request)
            $0.unread.remove(id)
        }
    }

    /// A request was made: what was read of its transaction before is no longer fresh.
    func shows(_ request: ApprovalRequest, madeFor id: TransactionID) {
        state.withLock { state in
            state.made[id] = request
            if let shown = state.shown[id] { state.shown[id] = (shown.transaction, false) }
        }
    }

    /// `isEndless` where the page did not say whether another follows.
    func lists(_ ids: [TransactionID], isEndless: Bool) {
        state.withLock {
            $0.listed.formUnion(ids)
            if isEndless { $0.isMisled = true }
        }
    }

    /// A pass tells what came of a transaction.
    func reports(_ report: ItemReport) {
        guard let id = report.transactionID, report.outcome != .quarantined else { return }
        let isNew = state.withLock { $0.reported.insert(id).inserted }
        expect(isNew, "I9", "\(id) was dealt with twice in one pass")
    }

    // What the platform does.

    /// The platform approved a transaction by a signature.
    func approved(_ deal: Deal, message: [UInt8]) {
        let approvals = state.withLock { state in
            state.approvals.append(Approval(deal: deal, time: executor.now))
            return state.approvals
        }
        trace.note("approved", deal.number, at: executor.now)
        expect(
            approvals.count { $0.deal.id == deal.id } == 1, "I4", "\(deal.id) was approved twice")
        expect(deal.isAllowed, "I1", "\(deal.id), a \(deal.kind), was approved")
        let twins = approvals.count { $0.deal.kind == .twin }
        expect(twins <= 1, "I1", "two transactions of one reference were approved")
        let lines = SignedLines(message)
        for name in SignedLines.required + [
            deal.kind == .transfer ? "receiver_account_id" : "address"
        ] {
            expect(
                lines[name] != nil && lines[name] == deal.text(name), "I2",
                "\(deal.id) was approved by a message that does not bind \(name)")
        }
        checkWindows(approvals)
    }

    private func checkWindows(_ approvals: [Approval]) {
        let now = executor.now
        func within(_ window: Int64) -> [Approval] {
            approvals.filter { $0.time > now - window + Self.tolerance }
        }
        let sum = within(Treasury.day).reduce(0) { $0 + $1.deal.amount }
        expect(
            sum <= Treasury.mostPerDay, "I5", "\(Deal.text(sum)) was approved within 24 hours")
        let count = within(Treasury.hour).count
        expect(count <= Treasury.mostPerHour, "I5", "\(count) were approved within an hour")
    }

    // What the disk holds.

    /// A transaction of the ledger becomes durable.
    func commits(
        _ new: InMemoryLedger.Snapshot, _ life: Life, wasHalted: Bool
    ) {
        let old = state.withLock { state in
            defer { state.durable = new }
            return state.durable
        }
        expect(!life.isRehearsal, "I7", "a dry run wrote")
        let grows =
            new.entries.count > old.entries.count
            && (old.entries.isEmpty
                || new.entries[old.entries.count - 1] == old.entries[old.entries.count - 1])
        guard grows else { return breaks("I8", "the ledger lost an entry") }
        for id in old.signed {
            expect(
                new.challenge(of: id) == old.challenge(of: id), "I4",
                "the message of \(id) was replaced")
            expect(new.counts(id), "I5", "what was signed for \(id) was released")
        }
        for entry in new.entries[old.entries.count...] { checks(entry, new, wasHalted) }
    }

    private func checks(
        _ entry: InMemoryLedger.Entry, _ new: InMemoryLedger.Snapshot, _ wasHalted: Bool
    ) {
        trace.note(entry.kind.rawValue, Int(entry.seq), at: executor.now)
        guard let id = entry.transactionID else { return }
        if entry.kind == .decided, new.state(of: id) == .intended {
            expect(!wasHalted, "halt", "\(id) was reserved while halted")
        }
        let (shown, requests, signature) = state.withLock {
            ($0.shown[id]?.transaction.state, $0.shownRequests, $0.signatures[id])
        }
        if entry.kind == .confirmed {
            let request = new.request(of: id).flatMap { requests[$0] ?? nil }
            expect(
                request?.state == .approved && (shown == .approved || shown == .completed), "I6",
                "\(id) was called confirmed, and the platform did not show it")
        } else if let signature {
            expect(
                !entry.body.contains(signature), "I11", "a signature is in the entry of \(id)")
        }
    }

    /// A pass ended; `isWhole` where it missed nothing that it knows of.
    func passed(isWhole: Bool, durable: InMemoryLedger.Snapshot) {
        let (listed, isMisled) = state.withLock { state in
            defer { state.begin() }
            return (state.listed, state.isMisled)
        }
        guard isWhole else { return }
        expect(!isMisled, "I8", "a list without an end was taken for a whole one")
        for id in listed.sorted() where !durable.entries.contains(where: { $0.transactionID == id })
        {
            breaks("I8", "\(id) was listed and has no entry")
        }
    }

    /// A pass begins.
    func begins() { state.withLock { $0.begin() } }
}

extension ApprovalRequest {
    /// Whether it may still be answered for this transaction.
    fileprivate func isOpen(_ asked: ApprovalRequestID, for transaction: TransactionID) -> Bool {
        [.pending, .creating].contains(state) && id == asked && resourceID == transaction.text
            && type == "DSA_ED25519" && entityID != .text(Treasury.stranger)
    }
}

/// The lines of a signed message.
struct SignedLines {
    let all: [(name: String, value: String)]

    /// What every decision of this policy reads, beside the destination.
    static let required = ["id", "account_id", "type", "amount", "fee_amount", "reference"]

    init(_ message: [UInt8]) {
        all = message.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            let text = String(decoding: line, as: UTF8.self)
            guard let colon = text.firstRange(of: ": ") else { return (text, "") }
            return (String(text[..<colon.lowerBound]), String(text[colon.upperBound...]))
        }
    }

    subscript(name: String) -> String? { all.first { $0.name == name }?.value }
}

extension [UInt8] {
    /// Whether these bytes are somewhere in it.
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return false }
        for start in 0...(count - part.count)
        where self[start] == first && self[start..<(start + part.count)].elementsEqual(part) {
            return true
        }
        return false
    }
}
