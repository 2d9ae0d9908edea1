import ApprovalAgent
import ApprovalCore
import GRDB

/// What was reserved up to a moment: numbers of reservations.
struct Past: Sendable {
    /// In the order in which they count. Not one of them ever changes.
    let settled: [Int64]
    let open: [Int64]
    let last: Int64
}

extension Tables {
    /// Everything that counts now.
    func past() throws -> Past {
        Past(
            settled: try numbers(
                "SELECT id FROM reservation WHERE state = 'settled' ORDER BY counted_at, id"),
            open: try numbers("SELECT id FROM reservation WHERE state = 'open' ORDER BY id"),
            last: try count("SELECT coalesce(max(id), 0) AS n FROM reservation"))
    }

    private func numbers(_ sql: String) throws -> [Int64] {
        try Int64.fetchAll(database, sql: sql)
    }

    /// Begins to prepare a policy, where the active counters are not its own.
    func begin(_ edition: Edition, number: Int64) throws -> Preparation {
        var known: [Digest: String] = [:]
        for counter in try counters() { known[counter.definition] = counter.series }
        var (series, new): ([String: String], Set<String>) = ([:], [])
        for counter in edition.counters {
            let name: String
            if let old = known[counter.definition] {
                name = old
            } else {
                name = "#\(try nextNumber("last_series"))"
                known[counter.definition] = name
                new.insert(name)
            }
            series[counter.name] = name
        }
        let isActive = try activation()?.digest == edition.digest
        let isAged = try first("SELECT 1 FROM batch LIMIT 1") != nil
        return Preparation(
            number: number, policy: edition.policy, digest: edition.digest, series: series,
            new: new, batch: try nextNumber("last_batch"),
            looksForDestinations: !(isActive && isAged), upTo: nil)
    }

    /// Counts these reservations in the new series, as they stand now. One that is open takes
    /// care of itself from then on: it is counted wherever it is held.
    func catchUp(_ preparation: Preparation, _ reservations: some Sequence<Int64>) throws {
        for number in reservations {
            let reservation = try reservation(number)
            for membership in preparation.memberships(of: reservation.exposure) {
                switch reservation.state {
                case .open: try hold(membership, for: number)
                case .settled:
                    guard let time = reservation.countedAt else {
                        throw LedgerError.unexpected("counted_at")
                    }
                    try count(membership, of: number, at: time)
                case .released: break
                }
            }
        }
    }

    /// The numbers of the reservations after one, at most so many.
    func reservations(after number: Int64, limit: Int64) throws -> [Int64] {
        try all(
            "SELECT id FROM reservation WHERE id > ? ORDER BY id LIMIT ?",
            .integer(number), .integer(limit)
        ).map { try $0.integer("id") }
    }

    /// Keeps a file of a policy, which may not be active yet.
    func keep(_ file: Edition.File) throws {
        let hash = DatabaseValue.bytes(file.sha256.bytes)
        guard try first("SELECT 1 FROM policy_file WHERE sha256 = ?", hash) == nil else { return }
        try run(
            "INSERT INTO policy_file (sha256, bytes) VALUES (?, ?)", hash, .bytes(file.bytes))
    }
}
