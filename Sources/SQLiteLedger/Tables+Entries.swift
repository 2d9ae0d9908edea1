import ApprovalAgent
import ApprovalCore
import GRDB

extension Tables {
    /// The most bytes that an entry may have: a leaf of the audit log.
    private static let largestEntry = 65_535
    /// The most bytes that a transaction's body may have.
    private static let largestBody = 16_384
    /// The members that the ledger itself writes.
    private static let own: Set<String> = [
        "v", "seq", "time", "kind", "environment", "transaction_id", "intent", "signature_number",
    ]

    /// Writes an entry after the last one and gives its number. `mark` is a member of the ledger's
    /// own.
    @discardableResult
    func append(
        _ kind: EntryKind, about id: TransactionID?, _ members: [JSONMember], at time: UnixTime,
        mark: JSONMember? = nil
    ) throws -> Int64 {
        if let name = members.map(\.name).first(where: Self.own.contains) {
            throw LedgerError.corrupt("an entry's member \(name) is the ledger's own")
        }
        guard let environment = try meta("environment") else {
            throw LedgerError.corrupt("the ledger is bound to no environment")
        }
        let seq = try lastEntry() + 1
        var all = [
            JSONMember("v", .integer(1)), JSONMember("seq", .integer(seq)),
            JSONMember("time", .string(time.description)),
            JSONMember("kind", .string(kind.rawValue)),
            JSONMember("environment", .string(environment)),
        ]
        if let id { all.append(JSONMember("transaction_id", .string(id.text))) }
        if let mark { all.append(mark) }
        guard let body = JSONValue.object(all + members).canonicalBytes,
            body.count <= Self.largestEntry
        else { throw LedgerError.recordTooLarge }
        count(written: body)
        try grow(by: body, as: seq)
        try run(
            "INSERT INTO entry (seq, time, kind, transaction_id, body) VALUES (?, ?, ?, ?, ?)",
            .integer(seq), .time(time), .text(kind.rawValue), .optional(id?.text, { .text($0) }),
            .bytes(body))
        return seq
    }

    /// Keeps a transaction's body by its hash; nil where there is none.
    func keep(body: [UInt8]) throws -> [UInt8]? {
        guard !body.isEmpty else { return nil }
        guard body.count <= Self.largestBody else { throw LedgerError.recordTooLarge }
        let digest = sha256(body).bytes
        guard try first("SELECT 1 FROM blob WHERE sha256 = ?", .bytes(digest)) == nil else {
            return digest
        }
        count(written: body)
        try run(
            "INSERT INTO blob (sha256, bytes) VALUES (?, ?)", .bytes(digest), .bytes(body))
        return digest
    }

    /// A body by its hash; empty where it was erased.
    func body(_ digest: [UInt8]?) throws -> [UInt8] {
        guard let digest,
            let row = try first("SELECT bytes FROM blob WHERE sha256 = ?", .bytes(digest))
        else { return [] }
        let bytes = try row.bytes("bytes")
        guard sha256(bytes).bytes == digest else {
            throw LedgerError.corrupt("a transaction's body is not what was written")
        }
        return bytes
    }

    /// The latest entries, oldest first.
    func entries(limit: Int) throws -> [LedgerEntry] {
        try all("SELECT * FROM entry ORDER BY seq DESC LIMIT ?", .integer(Int64(limit)))
            .reversed().map(LedgerEntry.init)
    }

    /// The latest entries about one transaction, oldest first.
    func entries(about id: TransactionID, limit: Int) throws -> [LedgerEntry] {
        try all(
            "SELECT * FROM entry WHERE transaction_id = ? ORDER BY seq DESC LIMIT ?",
            .text(id.text), .integer(Int64(limit))
        ).reversed().map(LedgerEntry.init)
    }
}

extension LedgerEntry {
    fileprivate init(_ row: Row) throws {
        self.init(
            seq: try row.integer("seq"), time: try row.time("time"),
            kind: try row.value("kind", row.text, EntryKind.init(rawValue:)),
            transactionID: try row.optionalText("transaction_id").flatMap(TransactionID.init),
            body: try row.bytes("body"))
    }
}
