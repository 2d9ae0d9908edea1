package import ApprovalAgent
package import ApprovalCore
import GRDB

/// A ledger that is only read: for dry runs, `status` and `explain`.
///
/// INVARIANT: I7. It takes no lock that an agent could meet, and leaves the file as it is, byte
/// for byte, whether an agent works on it or left a WAL behind.
package final class SQLiteLedgerReader: Sendable {
    private let queue: DatabaseQueue
    private let sha256: SHA256
    private let failStop = FailStop()

    private init(_ queue: DatabaseQueue, _ sha256: @escaping SHA256) {
        self.queue = queue
        self.sha256 = sha256
    }

    /// Opens a ledger to read it; refuses what ``SQLiteLedger/open(at:binding:sha256:)`` refuses
    /// of file and format.
    package static func open(
        at path: String, sha256: @escaping SHA256
    ) throws(SQLiteLedgerError) -> SQLiteLedgerReader {
        try LedgerFile(path: path).check()
        do {
            return SQLiteLedgerReader(try Connection.reader(path), sha256)
        } catch {
            throw SQLiteLedgerError(error, file: path)
        }
    }

    /// As ``Ledger/item(_:)``.
    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await access { tables in try tables.row(id).map(tables.item) }
    }

    /// As ``Ledger/unfinished()``.
    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await access { try $0.unfinished() }
    }

    /// As ``Ledger/usage(_:now:)``. Under another policy than the active one, all history is
    /// counted as that policy would count it, in time that grows with it.
    package func usage(
        _ questions: [LimitQuestion], under policy: LoadedPolicy, now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        try await access { tables in
            let now = try tables.effective(now)
            guard try tables.activation()?.digest == policy.digest else {
                return try tables.usage(questions, under: policy.policy, now: now)
            }
            return try questions.map { try tables.usage($0, now: now) }
        }
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
    private func access<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await queue.access(failStop, sha256) { tables in
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

extension Tables {
    /// What would count under a policy that is not active, by a walk over all history.
    fileprivate func usage(
        _ questions: [LimitQuestion], under policy: Policy, now: UnixTime
    ) throws -> [LimitUsage] {
        var sums = questions.map { ($0, $0.window.start(at: now), RunningTotal.zero, Int64(0)) }
        let held = try Row.fetchCursor(
            database, sql: "SELECT * FROM reservation WHERE state <> 'released'")
        while let row = try held.next() {
            let reservation = try ReservationRow(verified(.reservation, row))
            let memberships = policy.memberships(of: reservation.exposure)
            for (index, (question, since, sum, count)) in sums.enumerated() {
                if let time = reservation.countedAt, time <= since { continue }
                guard
                    let membership = memberships.first(where: {
                        $0.limit.isVerbatim(question.limit) && $0.key.isVerbatim(question.key)
                    })
                else { continue }
                sums[index] = (question, since, try sum.adding(membership), count + 1)
            }
        }
        return sums.map { question, since, sum, count in
            LimitUsage(
                limit: question.limit, key: question.key, since: since,
                used: sum.amount(scale: question.scale), count: count)
        }
    }
}
