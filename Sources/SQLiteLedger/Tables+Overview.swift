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

    /// What a start must find sound before anything else: the numbering of the entries and every
    /// row that an open item reads.
    func checkOpenItems() throws {
        let entries = try count("SELECT count(*) AS n FROM entry")
        let last = try count("SELECT coalesce(max(seq), 0) AS n FROM entry")
        guard entries == last else { throw LedgerError.corrupt("entries are missing") }
        _ = try activation()
        _ = try lastSeen()
        _ = try unfinished()
        for reservation in try openReservations() { _ = try memberships(of: reservation.id) }
    }
}
