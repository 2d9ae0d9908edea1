package import ApprovalCore

/// A ledger as a replay reads it: page by page, from any number of connections side by side.
package protocol ReplayedLedger: Sendable {
    /// At most `count` entries from number `seq` on, oldest first.
    func entries(from seq: Int64, count: Int) async throws(LedgerError) -> [ReplayedRow]

    /// The bodies that are kept under these hashes. What was erased is not among them; the bytes
    /// are not yet held against the hash.
    func bodies(_ digests: Set<Digest>) async throws(LedgerError) -> [Digest: [UInt8]]

    /// The files of a policy that was active; empty where it never was.
    func policyFiles(_ digest: Digest) async throws(LedgerError) -> [PolicyFile]
}

/// One row of the table of entries.
package struct ReplayedRow: Hashable, Sendable {
    package let seq: Int64
    package let time: UnixTime
    package let kind: EntryKind
    package let transactionID: TransactionID?
    /// The entry's canonical bytes.
    package let body: [UInt8]

    package init(
        seq: Int64, time: UnixTime, kind: EntryKind, transactionID: TransactionID?, body: [UInt8]
    ) {
        self.seq = seq
        self.time = time
        self.kind = kind
        self.transactionID = transactionID
        self.body = body
    }
}
