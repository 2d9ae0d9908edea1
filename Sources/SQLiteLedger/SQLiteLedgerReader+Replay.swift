package import ApprovalAgent
package import ApprovalCore
import GRDB
import Synchronization

/// A ledger that is only read, by several connections side by side, for a replay.
///
/// INVARIANT: I7. As ``SQLiteLedgerReader``: it takes no lock and changes nothing.
package struct SQLiteReplayedLedger: ReplayedLedger {
    private let connections: Connections

    /// Opens `width` connections; refuses what ``SQLiteLedgerReader/open(at:sha256:)`` refuses.
    package static func open(
        at path: String, width: Int, sha256: @escaping SHA256
    ) throws(SQLiteLedgerError) -> SQLiteReplayedLedger {
        var readers: [SQLiteLedgerReader] = []
        for _ in 0..<max(width, 1) {
            readers.append(try SQLiteLedgerReader.open(at: path, sha256: sha256))
        }
        return SQLiteReplayedLedger(connections: Connections(readers))
    }

    /// The number of the last entry; 0 where there is none.
    package func lastEntry() async throws(LedgerError) -> Int64 {
        try await connections.next().lastEntry()
    }

    package func entries(
        from seq: Int64, count: Int
    ) async throws(LedgerError) -> [ReplayedRow] {
        try await connections.next().replayedRows(from: seq, count: count)
    }

    package func bodies(_ digests: Set<Digest>) async throws(LedgerError) -> [Digest: [UInt8]] {
        try await connections.next().replayedBodies(digests)
    }

    package func policyFiles(_ digest: Digest) async throws(LedgerError) -> [PolicyFile] {
        try await connections.next().policyFiles(digest)
    }

    /// Gives each call the next connection.
    private final class Connections: Sendable {
        private let readers: [SQLiteLedgerReader]
        private let turn = Mutex(0)

        init(_ readers: [SQLiteLedgerReader]) { self.readers = readers }

        func next() -> SQLiteLedgerReader {
            let place = turn.withLock { turn in
                turn = (turn + 1) % readers.count
                return turn
            }
            return readers[place]
        }
    }
}

extension SQLiteLedgerReader {
    fileprivate func lastEntry() async throws(LedgerError) -> Int64 {
        try await access { try $0.count("SELECT coalesce(max(seq), 0) AS n FROM entry") }
    }

    /// Entries from a number on, as their rows have them. A row that cannot be read ends it with
    /// an error: its columns are bound by constraints.
    fileprivate func replayedRows(
        from seq: Int64, count: Int
    ) async throws(LedgerError) -> [ReplayedRow] {
        try await access { try $0.replayedRows(from: seq, count: count) }
    }

    /// Bodies by their hash, not yet held against it.
    fileprivate func replayedBodies(
        _ digests: Set<Digest>
    ) async throws(LedgerError) -> [Digest: [UInt8]] {
        try await access { try $0.replayedBodies(digests) }
    }
}

extension Tables {
    fileprivate func replayedRows(from seq: Int64, count: Int) throws -> [ReplayedRow] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT seq, time, kind, transaction_id, body FROM entry WHERE seq >= ?
                ORDER BY seq LIMIT ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: [seq, count])
        var found: [ReplayedRow] = []
        found.reserveCapacity(count)
        while let row = try rows.next() {
            found.append(
                ReplayedRow(
                    seq: try row.integer("seq"), time: try row.time("time"),
                    kind: try row.value("kind", row.text, EntryKind.init(rawValue:)),
                    transactionID: try row.optionalText("transaction_id").flatMap(
                        TransactionID.init),
                    body: try row.bytes("body")))
        }
        return found
    }

    fileprivate func replayedBodies(_ digests: Set<Digest>) throws -> [Digest: [UInt8]] {
        let statement = try database.cachedStatement(
            sql: "SELECT bytes FROM blob WHERE sha256 = ?")
        var found: [Digest: [UInt8]] = [:]
        for digest in digests {
            found[digest] = try Row.fetchOne(
                statement, arguments: [DatabaseValue.bytes(digest.bytes)]
            )?.bytes("bytes")
        }
        return found
    }
}
