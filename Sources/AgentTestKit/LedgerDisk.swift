package import ApprovalAgent
package import ApprovalCore

/// The disk under a ledger in memory: decides what of it becomes durable, and fails.
package protocol LedgerDisk: Sendable {
    /// A call begins; throws where the ledger cannot even be read.
    func begin(_ call: InMemoryLedger.Call) throws(LedgerError)

    /// One transaction's work is done in memory. Returns once it is durable; throws where that is
    /// not known, whatever became of it.
    func commit(_ state: InMemoryLedger.Snapshot) throws(LedgerError)
}

extension InMemoryLedger {
    /// All that a ledger holds, by value: what would be in its file.
    package struct Snapshot: Sendable {
        /// Every entry, oldest first.
        package internal(set) var entries: [Entry] = []
        var records: [TransactionID: Record] = [:]
        var held: [Held] = []
        var owners: [ApprovalRequestID: TransactionID] = [:]
        var lastSeen: UnixTime?
        var activations: [LoadedPolicy] = []
        var destinations: [KnownDestination: DestinationAge] = [:]
        var blobs: Set<[UInt8]> = []
        var checkpoints: [SignedCheckpoint] = []

        /// A ledger as `init` makes it.
        package init() {}

        /// Where a transaction stands; nil where it has no item.
        package func state(of id: TransactionID) -> ItemState? { records[id]?.state }

        /// What was signed for a transaction; nil where nothing was.
        package func challenge(of id: TransactionID) -> ChallengeRecord? { records[id]?.challenge }

        /// The approval request that was last recorded for a transaction.
        package func request(of id: TransactionID) -> ApprovalRequestID? { records[id]?.requestID }

        /// Every transaction that something was signed for.
        package var signed: [TransactionID] {
            records.values.filter { $0.challenge != nil }.map(\.transactionID).sorted()
        }

        /// Whether a transaction holds an open reservation.
        package func isReserved(_ id: TransactionID) -> Bool {
            held.contains { $0.transactionID == id && $0.state == .open }
        }

        /// Whether a transaction counts in its limits: reserved, or settled.
        package func counts(_ id: TransactionID) -> Bool {
            held.contains { $0.transactionID == id && $0.state != .released }
        }
    }

    /// What it holds now.
    package var snapshot: Snapshot {
        var snapshot = Snapshot()
        snapshot.entries = entries
        snapshot.records = records
        snapshot.held = held
        snapshot.owners = owners
        snapshot.lastSeen = lastSeen
        snapshot.activations = activations
        snapshot.destinations = destinations
        snapshot.blobs = blobs
        snapshot.checkpoints = checkpoints
        return snapshot
    }
}
