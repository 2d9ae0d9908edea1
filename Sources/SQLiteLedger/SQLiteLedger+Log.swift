package import ApprovalAgent
package import ApprovalCore

// Leaves are read through a connection of their own, which has no page of the file in memory.
extension SQLiteLedger: EntryLog {
    package func frontier() async throws(LedgerError) -> Frontier {
        try await access { try $0.frontier() }
    }

    package func leaves(
        from index: Int64, count: Int
    ) async throws(LedgerError) -> [LogLeaf] {
        try await anew { try $0.leaves(from: index, count: count) }
    }

    package func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint? {
        try await access { try $0.checkpoint() }
    }

    package func keep(_ checkpoint: SignedCheckpoint) async throws(LedgerError) {
        let checked = try await anew { tables in
            let last = try tables.checkpoint()
            try tables.check(checkpoint, after: last)
            return last
        }
        try await write { try $0.keep(checkpoint, checked: checked) }
    }

    /// What is wrong there ends this ledger too: the entries are not what was written.
    private func anew<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        if let failure { throw failure }
        return try await reader(endsWith: true).access(work)
    }
}

// The same for those who only read.
extension SQLiteLedgerReader {
    /// As ``EntryLog/frontier()``.
    package func frontier() async throws(LedgerError) -> Frontier {
        try await access { try $0.frontier() }
    }

    /// As ``EntryLog/leaves(from:count:)``.
    package func leaves(
        from index: Int64, count: Int
    ) async throws(LedgerError) -> [LogLeaf] {
        try await access { try $0.leaves(from: index, count: count) }
    }

    /// As ``EntryLog/lastCheckpoint()``.
    package func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint? {
        try await access { try $0.checkpoint() }
    }

    /// The last checkpoint that was signed of at most this size; nil where there is none.
    package func checkpoint(upTo size: Int64) async throws(LedgerError) -> SignedCheckpoint? {
        try await access { try $0.checkpoint(upTo: size) }
    }

    /// The tree over the first `size` entries, from the nearest checkpoint below it on; nil where
    /// the ledger has not so many.
    package func tree(at size: Int64) async throws(LedgerError) -> Frontier? {
        try await access { try $0.tree(at: size) }
    }

    /// The root over the first `size` entries; nil where the ledger has not so many.
    package func root(at size: Int64) async throws(LedgerError) -> Digest? {
        let sha256 = sha256
        return try await tree(at: size)?.root(sha256)
    }
}
