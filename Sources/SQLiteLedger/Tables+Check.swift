import ApprovalAgent
import ApprovalCore
import GRDB

// INVARIANT: I8. What makes a copy one to rely on: all of it was read, and all of it is as written.
extension Tables {
    /// Reads every row that there is and gives the last entry; throws at the first that is wrong,
    /// and names it.
    func checkAll() throws -> LedgerLock.Mark? {
        let answer = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
        guard answer == "ok" else {
            throw LedgerError.corrupt("it is damaged: \(answer ?? "no answer")")
        }
        let last = try checkEntries()
        guard try first("PRAGMA foreign_key_check") == nil else {
            throw LedgerError.corrupt("a row belongs to another that is missing")
        }
        for table in SealedTable.all { try checkRows(of: table) }
        try checkHashes(of: "blob", "a transaction's body")
        try checkHashes(of: "policy_file", "a policy file")
        try checkTree()
        return last
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

    /// Every entry from 1 on: its body is canonical and says what its row says.
    private func checkEntries() throws -> LedgerLock.Mark? {
        let cursor = try Row.fetchCursor(database, sql: "SELECT * FROM entry ORDER BY seq")
        var last: Int64 = 0
        var lastBody: [UInt8] = []
        while let row = try cursor.next() {
            let seq = try row.integer("seq")
            guard seq == last + 1 else {
                throw LedgerError.corrupt("its entry \(last + 1) is missing")
            }
            lastBody = try row.bytes("body")
            guard try isSound(row, lastBody) else {
                throw LedgerError.corrupt("its entry \(seq) is not what was written")
            }
            last = seq
        }
        return last == 0 ? nil : LedgerLock.Mark(seq: last, digest: sha256(lastBody))
    }

    /// Every leaf is the hash of its entry, and the tree and every checkpoint are made of them.
    private func checkTree() throws {
        var tree = Frontier()
        var checkpoint = try nextCheckpoint(after: -1)
        let cursor = try Row.fetchCursor(
            database,
            sql: "SELECT entry.seq, body, hash FROM entry LEFT JOIN leaf ON leaf.seq = entry.seq "
                + "ORDER BY entry.seq")
        repeat {
            if let due = checkpoint, due.frontier.size == tree.size {
                guard due.frontier == tree else {
                    throw LedgerError.corrupt(
                        "its checkpoint of \(tree.size) entries does not hold its entries")
                }
                checkpoint = try nextCheckpoint(after: tree.size)
            }
            guard let row = try cursor.next() else { break }
            let leaf = MerkleTree.leaf(try row.bytes("body"), sha256)
            guard try row.optionalBytes("hash") == leaf.bytes else {
                throw LedgerError.corrupt("its entry \(tree.size + 1) is not what was written")
            }
            tree.append(leaf: leaf, sha256)
        } while true
        guard checkpoint == nil, try frontier() == tree,
            try count("SELECT coalesce(max(seq), 0) AS n FROM leaf") == tree.size
        else { throw LedgerError.corrupt("the tree over its entries is not what was written") }
    }

    private func nextCheckpoint(after size: Int64) throws -> SignedCheckpoint? {
        let next = try first(
            "SELECT size FROM signed_checkpoint WHERE size > ? ORDER BY size LIMIT 1",
            .integer(size))
        return try next.flatMap { try checkpoint(upTo: $0.integer("size")) }
    }

    private func isSound(_ row: Row, _ body: [UInt8]) throws -> Bool {
        guard let head = EntryHead(of: body) else { return false }
        func says(_ range: Range<Int>?, _ text: String?) -> Bool {
            guard let range, let text else { return range == nil && text == nil }
            return body[range].elementsEqual(text.utf8)
        }
        return try head.seq == row.integer("seq") && says(head.kind, row.text("kind"))
            && says(head.time, row.time("time").description)
            && says(head.transactionID, row.optionalText("transaction_id"))
    }
}
