import ApprovalAgent
import ApprovalCore
import GRDB

// INVARIANT: I8. The entries as the leaves of the transparency log: the hash of each, and the tree
// over all of them, which changes in the transaction that writes an entry and in no other.
extension Tables {
    /// The tree over every entry.
    func frontier() throws -> Frontier {
        guard let row = try first("SELECT * FROM frontier") else {
            guard try first("SELECT 1 FROM entry LIMIT 1") == nil else {
                throw LedgerError.corrupt("the tree over the entries is missing")
            }
            return Frontier()
        }
        return try frontier(of: verified(.frontier, row))
    }

    /// Makes the bytes of the entry to come the next leaf.
    func grow(by entry: [UInt8], as seq: Int64) throws {
        var tree = try frontier()
        guard tree.size == seq - 1 else {
            throw LedgerError.corrupt("the tree over the entries does not end with the last one")
        }
        let leaf = MerkleTree.leaf(entry, sha256)
        tree.append(leaf: leaf, sha256)
        try add(leaf, as: seq)
        let cells = sealed(.frontier, cells(of: tree))
        guard seq > 1 else {
            try insertSealed(.frontier, [cells])
            return
        }
        try run(
            "UPDATE frontier SET size = ?, hashes = ?, checksum = ? WHERE id = ?",
            cells[1], cells[2], cells[3], cells[0])
    }

    /// Makes every entry of a ledger that had no tree a leaf, in one walk over them.
    func growFromEntries() throws {
        var tree = Frontier()
        let entries = try Row.fetchCursor(database, sql: "SELECT seq, body FROM entry ORDER BY seq")
        while let row = try entries.next() {
            guard try row.integer("seq") == tree.size + 1 else {
                throw LedgerError.corrupt("its entry \(tree.size + 1) is missing")
            }
            let leaf = MerkleTree.leaf(try row.bytes("body"), sha256)
            tree.append(leaf: leaf, sha256)
            try add(leaf, as: tree.size)
        }
        guard tree.size > 0 else { return }
        try insert(.frontier, cells(of: tree))
    }

    private func add(_ leaf: Digest, as seq: Int64) throws {
        try run("INSERT INTO leaf (seq, hash) VALUES (?, ?)", .integer(seq), .bytes(leaf.bytes))
    }

    private func cells(of tree: Frontier) -> [DatabaseValue] {
        [.integer(1), .integer(tree.size), .bytes(tree.hashes.flatMap(\.bytes))]
    }

    /// The tree of a row whose checksum holds.
    private func frontier(of row: Row) throws -> Frontier {
        let bytes = try row.bytes("hashes")
        let hashes = stride(from: 0, to: bytes.count, by: 32).compactMap {
            Digest(Array(bytes[$0..<min($0 + 32, bytes.count)]))
        }
        guard hashes.count * 32 == bytes.count,
            let tree = Frontier(size: try row.integer("size"), hashes: hashes)
        else { throw LedgerError.unexpected("hashes") }
        return tree
    }

    /// At most `count` leaves from `index` on; what the tree holds must be there.
    func leaves(from index: Int64, count: Int) throws -> [LogLeaf] {
        let first = max(0, index)
        let rows = try all(
            """
            SELECT entry.seq, kind, transaction_id, body, hash
                FROM entry LEFT JOIN leaf ON leaf.seq = entry.seq
            WHERE entry.seq > ? ORDER BY entry.seq LIMIT ?
            """, .integer(first), .integer(Int64(max(0, count))))
        guard Int64(rows.count) >= min(try frontier().size - first, Int64(count)) else {
            throw LedgerError.corrupt("its entry \(first + Int64(rows.count) + 1) is missing")
        }
        return try rows.enumerated().map { place, row in
            let leaf = try LogLeaf(row)
            guard leaf.index == first + Int64(place) else {
                throw LedgerError.corrupt("its entry \(first + Int64(place) + 1) is missing")
            }
            return leaf
        }
    }

    /// Appends the leaf hashes up to a size to a tree that is smaller.
    func grow(_ tree: Frontier, to size: Int64) throws -> Frontier {
        var grown = tree
        let cursor = try Row.fetchCursor(
            database, sql: "SELECT seq, hash FROM leaf WHERE seq > ? AND seq <= ? ORDER BY seq",
            arguments: [tree.size, size])
        while let row = try cursor.next() {
            guard try row.integer("seq") == grown.size + 1 else { break }
            grown.append(leaf: try row.value("hash", row.bytes, Digest.init), sha256)
        }
        guard grown.size == size else {
            throw LedgerError.corrupt("the hash of its entry \(grown.size + 1) is missing")
        }
        return grown
    }

    /// The tree over the first `size` entries; nil where there are not so many.
    func tree(at size: Int64) throws -> Frontier? {
        guard try (0...frontier().size).contains(size) else { return nil }
        let nearest = try checkpoint(upTo: size)?.frontier ?? Frontier()
        return try grow(nearest, to: size)
    }
}

// The checkpoints that were signed.
extension Tables {
    /// The last one of at most this size; nil where there is none.
    func checkpoint(upTo size: Int64 = .max) throws -> SignedCheckpoint? {
        let row = try first(
            "SELECT * FROM signed_checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 1",
            .integer(size))
        guard let row else { return nil }
        let sealed = try verified(.checkpoint, row)
        return SignedCheckpoint(
            frontier: try frontier(of: sealed), note: try sealed.bytes("note"))
    }

    /// Throws unless its tree is a prefix of the ledger's own that contains the tree of `last`.
    func check(_ checkpoint: SignedCheckpoint, after last: SignedCheckpoint?) throws {
        let (new, old) = (checkpoint.frontier, last?.frontier ?? Frontier())
        guard new.size >= old.size, try new.size <= frontier().size else {
            throw LedgerError.corrupt(
                "a checkpoint of \(new.size) entries cannot follow on one of \(old.size)")
        }
        guard new.size > old.size || last == nil || checkpoint == last else {
            throw LedgerError.corrupt("a second checkpoint of \(new.size) entries is another one")
        }
        guard try grow(old, to: new.size) == new else {
            throw LedgerError.corrupt(
                "a checkpoint of \(new.size) entries does not hold the entries of this ledger")
        }
    }

    /// Keeps a checkpoint. `checked` is the one after which it was checked already.
    func keep(_ checkpoint: SignedCheckpoint, checked: SignedCheckpoint?) throws {
        let last = try self.checkpoint()
        if last != checked { try check(checkpoint, after: last) }
        guard checkpoint != last else { return }
        try insert(
            .checkpoint,
            [
                .integer(checkpoint.frontier.size),
                .bytes(checkpoint.frontier.hashes.flatMap(\.bytes)), .bytes(checkpoint.note),
            ])
    }
}

extension LogLeaf {
    init(_ row: Row) throws {
        self.init(
            index: try row.integer("seq") - 1,
            kind: try row.value("kind", row.text, EntryKind.init(rawValue:)),
            transactionID: try row.optionalText("transaction_id").flatMap(TransactionID.init),
            entry: try row.bytes("body"),
            hash: try row.value("hash", row.bytes, Digest.init))
    }
}
