import ApprovalAgent
import ApprovalCore
import GRDB
import Glibc
import Synchronization

/// Connections to a ledger's file, with their settings read back.
enum Connection {
    /// How long one waits for a reader that recovers a left WAL.
    private static let patience = 5.0
    /// A file of up to so many bytes is read as a whole at the start; a larger one, where that
    /// would take long, as far as its rows are read, and by `audit verify`.
    private static let readAtStart: Int64 = 64 << 20

    /// The one that writes. An existing file must be a ledger before anything is set; `isNew` is
    /// for one that was created just now.
    static func writer(_ path: String, isNew: Bool) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: path, configuration: configuration())
        try queue.writeWithoutTransaction { database in
            try execute(database, "PRAGMA trusted_schema = OFF")
            try execute(database, "PRAGMA cell_size_check = ON")
            if !isNew { try checkFormat(database, file: path) }
            try execute(database, "PRAGMA foreign_keys = ON")
            // After opening, and never left to a default: a commit is on disk when it returns.
            try require(database, "PRAGMA journal_mode = WAL", is: "wal")
            try execute(database, "PRAGMA synchronous = FULL")
            // SQLite swallows what goes wrong in its own checkpoints.
            try execute(database, "PRAGMA wal_autocheckpoint = 0")
            try require(database, "PRAGMA journal_mode", is: "wal")
            try require(database, "PRAGMA synchronous", is: "2")
            try require(database, "PRAGMA wal_autocheckpoint", is: "0")
            try require(database, "PRAGMA foreign_keys", is: "1")
        }
        return queue
    }

    /// Keeps a connection open until the process ends.
    ///
    /// INVARIANT: I10. The last connection to a database that closes syncs it and moves its WAL
    /// into the file, whatever failed before; after a failed sync that is the second try that
    /// succeeds without the data. So one that failed is never closed.
    static func abandon(_ queue: DatabaseQueue) {
        abandoned.withLock { $0.append(queue) }
    }

    private static let abandoned = Mutex<[DatabaseQueue]>([])

    /// One that cannot write, whatever it is asked.
    static func reader(_ path: String) throws -> DatabaseQueue {
        try reader(path, isAtRest: isAtRest(path))
    }

    /// The same, where it is known whether the file changes.
    static func reader(_ path: String, isAtRest: Bool) throws -> DatabaseQueue {
        var configuration = configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(
            path: isAtRest ? unchanging(path) : path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            try execute(database, "PRAGMA query_only = ON")
            try execute(database, "PRAGMA trusted_schema = OFF")
            try execute(database, "PRAGMA cell_size_check = ON")
            guard try checkVersion(database, file: path) == Schema.version else {
                throw SQLiteLedgerError.unknownFormat(
                    file: path,
                    why: "an older countersign wrote it; start the agent once with "
                        + "'countersign run', which brings it up to date")
            }
        }
        return queue
    }

    /// Whether nobody works on the ledger and nothing is left in a WAL.
    static func isAtRest(_ path: String) -> Bool {
        let hasWAL = unsafe access(path + "-wal", F_OK) == 0
        return !hasWAL && !LedgerLock.isHeld(ledger: path)
    }

    /// The name under which SQLite takes a file as one that nobody changes, and so leaves neither
    /// WAL nor shared memory beside it.
    private static func unchanging(_ path: String) -> String {
        let plain = path.utf8.map { byte -> String in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E:
                String(UnicodeScalar(byte))
            default: "%" + [byte].hex
            }
        }
        return "file:" + plain.joined() + "?immutable=1"
    }

    /// One to an empty file that a copy is written into: it is synced as a whole, later.
    static func copy(_ path: String) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: path, configuration: configuration())
        try queue.writeWithoutTransaction { database in
            try require(database, "PRAGMA journal_mode = OFF", is: "off")
            try execute(database, "PRAGMA synchronous = OFF")
        }
        return queue
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.busyMode = .timeout(patience)
        // The ledger sees for itself to what a failed commit leaves behind: it never goes on.
        configuration.allowsUnsafeTransactions = true
        return configuration
    }

    private static func execute(_ database: Database, _ sql: String) throws {
        try database.execute(sql: sql)
    }

    private static func require(
        _ database: Database, _ pragma: String, is expected: String
    ) throws {
        let value = try Row.fetchOne(database, sql: pragma).flatMap { row -> String? in
            guard let cell = row.databaseValues.first else { return nil }
            switch cell.storage {
            case .int64(let value): return String(value)
            case .string(let value): return value
            case .null, .double, .blob: return nil
            }
        }
        guard let value, value.isVerbatim(expected) else {
            throw SQLiteLedgerError.setting(
                "\(pragma) answers \(value ?? "nothing"), not \(expected)")
        }
    }

    /// Creates the tables in an empty file.
    static func makeSchema(_ queue: DatabaseQueue) throws {
        try queue.writeWithoutTransaction { database in
            try database.inTransaction(.immediate) {
                for migration in Schema.migrations {
                    for statement in migration { try execute(database, statement) }
                }
                try execute(database, "PRAGMA application_id = \(Schema.applicationID)")
                try execute(database, "PRAGMA user_version = \(Schema.version)")
                return .commit
            }
            try database.checkpoint(.truncate)
        }
    }

    /// Does the work without foreign keys where the ledger is of an older version, and with them
    /// again after it.
    static func migrating(
        _ database: Database, _ isOld: Bool, _ work: () throws -> Void
    ) throws {
        guard isOld else { return try work() }
        try execute(database, "PRAGMA foreign_keys = OFF")
        try require(database, "PRAGMA foreign_keys", is: "0")
        try work()
        try execute(database, "PRAGMA foreign_keys = ON")
        try require(database, "PRAGMA foreign_keys", is: "1")
    }

    /// Refuses what is no ledger of a version that this build knows, and what is damaged.
    private static func checkFormat(_ database: Database, file: String) throws {
        _ = try checkVersion(database, file: file)
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        guard pages * pageSize <= readAtStart else { return }
        let answer = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
        guard answer == "ok" else {
            throw SQLiteLedgerError.corrupt(
                file: file, why: "it is damaged: \(answer ?? "no answer")")
        }
    }

    /// The version, where this build knows it.
    private static func checkVersion(_ database: Database, file: String) throws -> Int64 {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id")
        guard application == Schema.applicationID else {
            throw SQLiteLedgerError.unknownFormat(file: file, why: "this is not a ledger")
        }
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= Schema.version else {
            throw SQLiteLedgerError.unknownFormat(
                file: file,
                why: "a newer countersign wrote it (version \(version); this one knows "
                    + "\(Schema.version)); use that one")
        }
        guard version >= 1 else {
            throw SQLiteLedgerError.unknownFormat(
                file: file, why: "its version \(version) was never in use")
        }
        return version
    }
}
