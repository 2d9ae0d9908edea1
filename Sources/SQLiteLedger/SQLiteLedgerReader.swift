package import ApprovalAgent
package import ApprovalCore
import GRDB
import Synchronization

/// A ledger that is only read: for dry runs, `status` and `explain`.
///
/// INVARIANT: I7. It takes no lock that an agent could meet, and leaves the file as it is, byte
/// for byte, whether an agent works on it or left a WAL behind.
package final class SQLiteLedgerReader: Sendable {
    private let queue: DatabaseQueue
    private let path: String
    let sha256: SHA256
    private let failStop: FailStop
    /// The edition that was asked for last: it takes long to hash.
    private let edition = Mutex<Edition?>(nil)

    private init(_ path: String, _ queue: DatabaseQueue, _ sha256: @escaping SHA256) {
        self.queue = queue
        self.path = path
        self.sha256 = sha256
        failStop = FailStop(file: path)
    }

    /// Opens a ledger to read it; refuses what ``SQLiteLedger/open(at:binding:sha256:)`` refuses
    /// of file and format.
    package static func open(
        at path: String, sha256: @escaping SHA256
    ) throws(SQLiteLedgerError) -> SQLiteLedgerReader {
        try LedgerFile(path: path).check()
        do {
            return SQLiteLedgerReader(path, try Connection.reader(path), sha256)
        } catch {
            throw SQLiteLedgerError(error, file: path)
        }
    }

    /// Why the ledger is behind the mark in its lock file: entries were lost. Nil where it is not,
    /// or where there is no mark.
    package func behind() async throws(LedgerError) -> String? {
        // The mark follows its commit: what was left before the ledger is read is in it. One that
        // changes meanwhile may be read half, so it is looked at again.
        var (mark, found) = (LedgerLock.mark(ledger: path), nil as String?)
        for _ in 1...Self.mostLooks {
            guard let looked = mark else { return nil }
            found = try await access { [path] tables in
                do {
                    try tables.check(looked, file: path)
                    return nil
                } catch SQLiteLedgerError.behind(_, let why) { return why }
            }
            mark = LedgerLock.mark(ledger: path)
            if found == nil || mark == looked { break }
        }
        return found
    }

    private static let mostLooks = 5

    /// As ``Ledger/item(_:)``.
    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await access { tables in try tables.row(id).map(tables.item) }
    }

    /// As ``Ledger/unfinished()``.
    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await access { try $0.unfinished() }
    }

    /// As ``LedgerReading/effective(_:)``.
    package func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await access { try $0.effective(now) }
    }

    /// As ``LedgerReading/answers(_:)``. Under another policy than the active one, all history is
    /// counted as that policy would count it, in time that grows with it.
    package func answers(
        _ questions: Questions, under policy: LoadedPolicy
    ) async throws(LedgerError) -> Answers {
        let edition = await edition(policy)
        return try await access { tables in
            guard try tables.counts(as: edition) else {
                return try tables.answers(questions, under: policy.policy)
            }
            return try tables.answers(questions)
        }
    }

    private func edition(_ policy: LoadedPolicy) async -> Edition {
        if let known = edition.withLock({ $0 }), known.digest == policy.digest { return known }
        let made = await Edition.of(policy, sha256)
        edition.withLock { $0 = made }
        return made
    }

    /// As ``LedgerReading/signedTimes(after:)``.
    package func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await access { try $0.signedTimes(after: time) }
    }

    /// As ``Ledger/overview()``.
    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await access { try $0.overview() }
    }

    /// The latest entries, oldest first.
    package func entries(limit: Int) async throws(LedgerError) -> [LedgerEntry] {
        try await access { try $0.entries(limit: limit) }
    }

    /// The latest entries about one transaction, oldest first.
    package func entries(
        about id: TransactionID, limit: Int
    ) async throws(LedgerError) -> [LedgerEntry] {
        try await access { try $0.entries(about: id, limit: limit) }
    }

    /// The files of a policy that was active; empty where it never was.
    package func policyFiles(_ digest: Digest) async throws(LedgerError) -> [PolicyFile] {
        try await access { try $0.policyFiles(digest) }
    }

    /// One access is one snapshot.
    func access<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await queue.snapshot(failStop, sha256, work)
    }
}
