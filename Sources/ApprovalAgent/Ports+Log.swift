package import ApprovalCore

/// The ledger's entries as the leaves of its transparency log. Leaf number `index` (from 0) is the
/// entry with `seq` index + 1: its canonical bytes.
package protocol EntryLog: Sendable {
    /// The tree over every durable entry, as it was committed together with the last of them.
    func frontier() async throws(LedgerError) -> Frontier

    /// At most `count` leaves from `index` on, read anew from the file, oldest first.
    func leaves(from index: Int64, count: Int) async throws(LedgerError) -> [LogLeaf]

    /// The checkpoint that was signed last; nil before the first.
    func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint?

    /// Keeps a checkpoint, durably, before it is shown to anyone. Sizes never fall; the same size
    /// again must be the same bytes.
    ///
    /// Throws ``LedgerError/corrupt(_:)`` where its tree is not a prefix of the ledger's own.
    func keep(_ checkpoint: SignedCheckpoint) async throws(LedgerError)
}

/// One leaf as the ledger has it on disk.
package struct LogLeaf: Hashable, Sendable {
    package let index: Int64
    package let kind: EntryKind
    package let transactionID: TransactionID?
    /// RFC 8785 canonical JSON of at most 65,535 bytes.
    package let entry: [UInt8]
    /// The leaf hash that was committed with the entry, kept apart from it.
    package let hash: Digest

    package init(
        index: Int64, kind: EntryKind, transactionID: TransactionID?, entry: [UInt8], hash: Digest
    ) {
        self.index = index
        self.kind = kind
        self.transactionID = transactionID
        self.entry = entry
        self.hash = hash
    }
}

/// A checkpoint that was signed, and the tree that it is of.
package struct SignedCheckpoint: Hashable, Sendable {
    package let frontier: Frontier
    /// The signed note (c2sp.org/signed-note): the bytes of the file `checkpoint`.
    package let note: [UInt8]

    package init(frontier: Frontier, note: [UInt8]) {
        self.frontier = frontier
        self.note = note
    }
}

/// The directory in which an audit log is published: files by their path below it, such as
/// `checkpoint`, `vkey` and `tile/0/x001/234`.
package protocol LogDirectory: Sendable {
    /// A file's bytes; nil where there is none.
    func read(_ path: String) throws(LogDirectoryError) -> [UInt8]?

    /// Writes files, each whole or not at all, in this order, and returns when all of them and
    /// their names are synced.
    func write(_ files: [LogFile]) throws(LogDirectoryError)

    /// Removes a directory and the files in it, such as `tile/0/000.p`; does nothing where there
    /// is none. What comes back after a power cut does no harm: only what is of no more use is
    /// removed.
    func remove(_ path: String) throws(LogDirectoryError)
}

/// One file of a log's directory.
package struct LogFile: Hashable, Sendable {
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// A file could not be read, written or synced; it names the file. It is never tried again in
/// place.
package struct LogDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let why: String

    package init(file: String, why: String) {
        self.file = file
        self.why = why
    }

    package var description: String { "\(file): \(why)" }
}

/// The last checkpoint that was signed, kept in a file of its own beside the ledger, so that a
/// ledger that was restored from an older copy is seen to be behind.
package protocol HighWaterMark: Sendable {
    /// The signed note; nil where none was ever kept.
    func read() throws(LogDirectoryError) -> [UInt8]?

    /// Keeps a signed note, durably, in place of the one before.
    func keep(_ note: [UInt8]) throws(LogDirectoryError)
}
