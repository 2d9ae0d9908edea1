package import ApprovalAgent
package import ApprovalCore
import GRDB

/// The ledger in one SQLite file: one connection that writes, and every commit synced.
///
/// INVARIANT: I10. After the first failure nothing is tried again: every later call fails without
/// touching the file, and the process has to start over.
package final class SQLiteLedger: Ledger {
    let path: String
    let sha256: SHA256
    /// What is built aside for the next policy.
    let bench = PreparationBench()
    private let queue: DatabaseQueue
    private let failStop = FailStop()
    private let lock: LedgerLock

    private init(
        _ path: String, _ queue: DatabaseQueue, _ sha256: @escaping SHA256, _ lock: LedgerLock
    ) {
        self.path = path
        self.queue = queue
        self.sha256 = sha256
        self.lock = lock
    }

    /// Creates an empty ledger for its owner alone; refuses a file that exists. For `init` only.
    package static func create(at path: String) throws(SQLiteLedgerError) {
        let file = LedgerFile(path: path)
        try file.create()
        do {
            let queue = try Connection.writer(path, isNew: true)
            try Connection.makeSchema(queue)
            try queue.close()
            try file.sync()
        } catch {
            file.remove()
            throw SQLiteLedgerError(error, file: path)
        }
    }

    /// Whether an agent works on the ledger at `path` at this moment.
    package static func isInUse(at path: String) -> Bool { LedgerLock.isHeld(ledger: path) }

    /// Opens the ledger to work on it, as the only process that does.
    ///
    /// Checks the file, the settings, the format, the binding and every open item. The first
    /// opening binds it; one of an older version is brought up to this one.
    package static func open(
        at path: String, binding: LedgerBinding, sha256: @escaping SHA256
    ) throws(SQLiteLedgerError) -> SQLiteLedger {
        try LedgerFile(path: path).check()
        let lock = try LedgerLock(ledger: path)
        do {
            let writer = try Connection.writer(path, isNew: false)
            try writer.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    let tables = Tables(database: database, sha256: sha256)
                    try tables.migrate()
                    try tables.bind(to: binding, file: path)
                    try tables.checkOpenItems()
                    if let mark = lock.mark() { try tables.check(mark) }
                    return .commit
                }
            }
            return SQLiteLedger(path, writer, sha256, lock)
        } catch {
            lock.release()
            throw SQLiteLedgerError(error, file: path)
        }
    }

    /// Moves the WAL into the file and lets go of the lock; every later call fails. Throws where
    /// that did not succeed or the ledger had failed before; the lock is free in any case.
    package func close() async throws(LedgerError) {
        defer { lock.release() }
        let failStop = failStop
        try await access { tables in
            try failStop.checkpoint(tables.database, .truncate)
            failStop.end(.unavailable("the ledger is closed"))
        }
        do {
            try queue.close()
        } catch {
            throw LedgerError(error)
        }
    }
}

// The port. Each call is one access of the database's own queue, which no cancelled task cuts
// short: a commit is waited for, whatever becomes of its caller.
extension SQLiteLedger {
    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await access { tables in try tables.row(id).map(tables.item) }
    }

    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await access { try $0.unfinished() }
    }

    package func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await access { try $0.effective(now) }
    }

    package func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        try await access { try $0.answers(questions) }
    }

    package func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool {
        try await write {
            try $0.recordCancel(id, mostPerHour: mostPerHour, entry, now: now)
        }
    }

    package func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        try await write { try $0.settle(proposal, now: now, judge: judge) }
    }

    package func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await write { try $0.advance(id, step, entry, now: now) }
    }

    package func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await write { try $0.note(kind, about: id, entry, now: now) }
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await access { try $0.overview() }
    }

    func access<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await queue.access(failStop, sha256, work)
    }

    /// Moves the WAL into the file where that was not done for so many commits.
    func checkpoint(every commits: Int) async throws(LedgerError) {
        let failStop = failStop
        guard failStop.isCheckpointDue(after: commits) else { return }
        try await access { try failStop.checkpoint($0.database, .passive) }
    }

    /// One transaction. `andThen` is called when it is on disk, before any other access.
    func write<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value,
        andThen: @escaping @Sendable (Value) -> Void = { _ in }
    ) async throws(LedgerError) -> Value {
        let (failStop, lock) = (failStop, lock)
        return try await access { tables in
            try failStop.checkpointWhenDue(tables.database)
            var value: Value?
            var mark: LedgerLock.Mark?
            try tables.database.inTransaction(.immediate) {
                value = try work(tables)
                mark = try tables.lastMark()
                return .commit
            }
            if let mark { lock.leave(mark) }
            guard let value else { throw LedgerError.unavailable("a transaction gave nothing") }
            andThen(value)
            return value
        }
    }
}
