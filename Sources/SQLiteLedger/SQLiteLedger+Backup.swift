import ApprovalAgent
package import ApprovalCore
import GRDB
import Glibc
import Synchronization

/// A copy of a ledger, which was checked as a whole before it got its name.
package struct LedgerBackup: Hashable, Sendable {
    /// How many entries it holds, numbered from 1 without a gap.
    package let entries: Int64
    /// SHA-256 of the last entry's bytes; nil where it holds none.
    package let lastEntry: Digest?
    /// The size of the file.
    package let bytes: Int64
    /// Of the whole file.
    package let sha256: Digest
}

/// SHA-256 of what is too long for memory: asks for the next piece until it gets an empty one.
package typealias SHA256OfPieces =
    @Sendable (_ next: () throws -> [UInt8]) throws -> Digest

extension SQLiteLedger {
    /// Copies the ledger at `path`, as it is at one moment, into a new file at `target`, while
    /// an agent may work on it: the agent is never held up, and its lock is not asked for.
    ///
    /// The copy belongs to its owner alone (0600) and is on disk with its directory. Before it
    /// gets its name every row of it is read and checked. A cancelled task ends it; whatever goes
    /// wrong, nothing is left behind. `progress` is told of bytes, on a thread of the database.
    package static func backUp(
        _ path: String, to target: String, sha256: @escaping SHA256,
        sha256OfPieces: @escaping SHA256OfPieces,
        progress: @escaping @Sendable (_ copied: Int64, _ total: Int64) -> Void = { _, _ in }
    ) async throws(SQLiteLedgerError) -> LedgerBackup {
        let isCancelled = Mutex(false)
        let copying = Copying(
            path: path, target: target, sha256: sha256, sha256OfPieces: sha256OfPieces,
            progress: progress, isCancelled: { isCancelled.withLock { $0 } })
        return try await withTaskCancellationHandler {
            () async -> Result<LedgerBackup, SQLiteLedgerError> in
            await copying.result()
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }.get()
    }
}

/// One copy that is made.
private struct Copying: Sendable {
    /// So many pages are copied in one step: a mebibyte.
    private static let pagesPerStep: CInt = 256
    /// So much stays free for the agent where the copy is on the ledger's own file system.
    private static let roomForAgent: Int64 = 64 << 20
    /// So many bytes are hashed at a time.
    private static let piece = 1 << 20

    let path: String
    let target: String
    let sha256: SHA256
    let sha256OfPieces: SHA256OfPieces
    let progress: @Sendable (Int64, Int64) -> Void
    let isCancelled: @Sendable () -> Bool

    /// Does all of it on the queue of the connection that reads.
    func result() async -> Result<LedgerBackup, SQLiteLedgerError> {
        do {
            try LedgerFile(path: path).check()
            let file = try UnfinishedFile(for: target)
            let isAtRest = Connection.isAtRest(path)
            let before = FileVersion(path: path)
            let queue = try Connection.reader(path, isAtRest: isAtRest)
            let mark = try await copy(queue, into: file.path)
            try queue.close()
            // A file that is at rest is read as one that nobody changes.
            guard !isAtRest || (Connection.isAtRest(path) && FileVersion(path: path) == before)
            else {
                throw SQLiteLedgerError.unavailable(
                    file: path, why: "an agent began to work on it meanwhile; make the copy again")
            }
            return .success(try finish(file, mark))
        } catch {
            return .failure(meaning(error))
        }
    }

    private func copy(
        _ queue: DatabaseQueue, into copy: String
    ) async throws -> LedgerLock.Mark? {
        try await withCheckedThrowingContinuation { continuation in
            queue.asyncWriteWithoutTransaction { database in
                continuation.resume(with: Result { try self.copy(database, into: copy) })
            }
        }
    }

    /// One snapshot: what is read first begins it, and the copy ends it.
    private func copy(_ database: Database, into copy: String) throws -> LedgerLock.Mark? {
        var mark: LedgerLock.Mark?
        try database.inTransaction(.deferred) {
            mark = try Tables(database: database, sha256: sha256).lastMark()
            let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try checkRoom(for: pages * pageSize)
            let queue = try Connection.copy(copy)
            try queue.writeWithoutTransaction { destination in
                try database.backup(to: destination, pagesPerStep: Self.pagesPerStep) { step in
                    guard !isCancelled() else { throw CancellationError() }
                    progress(
                        Int64(step.completedPageCount) * pageSize,
                        Int64(step.totalPageCount) * pageSize)
                }
            }
            try queue.close()
            return .commit
        }
        return mark
    }

    /// A full disk would stop the agent.
    private func checkRoom(for bytes: Int64) throws(SQLiteLedgerError) {
        let directory = LedgerFile(path: target).directory
        let free = try FileSystem(of: directory).freeBytes
        let isShared = FileSystem.isSame(directory, LedgerFile(path: path).directory)
        guard free >= bytes + (isShared ? Self.roomForAgent : 0) else {
            throw UnfinishedFile.refusal(
                target, "there is room for \(free) bytes, and the copy has \(bytes)", ENOSPC)
        }
    }

    private func finish(
        _ file: UnfinishedFile, _ mark: LedgerLock.Mark?
    ) throws -> LedgerBackup {
        try file.sync()
        try check(file.path, mark)
        var offset: Int64 = 0
        let digest = try sha256OfPieces {
            guard !isCancelled() else { throw CancellationError() }
            let piece = try file.read(Self.piece, at: offset)
            offset += Int64(piece.count)
            return piece
        }
        let backup = LedgerBackup(
            entries: mark?.seq ?? 0, lastEntry: mark?.digest, bytes: try file.bytes(),
            sha256: digest)
        guard offset == backup.bytes else {
            throw SQLiteLedgerError.unavailable(
                file: target, why: "it was not hashed to its end; make the copy again")
        }
        try file.publish()
        return backup
    }

    private func check(_ copy: String, _ mark: LedgerLock.Mark?) throws {
        let queue = try Connection.reader(copy, isAtRest: true)
        let found = try queue.writeWithoutTransaction { database in
            try Tables(database: database, sha256: sha256).checkAll()
        }
        try queue.close()
        guard found == mark else {
            throw LedgerError.corrupt("it ends with another entry than the ledger did")
        }
    }

    private func meaning(_ error: any Error) -> SQLiteLedgerError {
        switch error {
        case let error as SQLiteLedgerError: return error
        case is CancellationError:
            return .unavailable(file: target, why: "the copy was given up and removed")
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            return UnfinishedFile.refusal(target, "the copy was not completed", ENOSPC)
        default: break
        }
        switch SQLiteLedgerError(error, file: target) {
        case .corrupt(_, let why):
            return .corrupt(
                file: path,
                why: "its copy failed the check and was removed: \(why). Copy it to another "
                    + "disk; where that says the same, stop the agent and put back the last "
                    + "backup that passed")
        case .unavailable(_, let why):
            return .unavailable(
                file: target,
                why: "the copy was not completed (\(why)); make room, or name a directory on "
                    + "another disk")
        case let other: return other
        }
    }
}

/// Whether a file was written to since.
private struct FileVersion: Equatable {
    private let identity: FileIdentity?
    private let size: Int64
    private let changed: [Int]

    init(path: String) {
        var status = stat()
        _ = unsafe lstat(path, &status)
        identity = FileIdentity(path: path)
        size = Int64(status.st_size)
        changed = [
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
            status.st_ctim.tv_nsec,
        ]
    }
}
