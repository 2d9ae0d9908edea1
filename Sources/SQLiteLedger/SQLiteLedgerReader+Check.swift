package import ApprovalAgent
package import ApprovalCore

/// The first entry of a ledger that is not what it was.
package struct BadEntry: Hashable, Sendable {
    /// What is wrong with it.
    package enum Fault: Hashable, Sendable {
        /// It, its row or its leaf is not what was written.
        case changed
        /// It is not there, and a later one is.
        case removed
        /// It is not there, nor any after it, and the tree holds it.
        case cutOff
        /// Another one was published in its place.
        case otherPublished
    }

    package let seq: Int64
    package let fault: Fault

    init(_ seq: Int64, _ fault: Fault) {
        self.seq = seq
        self.fault = fault
    }

    /// For people, behind "its entry N".
    package var why: String {
        switch fault {
        case .changed: "is not what was written"
        case .removed, .cutOff: "is missing"
        case .otherPublished: "is not the one that was published"
        }
    }
}

extension SQLiteLedgerReader {
    /// Reads every row but those of entries, against its checksum, and has SQLite look at the file.
    /// Takes time that grows with the ledger; throws ``LedgerError/corrupt(_:)`` for what is not
    /// what was written.
    package func checkRows() async throws(LedgerError) {
        try await access {
            try $0.checkFile()
            try $0.checkRows()
        }
    }

    /// Reads every entry, against its row, its leaf, the tree and what was published. Takes time
    /// that grows with the ledger.
    ///
    /// `published` is called with each entry's place in the log and its leaf hash, in order, and
    /// says whether that was published there, as far as anything was. Gives the first bad entry;
    /// throws ``LedgerError/corrupt(_:)`` for whatever else is not what was written.
    package func checkEntries(
        _ published: @escaping @Sendable (_ index: Int64, _ hash: Digest) -> Bool
    ) async throws(LedgerError) -> BadEntry? {
        try await access { try $0.checkEntries(published).bad }
    }
}
