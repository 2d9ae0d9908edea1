import ApprovalAgent
import ApprovalCore
import GRDB

// Within the transaction that opens the ledger: a file is of one version or of the next.
extension Tables {
    /// Whether ``migrate()`` has something to do. Foreign keys must not be in force while it does:
    /// a table that others refer to may be made anew.
    func isOfOlderVersion() throws -> Bool {
        try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0 < Schema.version
    }

    /// Brings a ledger of an older version up to this one. What version 1 counted is of no use
    /// here: the first activation counts history again.
    func migrate() throws {
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version < Schema.version else { return }
        for migration in Schema.migrations.dropFirst(Int(version)) {
            for statement in migration { try database.execute(sql: statement) }
        }
        if version < 2 { try keepReferences() }
        if version < 4 {
            try growFromEntries()
            try noteEveryEnd()
            try setMeta("signatures", String(count("SELECT count(*) AS n FROM challenge")))
        }
        guard try first("PRAGMA foreign_key_check") == nil else {
            throw LedgerError.corrupt("a row belongs to another that is missing")
        }
        try database.execute(sql: "PRAGMA user_version = \(Schema.version)")
    }

    /// Finds the references of what is open or settled in the bodies that were decided, where
    /// these are still kept.
    private func keepReferences() throws {
        let held = try Int64.fetchAll(
            database, sql: "SELECT id FROM reservation WHERE state <> 'released' ORDER BY id")
        for number in held {
            let reservation = try reservation(number)
            guard let item = try row(reservation.transactionID) else {
                throw LedgerError.corrupt("a reservation belongs to no item")
            }
            let body = try body(item.bodyDigest)
            guard let transaction = try? Transaction(bytes: body) else { continue }
            try keep(reference: transaction.field("reference").text, of: number)
        }
    }
}
