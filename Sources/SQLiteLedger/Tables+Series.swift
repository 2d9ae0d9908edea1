import ApprovalAgent
import ApprovalCore
import GRDB

// Series: what memberships and totals are kept under, and which counter reads which.
extension Tables {
    /// The series that a counter reads. Before the first policy there are no counters, and each
    /// name is a series of its own. A counter that the active policy does not have is another's.
    func series(of counter: String) throws -> String {
        if let row = try first("SELECT * FROM counter WHERE name = ?", .text(counter)) {
            return try verified(.counter, row).text("series")
        }
        guard try first("SELECT 1 FROM policy_activation LIMIT 1") == nil else {
            throw LedgerError.otherPolicy
        }
        return counter
    }

    /// Where memberships by counter are kept: each series once.
    func kept(_ memberships: [LimitMembership]) throws -> [LimitMembership] {
        var kept: [LimitMembership] = []
        for membership in memberships {
            let series = try series(of: membership.limit)
            let known = kept.first { $0.limit.isVerbatim(series) }
            guard let known else {
                kept.append(
                    LimitMembership(
                        limit: series, key: membership.key, amount: membership.amount))
                continue
            }
            guard known.key.isVerbatim(membership.key), known.amount == membership.amount else {
                throw LedgerError.corrupt("two counters of one series count differently")
            }
        }
        return kept
    }

    /// The counters of the active policy with their definitions.
    func counters() throws -> [(name: String, series: String, definition: Digest)] {
        try all("SELECT * FROM counter ORDER BY name").map { row in
            let sealed = try verified(.counter, row)
            return (
                try sealed.text("name"), try sealed.text("series"),
                try sealed.value("definition", sealed.bytes, Digest.init)
            )
        }
    }

    /// Whether the counters are those of an edition, as it would count.
    func counts(as edition: Edition) throws -> Bool {
        let known = try counters()
        return known.count == edition.counters.count
            && edition.counters.allSatisfy { counter in
                known.contains {
                    $0.name.isVerbatim(counter.name) && $0.definition == counter.definition
                }
            }
    }

    /// Lets the counters of an edition read these series, and no others.
    func swap(_ edition: Edition, _ series: [String: String]) throws {
        guard try !counts(as: edition) else { return }
        openTotals?.forget()
        try run("DELETE FROM counter")
        for counter in edition.counters {
            guard let name = series[counter.name] else {
                throw LedgerError.corrupt("the counter \(counter.name) has no series")
            }
            try insert(
                .counter,
                [.text(counter.name), .text(name), .bytes(counter.definition.bytes)])
        }
    }

    /// A number that was never given under this name.
    func nextNumber(_ name: String) throws -> Int64 {
        let next = try lastNumber(name) + 1
        try setMeta(name, String(next))
        return next
    }

    /// The number that was last given under this name; 0 before the first.
    func lastNumber(_ name: String) throws -> Int64 {
        guard let last = Int64(try meta(name) ?? "0") else { throw LedgerError.unexpected("value") }
        return last
    }

    /// Removes up to so many rows of one series that neither a counter nor the preparation reads;
    /// false where there is none.
    func removeUnused(_ limit: Int64, but preparation: Preparation?) throws -> Bool {
        let used = Set(try counters().map(\.series)).union(preparation?.new ?? [])
        let tables = [
            ("membership", ", reservation_id"), ("total", ", counted_at, reservation_id"),
            ("account_end", ""),
        ]
        for (table, rest) in tables {
            guard let series = try unused(table, used) else { continue }
            try run(
                """
                DELETE FROM \(table) WHERE (series, key\(rest)) IN (
                    SELECT series, key\(rest) FROM \(table) WHERE series = ? LIMIT ?)
                """, .text(series), .integer(limit))
            return true
        }
        return false
    }

    /// A series of the table that is not in use.
    private func unused(_ table: String, _ used: Set<String>) throws -> String? {
        var last = ""
        while let row = try first(
            "SELECT series FROM \(table) WHERE series > ? ORDER BY series LIMIT 1", .text(last))
        {
            last = try row.text("series")
            if !used.contains(last) { return last }
        }
        return nil
    }
}
