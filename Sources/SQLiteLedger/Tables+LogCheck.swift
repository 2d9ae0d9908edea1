import ApprovalAgent
import ApprovalCore
import GRDB

// INVARIANT: I8. What a start finds out about the log without reading all of it.
extension Tables {
    /// So many of the last entries are hashed again: many more than are written between two
    /// checkpoints.
    private static let checked: Int64 = 4_096

    /// Throws unless the last entries are what their leaves say, the tree is made of them from the
    /// last checkpoint on, and that checkpoint is of this ledger. What lies before it is for the
    /// full audit.
    func checkLog() throws {
        let tree = try frontier()
        let last = try lastEntry()
        guard last == tree.size else {
            throw LedgerError.corrupt(
                "its last entry is \(last), and the tree over them has \(tree.size)")
        }
        let base = try checkpoint()?.frontier ?? Frontier()
        guard base.size <= tree.size else {
            throw LedgerError.corrupt(
                "it ends with entry \(tree.size), and a checkpoint of \(base.size) was signed: "
                    + "this is an older copy")
        }
        let hashes = try lastHashes(of: tree)
        guard tree.contains(base) else {
            throw LedgerError.corrupt(
                "the checkpoint of \(base.size) entries is not of the tree over its entries")
        }
        if tree.size - base.size <= Self.checked {
            try checkTree(tree, after: base, hashes)
        } else {
            try checkEnd(of: tree, hashes)
        }
    }

    /// The hashes of the last entries, which their leaves agree with.
    private func lastHashes(of tree: Frontier) throws -> [Digest] {
        var hashes: [Digest] = []
        let first = max(0, tree.size - Self.checked)
        let cursor = try Row.fetchCursor(
            database,
            sql: """
                SELECT entry.seq, body, hash FROM entry LEFT JOIN leaf ON leaf.seq = entry.seq
                WHERE entry.seq > ? ORDER BY entry.seq
                """, arguments: [first])
        while let row = try cursor.next() {
            let seq = first + Int64(hashes.count) + 1
            guard try row.integer("seq") == seq else {
                throw LedgerError.corrupt("its entry \(seq) is missing")
            }
            let hash = MerkleTree.leaf(try row.bytes("body"), sha256)
            guard try row.optionalBytes("hash") == hash.bytes else {
                throw LedgerError.corrupt("its entry \(seq) is not what was written")
            }
            hashes.append(hash)
        }
        return hashes
    }

    private func checkTree(_ tree: Frontier, after base: Frontier, _ hashes: [Digest]) throws {
        var grown = base
        for hash in hashes.suffix(Int(tree.size - base.size)) { grown.append(leaf: hash, sha256) }
        guard grown == tree else { throw Self.wrongTree }
    }

    /// The last complete subtrees that are made of those entries alone.
    private func checkEnd(of tree: Frontier, _ hashes: [Digest]) throws {
        var (rest, hashes) = (tree.size, hashes[...])
        for known in tree.hashes.reversed() {
            let width = 1 << rest.trailingZeroBitCount
            guard width <= hashes.count else { return }
            var subtree = Frontier()
            for hash in hashes.suffix(width) { subtree.append(leaf: hash, sha256) }
            guard subtree.hashes == [known] else { throw Self.wrongTree }
            hashes = hashes.dropLast(width)
            rest &= rest - 1
        }
    }

    private static var wrongTree: LedgerError {
        .corrupt("the tree over its entries is not what was written")
    }
}

extension Frontier {
    /// Whether the complete subtrees that both must share are the same. They do not tell all, but
    /// cost nothing.
    fileprivate func contains(_ base: Frontier) -> Bool {
        let differs = size ^ base.size
        let isShared: (Int64) -> Bool = { bit in bit > differs }
        func shared(_ tree: Frontier) -> [Digest] {
            var (rest, found) = (tree.size, [] as [Digest])
            for hash in tree.hashes.reversed() {
                let bit = rest & -rest
                if isShared(bit) { found.append(hash) }
                rest &= rest - 1
            }
            return found
        }
        return shared(self) == shared(base)
    }
}
