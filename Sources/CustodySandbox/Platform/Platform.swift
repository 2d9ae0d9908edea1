/// Everything the platform knows. A value: the sandbox keeps one behind a lock.
struct Platform: Sendable {
    var clockOffset = 0
    var ids: SeededGenerator
    var chances: SeededGenerator
    var settings = Settings()
    var keys: [String: APIKey] = [:]
    var nonces: [String: UsedNonces] = [:]
    var entities = Table<[JSON.Member]>()
    var assets = Table<[JSON.Member]>()
    var accounts = Table<AccountRecord>()
    var methods = Table<[JSON.Member]>()
    var requests = Table<ApprovalRequestRecord>()
    var deadlines = Deadlines()
    var tiers = Table<[JSON.Member]>()
    var transactions: [TransactionRecord] = []
    var slots: [String: Int] = [:]
    var references: [String: Reference] = [:]
    var faults: [FaultRule] = []
    var hostile: [HostileRule] = []
    var recording = Recording()
    var callbacks = Callbacks()
    /// The last `Date` header and its second.
    var lastDate: (seconds: Int, text: String)?

    init(seed: UInt64) {
        ids = SeededGenerator(state: seed)
        chances = SeededGenerator(state: seed ^ 0x5A5A_5A5A_5A5A_5A5A)
    }

    var now: UnixTime { UnixTime(seconds: UnixTime.ofTheHost.seconds + clockOffset) }

    func asset(of accountID: String) -> [JSON.Member]? {
        accounts[accountID].flatMap { assets[$0.assetID] }
    }

    func precision(of accountID: String) -> Int {
        asset(of: accountID)?.value("precision")?.integer ?? 8
    }

    // A transaction is only ever changed between `detach` and `attach`, so that index and locks follow.

    private func order(_ left: Int, _ right: Int) -> Bool {
        if transactions[left].createdAt != transactions[right].createdAt {
            return transactions[left].createdAt < transactions[right].createdAt
        }
        return transactions[left].id < transactions[right].id
    }

    private func position(of slot: Int) -> Int {
        let (account, state) = (transactions[slot].accountID, transactions[slot].state)
        let entries = accounts[account]?.index.states[state] ?? []
        return lowerBound(entries) { order(TransactionIndex.slot(of: $0), slot) }
    }

    private func holds(_ slot: Int, at position: Int) -> Bool {
        let (account, state) = (transactions[slot].accountID, transactions[slot].state)
        guard let entries = accounts[account]?.index.states[state] else { return false }
        return position < entries.count && TransactionIndex.slot(of: entries[position]) == slot
    }

    private mutating func attach(_ slot: Int) {
        let place = position(of: slot)
        let (account, state) = (transactions[slot].accountID, transactions[slot].state)
        let entry = TransactionIndex.entry(slot: slot, type: transactions[slot].type)
        accounts[account]?.index.insert(entry, state: state, at: place)
        apply(transactions[slot].lock, sign: +)
    }

    private mutating func detach(_ slot: Int) {
        let place = position(of: slot)
        let (account, state) = (transactions[slot].accountID, transactions[slot].state)
        if holds(slot, at: place) { accounts[account]?.index.remove(state: state, at: place) }
        apply(transactions[slot].lock, sign: -)
    }

    private mutating func apply(
        _ lock: Lock?, sign: (ExactAmount, ExactAmount) -> ExactAmount
    ) {
        guard let lock else { return }
        if let account = accounts[lock.accountID] {
            accounts[lock.accountID]?.locked = sign(account.locked, lock.amount)
        }
        if let payer = lock.feeAccountID, let account = accounts[payer] {
            accounts[payer]?.locked = sign(account.locked, lock.fee)
        }
    }

    /// Adds a transaction whose id is new.
    mutating func add(_ record: TransactionRecord) {
        let slot = transactions.count
        transactions.append(record)
        slots[record.id] = slot
        attach(slot)
        noticeTransaction(slot)
    }

    /// Adds new transactions in order; many of one account and state cost one sort.
    mutating func addAll(_ records: [TransactionRecord]) {
        if records.count < 16 {
            for record in records { add(record) }
            return
        }
        var entries: [[String]: [UInt64]] = [:]
        for record in records {
            entries[[record.accountID, record.state], default: []].append(
                TransactionIndex.entry(slot: transactions.count, type: record.type))
            let slot = transactions.count
            slots[record.id] = slot
            transactions.append(record)
            apply(record.lock, sign: +)
            noticeTransaction(slot)
        }
        for (place, added) in entries {
            var index = accounts[place[0]]?.index ?? TransactionIndex()
            index.append(added, state: place[1])
            index.sort(state: place[1]) {
                order(TransactionIndex.slot(of: $0), TransactionIndex.slot(of: $1))
            }
            accounts[place[0]]?.index = index
        }
    }

    /// Changes members of a transaction and everything that follows from them.
    mutating func change(_ slot: Int, _ members: [JSON.Member]) {
        detach(slot)
        for member in members { transactions[slot].members.set(member.name, member.value) }
        transactions[slot].refresh()
        attach(slot)
        noticeTransaction(slot)
    }

    /// Moves a transaction to another state and stamps the change.
    mutating func setState(_ slot: Int, _ state: String) {
        change(
            slot, [.init("state", .string(state)), .init("updated_at", .string(now.timestamp))])
        let follow: String? =
            switch state {
            case "CANCELLED", "FAILED": state
            default: nil
            }
        guard let follow else { return }
        let time = now.timestamp
        for id in transactions[slot].approvalRequestIDs where requests[id]?.isOpen == true {
            requests[id]?.state = follow
            requests[id]?.updatedAt = time
        }
    }
}
