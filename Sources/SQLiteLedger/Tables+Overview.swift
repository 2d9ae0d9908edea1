import ApprovalAgent
import ApprovalCore
import GRDB

extension Tables {
    /// Every item that holds an open reservation, oldest first.
    func unfinished() throws -> [LedgerItem] {
        try openReservations().map { reservation in
            guard let row = try row(reservation.transactionID) else {
                throw LedgerError.corrupt("a reservation belongs to no item")
            }
            return try item(row)
        }
    }

    /// Figures for `status`. Quarantined is what the last entry about a transaction says.
    func overview() throws -> LedgerOverview {
        var states: [ItemState: Int64] = [:]
        for row in try all("SELECT state, count(*) AS n FROM item GROUP BY state") {
            states[try row.value("state", row.text, ItemState.init(rawValue:))] =
                try row.integer("n")
        }
        let quarantined = try count(
            """
            SELECT count(*) AS n FROM (
                SELECT transaction_id AS id, max(seq) AS last FROM entry
                WHERE transaction_id IS NOT NULL AND kind = 'quarantined'
                GROUP BY transaction_id)
            WHERE NOT EXISTS (
                SELECT 1 FROM entry WHERE transaction_id = id AND seq > last)
            """)
        let last = try first("SELECT seq, time FROM entry ORDER BY seq DESC LIMIT 1")
        let activation = try activation()
        return LedgerOverview(
            entries: try last?.integer("seq") ?? 0, states: states, quarantined: quarantined,
            lastEntry: try last?.time("time"), policyRevision: activation?.revision,
            policyDigest: activation?.digest)
    }

    /// When something was signed after this time, among the latest entries: more of them than a
    /// minute can have.
    func signedTimes(after time: UnixTime) throws -> [UnixTime] {
        try all(
            """
            SELECT time FROM (
                SELECT seq, time, kind FROM entry ORDER BY seq DESC LIMIT 200000)
            WHERE kind = 'signed' AND time > ? ORDER BY seq
            """, .time(time)
        ).map { try $0.time("time") }
    }

    /// The number of the last entry; 0 where there is none.
    func lastEntry() throws -> Int64 {
        try count("SELECT coalesce(max(seq), 0) AS n FROM entry")
    }

    /// The last entry; nil where there is none.
    func lastMark() throws -> LedgerLock.Mark? {
        try first("SELECT seq, body FROM entry ORDER BY seq DESC LIMIT 1").map {
            LedgerLock.Mark(seq: try $0.integer("seq"), digest: sha256(try $0.bytes("body")))
        }
    }

    /// INVARIANT: I8. The entry that was last seen committed must still be there.
    func check(_ mark: LedgerLock.Mark, file: String) throws {
        let row = try first("SELECT body FROM entry WHERE seq = ?", .integer(mark.seq))
        guard let row, sha256(try row.bytes("body")) == mark.digest else {
            throw SQLiteLedgerError.behind(
                file: file,
                why: "its entry \(mark.seq) is not the one that was committed last: the -wal file "
                    + "was lost, or this is an older copy, and limits would not know what was "
                    + "approved")
        }
    }

    /// What a start must find sound before anything else: the end of the log, and every row that
    /// an open item reads.
    func checkOpenItems() throws {
        try checkLog()
        _ = try activation()
        _ = try lastSeen()
        _ = try lastNumber("signatures")
        _ = try unfinished()
        for reservation in try openReservations() { _ = try memberships(of: reservation.id) }
    }
}
