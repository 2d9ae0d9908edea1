package import ApprovalAgent
package import ApprovalCore
import GRDB
import Synchronization

/// The ledger in one SQLite file: one connection that writes, and every commit synced. Those who
/// wait while a commit is synced share the next one.
///
/// INVARIANT: I10. After the first failure nothing is tried again: every later call fails without
/// touching the file, and the process has to start over.
package final class SQLiteLedger: Ledger {
    let path: String
    let sha256: SHA256
    /// What is built aside for the next policy.
    let bench = PreparationBench()
    private let queue: DatabaseQueue
    private let failStop: FailStop
    private let openTotals = OpenTotals()
    private let lock: LedgerLock
    private let files: OpenFiles
    private let isClosed = Mutex(false)
    private let group: GroupCommit

    private init(
        _ path: String, _ queue: DatabaseQueue, _ sha256: @escaping SHA256, _ lock: LedgerLock
    ) {
        self.path = path
        self.queue = queue
        self.sha256 = sha256
        self.lock = lock
        files = OpenFiles(ledger: path)
        failStop = FailStop(file: path)
        group = GroupCommit(queue, sha256, failStop, openTotals, lock)
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
    /// Checks the file, the settings, the format, the binding, the end of the log and every open
    /// item, in a time that hardly grows with the ledger. The first opening binds it; one of an
    /// older version is brought up to this one.
    ///
    /// Throws ``SQLiteLedgerError/behind(file:why:)`` where the entry that was last seen committed
    /// is not in it. `accepting` opens it all the same, for `reconcile --accept` alone: the next
    /// write leaves a new mark.
    package static func open(
        at path: String, binding: LedgerBinding, sha256: @escaping SHA256,
        accepting: Bool = false
    ) throws(SQLiteLedgerError) -> SQLiteLedger {
        try LedgerFile(path: path).check()
        let lock = try LedgerLock(ledger: path)
        var opened: DatabaseQueue?
        do {
            let writer = try Connection.writer(path, isNew: false)
            opened = writer
            try writer.writeWithoutTransaction { database in
                let tables = Tables(database: database, sha256: sha256)
                try Connection.migrating(database, try tables.isOfOlderVersion()) {
                    try database.inTransaction(.immediate) {
                        try tables.migrate()
                        try tables.bind(to: binding, file: path)
                        try tables.checkOpenItems()
                        if !accepting, let mark = lock.mark() {
                            try tables.check(mark, file: path)
                        }
                        return .commit
                    }
                }
            }
            return SQLiteLedger(path, writer, sha256, lock)
        } catch {
            if error is DatabaseError, let opened { Connection.abandon(opened) }
            lock.release()
            throw SQLiteLedgerError(error, file: path)
        }
    }

    deinit {
        if failStop.failure != nil, !isClosed.withLock({ $0 }) { Connection.abandon(queue) }
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
            isClosed.withLock { $0 = true }
        } catch {
            throw LedgerError(error)
        }
    }
}

// What readiness is told by: a few system calls, which wait for nothing and write nothing.
extension SQLiteLedger {
    /// Throws unless what is recorded now is recorded: no call failed before, and ledger, WAL and
    /// lock are the files at their names, on a file system that takes writes.
    ///
    /// It waits for no call that is under way.
    package func selfCheck() throws(LedgerError) {
        if let failure = failStop.failure { throw failure }
        try files.check()
        guard lock.isInPlace else {
            throw .unavailable(
                "\(path).lock is not the file that this agent locked: a second agent could start. "
                    + "Restart the agent, and let nothing remove that file")
        }
    }

    /// The room that is left on the ledger's file system, in bytes that any user may fill.
    package func freeBytes() throws(LedgerError) -> Int64 {
        do { return try FileSystem(of: path).freeBytes } catch {
            throw LedgerError.unavailable("\(error)")
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
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {
        try await write { tables in
            for body in evidence { _ = try tables.keep(body: body) }
            try tables.advance(id, step, entry, now: now)
        }
    }

    package func accept(
        _ spent: [Spent], entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await write { try $0.accept(spent, entry, now: now) }
    }

    package func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try await write { try $0.note(kind, about: id, entry, now: now) }
    }

    package func condition() async throws(LedgerError) -> LedgerCondition {
        try selfCheck()
        return LedgerCondition(freeBytes: try freeBytes())
    }

    package func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await access { try $0.signedTimes(after: time) }
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await access { try $0.overview() }
    }

    /// The first failure; nil while all went well.
    var failure: LedgerError? { failStop.failure }

    /// A new connection that reads aside. `endsWith` is for one whose failure is the ledger's.
    func reader(endsWith: Bool = false) throws(LedgerError) -> AsideReader {
        do {
            let queue = try Connection.reader(path)
            return AsideReader(
                queue: queue, sha256: sha256,
                failStop: endsWith ? failStop : FailStop(file: path))
        } catch {
            throw LedgerError(error)
        }
    }

    func access<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await queue.access(failStop, sha256, openTotals: openTotals, work)
    }

    /// Moves the WAL into the file where that was not done for so many commits.
    func checkpoint(every commits: Int) async throws(LedgerError) {
        let failStop = failStop
        guard failStop.isCheckpointDue(after: commits) else { return }
        try await access { try failStop.checkpoint($0.database, .passive) }
    }

    /// So many calls wait for their turn to be written.
    package var waiting: Int { group.waiting }

    /// Writes in a transaction, which it may share with others that wait, and returns when it is
    /// on disk. `andThen` is called then, before any other access and any other work.
    func write<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value,
        andThen: (@Sendable (Value) -> Void)? = nil
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withCheckedContinuation { continuation in
            group.join(
                Work(endsBatch: andThen != nil) { tables in
                    let value = try work(tables)
                    return Work.Done {
                        andThen?(value)
                    } resume: {
                        continuation.resume(returning: .success(value))
                    }
                } refuse: { failure in
                    continuation.resume(returning: .failure(failure))
                })
        }
        return try result.get()
    }
}
