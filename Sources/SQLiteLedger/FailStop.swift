import ApprovalAgent
import ApprovalCore
import GRDB
import Synchronization

/// INVARIANT: I10. Remembers the first failure and lets nothing happen after it: a failed sync is
/// never tried again in place, for the second try would succeed without the data.
final class FailStop: Sendable {
    private struct State {
        var failure: LedgerError?
        var commitsSinceCheckpoint = 0
    }

    /// So many commits lie between two checkpoints.
    private static let commitsPerCheckpoint = 1_000

    /// The ledger's file, which every failure names.
    private let file: String
    private let state = Mutex(State())

    init(file: String) { self.file = file }

    /// The first failure; nil while all went well.
    var failure: LedgerError? { state.withLock { $0.failure } }

    /// Does the work, unless something failed before.
    func run<Value>(_ work: () throws -> Value) -> Result<Value, LedgerError> {
        if let failure { return .failure(failure) }
        do {
            return .success(try work())
        } catch {
            let failure = LedgerError(error).naming(file)
            if case .unavailable(let why) = failure {
                end(.unavailable("nothing is done any more, since: \(why)"))
            } else if failure.endsTheProcess {
                end(failure)
            }
            return .failure(failure)
        }
    }

    /// Lets every later call fail with this.
    func end(_ failure: LedgerError) {
        state.withLock { $0.failure = $0.failure ?? failure }
    }

    /// Counts what was committed, each work as one commit.
    func count(commits: Int) { state.withLock { $0.commitsSinceCheckpoint += commits } }

    /// Moves the WAL into the file after every 1,000th commit or so.
    func checkpointWhenDue(_ database: Database) throws {
        if isCheckpointDue(after: Self.commitsPerCheckpoint) { try checkpoint(database, .passive) }
    }

    /// Whether so many commits or more were made since the last checkpoint.
    func isCheckpointDue(after commits: Int) -> Bool {
        state.withLock { $0.commitsSinceCheckpoint >= commits }
    }

    /// Moves the WAL into the file. A reader may hold some of it back, which is no failure.
    func checkpoint(_ database: Database, _ mode: Database.CheckpointMode) throws {
        state.withLock { $0.commitsSinceCheckpoint = 0 }
        do {
            try database.checkpoint(mode)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            return
        }
    }
}

extension DatabaseQueue {
    /// Waits for the work on the database's own queue, without holding a thread.
    func access<Value: Sendable>(
        _ failStop: FailStop, _ sha256: @escaping SHA256, openTotals: OpenTotals? = nil,
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withCheckedContinuation { continuation in
            asyncWriteWithoutTransaction { database in
                let tables = Tables(
                    database: database, sha256: sha256, openTotals: openTotals)
                let result = failStop.run { try work(tables) }
                if case .failure = result { openTotals?.forget() }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// Reads from one snapshot.
    func snapshot<Value: Sendable>(
        _ failStop: FailStop, _ sha256: @escaping SHA256,
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await access(failStop, sha256) { tables in
            var value: Value?
            try tables.database.inTransaction(.deferred) {
                value = try work(tables)
                return .commit
            }
            guard let value else { throw LedgerError.unavailable("a snapshot gave nothing") }
            return value
        }
    }
}

extension LedgerError {
    /// The same, where it is about the file itself with its name.
    fileprivate func naming(_ file: String) -> LedgerError {
        switch self {
        case .unavailable(let why): .unavailable("\(file): \(why)")
        case .corrupt(let why): .corrupt("\(file): \(why)")
        case .conflictingChallenge, .requestTaken, .recordTooLarge, .policyRevision, .otherPolicy:
            self
        }
    }

    /// What an error of the database means. A constraint that did not hold is corruption.
    init(_ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError:
            let text = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "")"
            switch error.resultCode {
            case .SQLITE_CONSTRAINT, .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(text)
            default: self = .unavailable(text)
            }
        default: self = .unavailable("\(error)")
        }
    }
}

extension SQLiteLedgerError {
    /// What an error means while a ledger is created or opened.
    init(_ error: any Error, file: String) {
        switch error {
        case let error as SQLiteLedgerError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_NOTADB:
            self = .unknownFormat(file: file, why: "this is not a ledger")
        default:
            switch LedgerError(error) {
            case .corrupt(let why): self = .corrupt(file: file, why: why)
            case .unavailable(let why), .policyRevision(let why):
                self = .unavailable(file: file, why: why)
            case .conflictingChallenge, .requestTaken, .recordTooLarge, .otherPolicy:
                self = .unavailable(file: file, why: "\(error)")
            }
        }
    }
}
