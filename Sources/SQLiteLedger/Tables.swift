import ApprovalAgent
import ApprovalCore
import GRDB

/// The tables of a ledger within one database access. Nothing in it knows of files, locks or
/// transactions; whoever makes one sees to those.
struct Tables {
    let database: Database
    let sha256: SHA256
    /// What is open, where it is known without reading all of it.
    var openTotals: OpenTotals?
    /// How much was written through this value.
    let written = Written()

    /// Counts the bytes of entries and bodies: nearly all that a transaction writes.
    final class Written {
        fileprivate(set) var bytes = 0
    }

    /// Counts what is about to be written.
    func count(written bytes: [UInt8]) { written.bytes += bytes.count }

    /// Executes a statement.
    func run(_ sql: String, _ arguments: DatabaseValue...) throws {
        try statement(sql, arguments).execute()
    }

    /// The first row that a query gives.
    func first(_ sql: String, _ arguments: DatabaseValue...) throws -> Row? {
        try Row.fetchOne(statement(sql, arguments))
    }

    /// Every row that a query gives; its caller bounds it.
    func all(_ sql: String, _ arguments: DatabaseValue...) throws -> [Row] {
        try Row.fetchAll(statement(sql, arguments))
    }

    /// The single integer that a query gives.
    func count(_ sql: String, _ arguments: DatabaseValue...) throws -> Int64 {
        guard let row = try Row.fetchOne(statement(sql, arguments)) else { return 0 }
        return try row.integer("n")
    }

    private func statement(_ sql: String, _ arguments: [DatabaseValue]) throws -> Statement {
        let statement = try database.cachedStatement(sql: sql)
        // Of all ways to make them the one that GRDB does fastest.
        try statement.setArguments(
            StatementArguments(arguments.map { $0 as (any DatabaseValueConvertible)? }))
        return statement
    }
}

// Sealed rows.
extension Tables {
    /// Inserts a row with its checksum.
    func insert(_ table: SealedTable, _ cells: [DatabaseValue]) throws {
        try statement(table.insert, sealed(table, cells)).execute()
    }

    /// Inserts a row, or changes that of the same key, with its checksum.
    func upsert(_ table: SealedTable, _ cells: [DatabaseValue]) throws {
        try statement(table.upsert, sealed(table, cells)).execute()
    }

    /// The row itself where its checksum holds.
    func verified(_ table: SealedTable, _ row: Row) throws(LedgerError) -> Row {
        // The columns of the table come first, in their order.
        let cells = Array(row.databaseValues)
        let count = table.columns.count
        guard cells.count > count, case .blob(let sum) = cells[count].storage,
            sum.elementsEqual(checksum(table, cells.prefix(count)))
        else {
            throw .corrupt("a row of the table \(table.name) is not what was written")
        }
        return row
    }

    /// The first 16 bytes of SHA-256 over the row.
    func checksum(
        _ table: SealedTable, _ cells: some Collection<DatabaseValue>
    ) -> [UInt8] {
        Array(sha256(table.preimage(cells)).bytes.prefix(16))
    }

    /// Inserts rows that have their checksums.
    func insertSealed(_ table: SealedTable, _ rows: some Sequence<[DatabaseValue]>) throws {
        for row in rows { try statement(table.insert, row).execute() }
    }

    /// Inserts or changes rows that have their checksums.
    func upsertSealed(_ table: SealedTable, _ rows: some Sequence<[DatabaseValue]>) throws {
        for row in rows { try statement(table.upsert, row).execute() }
    }

    /// A row with its checksum.
    func sealed(_ table: SealedTable, _ cells: [DatabaseValue]) -> [DatabaseValue] {
        cells + [.bytes(checksum(table, cells))]
    }
}

// What the ledger knows of itself.
extension Tables {
    /// A value by its name; nil where it was never set.
    func meta(_ name: String) throws -> String? {
        guard let row = try first("SELECT * FROM meta WHERE name = ?", .text(name)) else {
            return nil
        }
        return try verified(.meta, row).text("value")
    }

    /// Sets a value.
    func setMeta(_ name: String, _ value: String) throws {
        try upsert(.meta, [.text(name), .text(value)])
    }

    /// The latest trusted reading of the clock; nil before the first.
    func lastSeen() throws -> UnixTime? {
        guard let text = try meta("last_seen") else { return nil }
        guard let milliseconds = Int64(text) else { throw LedgerError.unexpected("value") }
        return UnixTime(milliseconds: milliseconds)
    }

    /// now′: the later of `now` and the last time that was seen.
    func effective(_ now: UnixTime) throws -> UnixTime {
        max(now, try lastSeen() ?? now)
    }

    /// now′ of a reading: one that cannot be trusted makes no time pass, and so no room.
    func effective(_ reading: Reading) throws -> UnixTime {
        reading.isTrusted ? try effective(reading.time) : try lastSeen() ?? reading.time
    }

    /// Lets a trusted reading move the last seen time on.
    func see(_ reading: Reading) throws {
        guard reading.isTrusted else { return }
        if let last = try lastSeen(), reading.time <= last { return }
        try setMeta("last_seen", String(reading.time.milliseconds))
    }
}
