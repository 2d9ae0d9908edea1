import ApprovalAgent
import ApprovalCore
import GRDB

extension Tables {
    /// The most entries that one page looks at, and the bytes of entries after which it ends: what
    /// a query needs of memory does not grow with the ledger.
    private static let entriesPerPage: Int64 = 8_192
    private static let bytesPerPage = 4 << 20

    /// The number of the last entry; 0 where there is none.
    func lastSeq() throws -> Int64 { try count("SELECT coalesce(max(seq), 0) AS n FROM entry") }

    /// The entries that the filter lets through, from one end of the range on, as far as one page
    /// goes.
    func page(
        _ filter: EntryFilter, in range: ClosedRange<Int64>, newestFirst: Bool,
        _ needs: EntryNeeds
    ) throws -> EntryPage {
        let window = Self.window(range, newestFirst)
        let joins = needs != .bytes || filter.readsTransaction
        let parses = needs != .bytes || filter.readsEntry
        let (sql, arguments) = Self.statement(filter, window, newestFirst, joins)
        let statement = try database.cachedStatement(sql: sql)
        try statement.setArguments(
            StatementArguments(arguments.map { $0 as (any DatabaseValueConvertible)? }))
        let rows = try Row.fetchCursor(statement)
        var page = EntryPage(next: Self.next(after: window, in: range, newestFirst))
        var bodies: [Digest: RecordedTransaction] = [:]
        var bytes = 0
        while let row = try rows.next() {
            let entry = try entry(row, joins: joins, parses: parses, &bodies)
            if case .erased = entry.transaction { page.erased += 1 }
            guard filter.holds(entry) else { continue }
            page.entries.append(entry)
            bytes += entry.bytes.count
            guard bytes < Self.bytesPerPage else {
                page.next = Self.next(after: entry.seq...entry.seq, in: range, newestFirst)
                break
            }
        }
        return page
    }

    private static func window(_ range: ClosedRange<Int64>, _ newestFirst: Bool) -> ClosedRange<
        Int64
    > {
        guard range.upperBound - range.lowerBound >= entriesPerPage else { return range }
        return newestFirst
            ? (range.upperBound - entriesPerPage + 1)...range.upperBound
            : range.lowerBound...(range.lowerBound + entriesPerPage - 1)
    }

    /// What of the range is left after a part of it; nil where nothing is.
    private static func next(
        after part: ClosedRange<Int64>, in range: ClosedRange<Int64>, _ newestFirst: Bool
    ) -> ClosedRange<Int64>? {
        newestFirst
            ? part.lowerBound > range.lowerBound ? range.lowerBound...(part.lowerBound - 1) : nil
            : part.upperBound < range.upperBound ? (part.upperBound + 1)...range.upperBound : nil
    }

    private func entry(
        _ row: Row, joins: Bool, parses: Bool, _ bodies: inout [Digest: RecordedTransaction]
    ) throws -> RecordedEntry {
        let seq = try row.integer("seq")
        var transaction = RecordedTransaction.absent
        if joins, let hex = try row.optionalBytes("decided"),
            let digest = Digest(hex: String(decoding: hex, as: UTF8.self))
        {
            transaction = try bodies[digest] ?? recorded(digest, for: seq)
            bodies[digest] = transaction
        }
        return try RecordedEntry(
            seq: seq, time: try row.time("time"),
            kind: try row.value("kind", row.text, EntryKind.init(rawValue:)),
            transactionID: try row.optionalText("transaction_id").flatMap(TransactionID.init),
            bytes: try row.bytes("body"), transaction: transaction, parses: parses)
    }

    private func recorded(_ digest: Digest, for seq: Int64) throws -> RecordedTransaction {
        let bytes = try body(digest.bytes)
        guard !bytes.isEmpty else { return .erased(digest) }
        do throws(JSONError) { return .kept(digest, try JSONValue(parsing: bytes)) } catch {
            throw LedgerError.corrupt("the transaction's body that entry \(seq) names is no JSON")
        }
    }
}

// The statement of a page.
extension Tables {
    /// The member of a decision's entry that names the body. Within a text its quotes would be
    /// escaped, so it is found nowhere else.
    private static let bodyMember = Array("\"transaction_sha256\":\"".utf8)

    private static func statement(
        _ filter: EntryFilter, _ window: ClosedRange<Int64>, _ newestFirst: Bool, _ joins: Bool
    ) -> (String, [DatabaseValue]) {
        var sql = "SELECT e.seq, e.time, e.kind, e.transaction_id, e.body"
        var arguments: [DatabaseValue] = []
        if joins {
            sql += """
                , (SELECT substr(d.body, instr(d.body, ?) + \(bodyMember.count), 64) FROM entry d
                WHERE d.transaction_id = e.transaction_id AND d.seq <= e.seq AND d.kind = 'decided'
                AND instr(d.body, ?) > 0 ORDER BY d.seq DESC LIMIT 1) AS decided
                """
            arguments += [.bytes(bodyMember), .bytes(bodyMember)]
        }
        sql += " FROM entry e WHERE e.seq BETWEEN ? AND ?"
        arguments += [.integer(window.lowerBound), .integer(window.upperBound)]
        func require(_ condition: String, _ values: [DatabaseValue]) {
            guard !values.isEmpty else { return }
            sql += " AND (" + values.map { _ in condition }.joined(separator: " OR ") + ")"
            arguments += values
        }
        require("e.time >= ?", [filter.since].compactMap(\.self).map { .time($0) })
        require("e.time < ?", [filter.until].compactMap(\.self).map { .time($0) })
        require("e.kind = ?", filter.kinds.map { .text($0.rawValue) })
        require("e.transaction_id = ?", filter.transactions.map { .text($0.text) })
        for group in filter.mentions { require("instr(e.body, ?) > 0", group.map { .bytes($0) }) }
        return (sql + " ORDER BY e.seq" + (newestFirst ? " DESC" : ""), arguments)
    }
}
