import ApprovalCore

/// Holds each entry against all entries before it: the states of transactions, the active policy,
/// what is reserved and spent, and who was asked. Taken in order, once.
struct ReplayHistory {
    /// Where a transaction stands.
    struct Item {
        var state: ItemState?
        var firstDecided: UnixTime?
        /// What was decided and is under way; nil where nothing is reserved.
        var open: Open? {
            get { openBox?.value }
            set { openBox = newValue.map(Box.init) }
        }
        /// The last decision, where something may still be cancelled for it.
        var blocked: ExaminedDecision? {
            get { blockedBox?.value }
            set { blockedBox = newValue.map(Box.init) }
        }
        private var openBox: Box<Open>?
        private var blockedBox: Box<ExaminedDecision>?
        /// It counts for ever.
        var isSettled = false
        /// An entry about it cannot be read: nothing can be told of what follows on it.
        var isLost = false
    }

    /// Most items are at an end and have neither: they stay small.
    private final class Box<Value: Sendable>: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    /// A decision that reserved something, and what came of it.
    struct Open {
        let decision: ExaminedDecision
        /// nil where it cannot be told what it counts.
        let reservation: Int?
        var requestID: ApprovalRequestID?
        var methodID: ApprovalMethodID?
        var asking: Asking?
        var signing: ExaminedSigning?
        var deliveredAt: UnixTime?
        /// How many processes had begun when it was signed.
        var signedAfterStarts: Int64 = 0
    }

    var items: [TransactionID: Item] = [:]
    var book = SpentBook()
    private var requests: [ApprovalRequestID: TransactionID] = [:]
    private var environment: String?
    private(set) var lastSeen: UnixTime?
    private var active: Digest?
    /// How many processes began.
    private(set) var starts: Int64 = 0
    /// Whose keys the last process had; nil where it did not say.
    private(set) var keys: [EntityID: PublicKey]?
    /// Whether an entry so far recorded all that doing it again needs. An agent never goes back to
    /// a build that does not: from then on each entry must.
    var recordsAll = false
    private var ages: [KnownDestination: DestinationAge] = [:]
    private var next: Int64 = 1
    /// How many were signed.
    private var signed: Int64 = 0
    /// What is to be bound or verified again; drained by ``drain()``.
    private var jobs: [ReplayJob] = []

    /// What was found to do since the last call.
    mutating func drain() -> [ReplayJob] {
        defer { jobs = [] }
        return jobs
    }

    mutating func add(_ job: ReplayJob) { jobs.append(job) }

    /// Takes one more entry. What diverges is added to it.
    mutating func take(_ entry: inout ExaminedEntry) {
        if entry.row.seq != next {
            entry.diverge(.numbering, expected: "entry \(next)", found: "\(entry.row.seq)")
        }
        next = entry.row.seq + 1
        if let name = entry.environment {
            let first = environment ?? name
            environment = first
            if !first.isVerbatim(name) {
                entry.diverge(.members, expected: "environment: \(first)", found: name)
            }
        }
        seen(&entry)
        switch entry.step {
        case .activated(let digest, let policy): activate(&entry, digest, policy)
        case .started(let keys):
            starts += 1
            self.keys = keys
        case .accepted(let approvals, let policy): accept(&entry, approvals, under: policy)
        case .noted: break
        default:
            guard let id = entry.row.transactionID else { return }
            var item = items[id] ?? Item()
            step(&entry, id, &item)
            items[id] = item
        }
    }

    /// No entry is older than the last time that a trusted clock told.
    private mutating func seen(_ entry: inout ExaminedEntry) {
        guard case .decided(let decision) = entry.step, let clock = decision.clock else {
            if let lastSeen, entry.row.time < lastSeen {
                entry.diverge(.time, expected: "\(lastSeen) or later", found: "\(entry.row.time)")
            }
            return
        }
        let known = lastSeen ?? clock.time
        let now = clock.isTrusted ? max(known, clock.time) : known
        if decision.now != now {
            entry.diverge(.time, expected: "inputs.now: \(now)", found: "\(decision.now)")
        }
        if clock.isTrusted { lastSeen = now }
    }

    private mutating func activate(
        _ entry: inout ExaminedEntry, _ digest: Digest, _ policy: LoadedPolicy?
    ) {
        let isFirst = active == nil
        if active == digest {
            entry.diverge(.policy, expected: "another policy", found: "the active one again")
        }
        active = digest
        guard let policy else {
            book.isBroken = true
            return
        }
        let age = DestinationAge(activatedAt: entry.row.time, isOriginal: isFirst)
        for destination in policy.policy.addressBook.destinations
        where ages[destination] == nil {
            ages[destination] = age
        }
        book.count(under: policy.policy)
    }

    /// What was approved by other means counts from now on. What was signed here, or was accepted
    /// before, stays as it is.
    private mutating func accept(
        _ entry: inout ExaminedEntry, _ approvals: [ExaminedAcceptance], under policy: Digest
    ) {
        if policy != active {
            entry.diverge(
                .policy, expected: "the active policy \(active?.description ?? "(none)")",
                found: "\(policy)")
        }
        for one in approvals {
            let id = one.transactionID
            var item = items[id] ?? Item()
            guard item.open?.signing == nil, item.state != .accepted, !item.isSettled else {
                continue
            }
            if let number = item.open?.reservation {
                book.settle(number, at: entry.row.time)
            } else if let exposure = one.exposure {
                book.settle(book.reserve(exposure, for: id), at: entry.row.time)
            } else if !one.isKnown {
                book.isBroken = true
            }
            (item.state, item.open, item.isSettled) = (.accepted, nil, true)
            items[id] = item
        }
    }

    private mutating func step(
        _ entry: inout ExaminedEntry, _ id: TransactionID, _ item: inout Item
    ) {
        guard !item.isLost else { return }
        let kind = entry.row.kind
        switch entry.step {
        case .unreadable:
            if let open = item.open, open.reservation != nil { book.isBroken = true }
            item.isLost = true
        case .decided(let decision): decided(&entry, decision, id, &item)
        case .cancelled(let cancellation): cancelled(&entry, cancellation, item)
        case .quarantined(isNote: true): break
        default:
            guard let state = item.state, kind.isLegal(from: state), let open = item.open else {
                let state = item.state.map { "it is \($0.rawValue)" } ?? "it was never decided"
                entry.diverge(.order, expected: "what may follow: \(state)", found: kind.rawValue)
                return
            }
            advance(&entry, id, &item, open)
        }
    }

    private mutating func decided(
        _ entry: inout ExaminedEntry, _ decision: ExaminedDecision, _ id: TransactionID,
        _ item: inout Item
    ) {
        if let state = item.state, ![.decided, .released].contains(state) {
            entry.diverge(
                .order, expected: "what may follow: it is \(state.rawValue)", found: "decided")
            return
        }
        if decision.isInForce == true, decision.policyDigest != active {
            entry.diverge(
                .policy, expected: "the active policy \(active?.description ?? "(none)")",
                found: "\(decision.policyDigest)")
        }
        if decision.clock != nil {
            recordsAll = true
        } else if recordsAll {
            entry.diverge(
                .members, expected: "inputs.clock, in_force, account_bytes", found: "nothing")
        }
        answered(&entry, decision, id, item)
        item.firstDecided = item.firstDecided ?? entry.row.time
        item.blocked = decision.isCancellable ? decision : nil
        guard decision.action == .allow else {
            (item.state, item.open) = (.decided, nil)
            return
        }
        item.state = .intended
        var number: Int?
        if let exposure = decision.exposure {
            number = book.reserve(exposure, decision.memberships, for: id)
        } else {
            book.isBroken = true
        }
        item.open = Open(decision: decision, reservation: number, requestID: item.open?.requestID)
    }

    /// What the ledger answered must be what the entries before it give.
    private func answered(
        _ entry: inout ExaminedEntry, _ decision: ExaminedDecision, _ id: TransactionID,
        _ item: Item
    ) {
        guard let (questions, answers) = decision.asked, decision.clock != nil else { return }
        func differs(_ name: String, _ expected: String?, _ found: String?) {
            guard expected != found else { return }
            entry.diverge(
                .usage, expected: "\(name): \(expected ?? "null")", found: found ?? "null")
        }
        if questions.asksFirstDecision {
            differs(
                "first_decision", item.firstDecided?.description,
                answers.firstDecision?.description)
        }
        if let destination = questions.destination {
            differs("destination", ages[destination]?.told, answers.destination?.told)
        }
        guard !questions.limits.isEmpty || questions.reference != nil else { return }
        guard !book.isBroken else {
            entry.tally.unsummed += 1
            return
        }
        if let reference = questions.reference {
            differs(
                "same_reference", book.sameReference(reference, without: id)?.text,
                answers.sameReference?.text)
        }
        for (question, found) in zip(questions.limits, answers.usage) {
            let expected = book.usage(question)
            if expected == found {
                entry.tally.usages += 1
            } else {
                differs("limit", expected.told, found.told)
            }
        }
    }

    /// Counts one more that is signed, and holds the number against what the entry says.
    mutating func number(_ found: Int64?, _ entry: inout ExaminedEntry) {
        signed += 1
        guard found != nil || recordsAll else { return }
        recordsAll = true
        if found != signed {
            entry.diverge(
                .order, expected: "signature_number: \(signed)",
                found: found.map { "\($0)" } ?? "nothing")
        }
    }

    /// Whether a request is this transaction's alone, from now on.
    mutating func claim(_ request: ApprovalRequestID, for id: TransactionID) -> Bool {
        let owner = requests[request] ?? id
        requests[request] = owner
        return owner == id
    }
}

extension DestinationAge {
    fileprivate var told: String { "\(activatedAt)\(isOriginal ? ", original" : "")" }
}

extension LimitUsage {
    fileprivate var told: String {
        "\(limit) \(key) used \(used), count \(count), room after \(roomAfter?.description ?? "null")"
    }
}

extension EntryKind {
    /// The table of states (ARCHITECTURE.md). What is final is left by no step.
    fileprivate func isLegal(from state: ItemState) -> Bool {
        switch self {
        case .requested, .released: [.intended, .requested].contains(state)
        case .asked: [.requested, .asked].contains(state)
        case .signed: state == .requested
        case .delivered: [.signed, .delivered].contains(state)
        case .confirmed: [.asked, .signed, .delivered].contains(state)
        case .failed, .conflict, .quarantined:
            [.intended, .requested, .asked, .signed, .delivered].contains(state)
        case .decided, .started, .stopped, .policyActivated, .policyRejected, .reconciled,
            .halted, .resumed, .clockAnomaly, .cancelled, .checkpoint:
            false
        }
    }
}
