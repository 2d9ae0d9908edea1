package import ApprovalAgent
package import ApprovalCore

/// A ledger that forgets with the process, counts by brute force, and fails when it is told to.
package actor InMemoryLedger: Ledger {
    /// One entry as the real ledger would write it.
    package struct Entry: Hashable, Sendable {
        package let seq: Int64
        package let time: UnixTime
        package let kind: EntryKind
        package let transactionID: TransactionID?
        /// RFC 8785 canonical JSON.
        package let body: [UInt8]
    }

    struct Held {
        enum State { case open, settled, released }

        let transactionID: TransactionID
        let exposure: Exposure
        var memberships: [LimitMembership]
        var state: State = .open
        var countedAt: UnixTime?
    }

    /// Every entry, oldest first.
    package private(set) var entries: [Entry] = []
    let environment: String
    var records: [TransactionID: Record] = [:]
    var held: [Held] = []
    var signatures = 0
    var owners: [ApprovalRequestID: TransactionID] = [:]
    var lastSeen: UnixTime?
    var activations: [LoadedPolicy] = []
    var destinations: [KnownDestination: DestinationAge] = [:]
    var faults = Faults()
    var freeBytes: Int64?
    /// The bodies that were kept beside entries.
    package internal(set) var blobs: Set<[UInt8]> = []
    var tree = Frontier()
    var leafHashes: [Digest] = []
    var checkpoints: [SignedCheckpoint] = []

    let disk: (any LedgerDisk)?

    package init(environment: String = "test") {
        self.environment = environment
        disk = nil
    }

    /// Opens what a disk holds.
    package init(_ snapshot: Snapshot, on disk: any LedgerDisk, environment: String = "test") {
        self.environment = environment
        self.disk = disk
        entries = snapshot.entries
        records = snapshot.records
        held = snapshot.held
        owners = snapshot.owners
        lastSeen = snapshot.lastSeen
        activations = snapshot.activations
        destinations = snapshot.destinations
        blobs = snapshot.blobs
        checkpoints = snapshot.checkpoints
    }

    /// Says that so much room is left.
    package func leave(freeBytes: Int64?) { self.freeBytes = freeBytes }

    /// The one open reservation of a transaction.
    func openIndex(_ id: TransactionID) -> Int? {
        held.firstIndex { $0.transactionID == id && $0.state == .open }
    }

    func laterOfSeen(_ now: UnixTime) -> UnixTime { max(now, lastSeen ?? now) }

    /// The canonical bytes of the next entry, refused before anything is changed.
    func body(
        _ kind: EntryKind, about id: TransactionID?, _ members: [JSONMember], at time: UnixTime,
        mark: JSONMember? = nil
    ) throws(LedgerError) -> [UInt8] {
        let own: [JSONMember?] = [
            JSONMember("v", .integer(1)), JSONMember("seq", .integer(entries.count + 1)),
            JSONMember("time", .string(time.description)),
            JSONMember("kind", .string(kind.rawValue)),
            JSONMember("environment", .string(environment)),
            id.map { JSONMember("transaction_id", .string($0.text)) },
            mark,
        ]
        let reserved: Set<String> = [
            "v", "seq", "time", "kind", "environment", "transaction_id", "intent",
            "signature_number",
        ]
        guard !members.contains(where: { reserved.contains($0.name) }) else {
            throw .corrupt("an entry's member is the ledger's own")
        }
        guard let body = JSONValue.object(own.compactMap(\.self) + members).canonicalBytes,
            body.count <= 65_535
        else { throw .recordTooLarge }
        return body
    }

    func write(_ kind: EntryKind, about id: TransactionID?, _ body: [UInt8], at time: UnixTime) {
        entries.append(
            Entry(
                seq: Int64(entries.count + 1), time: time, kind: kind, transactionID: id,
                body: body))
    }
}

extension InMemoryLedger {
    /// What is kept of one transaction.
    struct Record {
        let transactionID: TransactionID
        let accountID: AccountID
        var state: ItemState = .decided
        var body: [UInt8] = []
        var action: Decision.Action = .hold
        var fingerprint: Digest?
        var requestID: ApprovalRequestID?
        var requests: [UnixTime] = []
        var challenge: ChallengeRecord?
        var asking: Asking?
        var deliveredAt: UnixTime?
        var attempts = 0
        var retryAt: UnixTime?
    }

    func item(_ record: Record) -> LedgerItem {
        let since = lastSeen?.advanced(byMilliseconds: -86_400_000)
        return LedgerItem(
            transactionID: record.transactionID, accountID: record.accountID,
            state: record.state, decidedBody: record.body, action: record.action,
            requestID: record.requestID,
            requestTimes: record.requests.filter { time in since.map { time > $0 } ?? true }
                .sorted(),
            challenge: record.challenge, asking: record.asking, deliveredAt: record.deliveredAt,
            attempts: record.attempts, retryAt: record.retryAt)
    }
}
