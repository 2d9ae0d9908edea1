package import ApprovalAgent

extension SQLiteLedgerReader {
    /// Reads every row that there is, against its checksum, and every entry, against its row, its
    /// leaf and the tree. Takes time that grows with the ledger.
    ///
    /// Throws ``LedgerError/corrupt(_:)`` for the first that is not what was written.
    package func check() async throws(LedgerError) {
        try await access { _ = try $0.checkAll() }
    }
}
