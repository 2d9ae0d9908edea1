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
        guard try first("PRAGMA foreign_key_check") == nil else {
            throw LedgerError.corrupt("a row belongs to another that is missing")
        }
        for table in SealedTable.all { try checkRows(of: table) }
        try checkHashes(of: "blob", "a transaction's body")
        try checkHashes(of: "policy_file", "a policy file")
        return try checkEntries()
    }

    private func checkRows(of table: SealedTable) throws {
        // The cursor steps through the rows; it holds one of them at a time.
        let cursor = try Row.fetchCursor(database, sql: "SELECT * FROM \(table.name)")
        while let row = try cursor.next() {
            do { _ = try verified(table, row) } catch {
                let key = table.key.map { "\($0) \(row.cell($0))" }.joined(separator: ", ")
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

    private func isSound(_ row: Row, _ body: [UInt8]) throws -> Bool {
        guard let json = try? JSONValue(parsing: body), json.canonicalBytes == body,
            let kind = json["kind"]?.text, let time = json["time"]?.text
        else { return false }
        let (seq, id) = (try row.integer("seq"), try row.optionalText("transaction_id"))
        let (rowKind, rowTime) = (try row.text("kind"), try row.time("time").description)
        return json["seq"]?.integer == seq && kind.isVerbatim(rowKind)
            && time.isVerbatim(rowTime)
            && json["transaction_id"] == id.map(JSONValue.string)
    }
}
