package import ApprovalAgent
package import ApprovalCore

extension InMemoryLedger: EntryLog {
    /// Hashes what was written since it was last asked: most tests never ask.
    private func grow() {
        for entry in entries.dropFirst(leafHashes.count) {
            let leaf = MerkleTree.leaf(entry.body, TestSHA256.hash)
            leafHashes.append(leaf)
            tree.append(leaf: leaf, TestSHA256.hash)
        }
    }

    package func frontier() async throws(LedgerError) -> Frontier {
        try guarded(.frontier) { () throws(LedgerError) in
            grow()
            return tree
        }
    }

    package func leaves(from index: Int64, count: Int) async throws(LedgerError) -> [LogLeaf] {
        try guarded(.leaves) { () throws(LedgerError) in
            grow()
            return zip(entries, leafHashes).dropFirst(Int(max(0, index))).prefix(max(0, count)).map
            { entry, hash in
                LogLeaf(
                    index: entry.seq - 1, kind: entry.kind, transactionID: entry.transactionID,
                    entry: entry.body, hash: hash)
            }
        }
    }

    package func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint? {
        try guarded(.lastCheckpoint) { () throws(LedgerError) in checkpoints.last }
    }

    package func keep(_ checkpoint: SignedCheckpoint) async throws(LedgerError) {
        try guarded(.keep) { () throws(LedgerError) in
            grow()
            var prefix = Frontier()
            for leaf in leafHashes.prefix(Int(checkpoint.frontier.size)) {
                prefix.append(leaf: leaf, TestSHA256.hash)
            }
            guard prefix == checkpoint.frontier else {
                throw .corrupt("the checkpoint is not of this ledger")
            }
            if let last = checkpoints.last {
                guard checkpoint.frontier.size >= last.frontier.size,
                    checkpoint.frontier.size > last.frontier.size || checkpoint == last
                else { throw .corrupt("the checkpoint falls behind the last one") }
                if checkpoint == last { return }
            }
            checkpoints.append(checkpoint)
        }
    }
}
