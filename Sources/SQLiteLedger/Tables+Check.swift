import ApprovalAgent
import ApprovalCore
import GRDB

// INVARIANT: I8. What makes a copy one to rely on: all of it was read, and all of it is as written.
extension Tables {
    /// Reads every row that there is and gives the last entry; throws at the first that is wrong,
    /// and names it.
    func checkAll() throws -> LedgerLock.Mark? {
        try checkFile()
        let (last, bad) = try checkEntries { _, _ in true }
        if let bad { throw LedgerError.corrupt("its entry \(bad.seq) \(bad.why)") }
        try checkRows()
        return last
    }

    /// The file by SQLite's own rules.
    func checkFile() throws {
        let answer = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
        guard answer == "ok" else {
            throw LedgerError.corrupt("it is damaged: \(answer ?? "no answer")")
        }
    }

    /// Every row that is none of an entry, and that each belongs to one that is there.
    func checkRows() throws {
        guard try first("PRAGMA foreign_key_check") == nil else {
            throw LedgerError.corrupt("a row belongs to another that is missing")
        }
        for table in SealedTable.all { try checkRows(of: table) }
        try checkHashes(of: "blob", "a transaction's body")
        try checkHashes(of: "policy_file", "a policy file")
    }

    private func checkRows(of table: SealedTable) throws {
        // The cursor steps through the rows; it holds one of them at a time.
        let cursor = try Row.fetchCursor(database, sql: "SELECT * FROM \(table.name)")
        while let row = try cursor.next() {
            do { _ = try verified(table, row) } catch {
                let key = try table.key.map { "\($0) \(try row.cell($0))" }.joined(separator: ", ")
                throw LedgerError.corrupt(
                    "the row of the table \(table.name) with \(key) is not what was written")
            }
        }
    }

    private func checkHashes(of table: String, _ what: String) throws {
        let cursor = try Row.fetchCursor(database, sql: "SELECT sha256, bytes FROM \(table)")
        while let row = try cursor.next() {
            let hash = try row.bytes("sha256")
            guard sha256(try row.bytes("bytes")).bytes == hash else {
                throw LedgerError.corrupt("\(what) with hash \(hash.hex) is not what was written")
            }
        }
    }

    /// Every entry from 1 on: its body is canonical and says what its row says, its leaf is its
    /// hash and `published` has no other; the tree and every checkpoint are made of the leaves.
    func checkEntries(
        _ published: (_ index: Int64, _ hash: Digest) -> Bool
    ) throws -> (last: LedgerLock.Mark?, bad: BadEntry?) {
        var (tree, body) = (Frontier(), [UInt8]())
        var checkpoint = try nextCheckpoint(after: -1)
        let cursor = try Row.fetchCursor(
            database,
            sql: "SELECT entry.seq, time, kind, transaction_id, body, hash FROM entry "
                + "LEFT JOIN leaf ON leaf.seq = entry.seq ORDER BY entry.seq")
        repeat {
            if let due = checkpoint, due.frontier.size == tree.size {
                guard due.frontier == tree else {
                    throw LedgerError.corrupt(
                        "its checkpoint of \(tree.size) entries does not hold its entries")
                }
                checkpoint = try nextCheckpoint(after: tree.size)
            }
            guard let row = try cursor.next() else { break }
            let (seq, entry) = (tree.size + 1, try WrittenEntry(row))
            guard entry.seq == seq else { return (nil, BadEntry(seq, .removed)) }
            let leaf = MerkleTree.leaf(entry.body, sha256)
            guard leaf.bytes == entry.hash, entry.isSound else {
                return (nil, BadEntry(seq, .changed))
            }
            guard published(tree.size, leaf) else { return (nil, BadEntry(seq, .otherPublished)) }
            tree.append(leaf: leaf, sha256)
            body = entry.body
        } while true
        let kept = try frontier()
        guard tree.size >= kept.size else { return (nil, BadEntry(tree.size + 1, .cutOff)) }
        guard checkpoint == nil, kept == tree,
            try count("SELECT coalesce(max(seq), 0) AS n FROM leaf") == tree.size
        else { throw LedgerError.corrupt("the tree over its entries is not what was written") }
        return (tree.size == 0 ? nil : LedgerLock.Mark(seq: tree.size, digest: sha256(body)), nil)
    }

    private func nextCheckpoint(after size: Int64) throws -> SignedCheckpoint? {
        let next = try first(
            "SELECT size FROM signed_checkpoint WHERE size > ? ORDER BY size LIMIT 1",
            .integer(size))
        return try next.flatMap { try checkpoint(upTo: $0.integer("size")) }
    }
}

/// An entry with its row and its leaf, as they stand in the file.
private struct WrittenEntry {
    let seq: Int64
    let body: [UInt8]
    /// Of its leaf; nil where it has none.
    let hash: [UInt8]?
    private let time: Int64
    private let kind: String
    private let transactionID: String?

    /// Of the columns seq, time, kind, transaction_id, body, hash: by their places, for a look
    /// by name at each of a million rows takes longer than all else.
    init(_ row: Row) throws(LedgerError) {
        guard case .int64(let seq) = Self.cell(row, 0), case .int64(let time) = Self.cell(row, 1),
            case .string(let kind) = Self.cell(row, 2), case .blob(let body) = Self.cell(row, 4)
        else { throw .unexpected("of an entry") }
        (self.seq, self.time, self.kind, self.body) = (seq, time, kind, Array(body))
        switch Self.cell(row, 3) {
        case .string(let id): transactionID = id
        case .null: transactionID = nil
        case .int64, .double, .blob: throw .unexpected("transaction_id")
        }
        if case .blob(let hash) = Self.cell(row, 5) {
            self.hash = Array(hash)
        } else {
            hash = nil
        }
    }

    private static func cell(_ row: Row, _ index: Int) -> DatabaseValue.Storage {
        (row[index] as DatabaseValue).storage
    }

    /// Whether its bytes are canonical and say what its row says.
    var isSound: Bool {
        guard let head = EntryHead(of: body) else { return false }
        func says(_ range: Range<Int>?, _ text: String?) -> Bool {
            guard let range, let text else { return range == nil && text == nil }
            return body[range].elementsEqual(text.utf8)
        }
        return head.seq == seq && says(head.kind, kind)
            && says(head.time, UnixTime(milliseconds: time).description)
            && says(head.transactionID, transactionID)
    }
}
