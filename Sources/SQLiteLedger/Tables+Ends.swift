import ApprovalAgent
import ApprovalCore
import GRDB

/// How far one account of one limit goes: its newest settled total, and how many are open.
///
/// INVARIANT: I5. A row whose key was damaged is not found, so its own checksum is never looked
/// at. What is found is held against this row: a newest total or an open membership that is
/// missing is corruption, and never room. An older total that is missing only makes more count.
struct AccountEnd: Equatable {
    /// The newest row of `total`; nil where nothing was settled.
    var newest: Newest?
    /// How many rows of `membership` there are.
    var open: Int64 = 0

    struct Newest: Equatable {
        let time: UnixTime
        let reservation: Int64
        /// Its `count_total`.
        let count: Int64
    }
}

extension Tables {
    /// What is known of an account; of one that never counted anything, nothing.
    func end(_ series: DatabaseValue, _ key: DatabaseValue) throws -> AccountEnd {
        let row = try first("SELECT * FROM account_end WHERE series = ? AND key = ?", series, key)
        guard let row = try row.map({ try verified(.accountEnd, $0) }) else { return AccountEnd() }
        var end = AccountEnd()
        end.open = try row.integer("open")
        if let time = try row.optionalTime("counted_at") {
            end.newest = AccountEnd.Newest(
                time: time, reservation: try row.integer("reservation_id"),
                count: try row.integer("count_total"))
        }
        return end
    }

    /// Lets the open ones of an account be one more, or one less.
    func changeOpen(_ membership: LimitMembership, by change: Int64) throws {
        let (series, key) = place(membership)
        var end = try end(series, key)
        end.open += change
        guard end.open >= 0 else {
            throw LedgerError.corrupt("more ended in \(membership.limit) than was ever open")
        }
        try store(end, series, key)
    }

    /// Notes the newest total of an account as it stands now.
    func noteNewest(_ series: DatabaseValue, _ key: DatabaseValue) throws {
        var end = try end(series, key)
        end.newest = try newest(series, key)
        try store(end, series, key)
    }

    /// Notes the newest totals of the accounts that these rows of `total` are of; those of one
    /// account stand together.
    func noteNewest(of rows: some Sequence<[DatabaseValue]>) throws {
        var last: ArraySlice<DatabaseValue> = []
        for row in rows where row.prefix(2) != last {
            last = row.prefix(2)
            guard let series = last.first, let key = last.last else { continue }
            try noteNewest(series, key)
        }
    }

    /// Throws where the newest total and the number of open ones are not what was noted.
    func check(
        _ series: DatabaseValue, _ key: DatabaseValue, newest: AccountEnd.Newest?, open: Int64
    ) throws {
        guard try end(series, key) == AccountEnd(newest: newest, open: open) else {
            throw LedgerError.corrupt("a row of what counts in a limit is missing")
        }
    }

    /// The place of a row of `total` among those of its account.
    func newest(_ row: Row) throws -> AccountEnd.Newest {
        AccountEnd.Newest(
            time: try row.time("counted_at"), reservation: try row.integer("reservation_id"),
            count: try row.integer("count_total"))
    }

    /// Notes every account that counts something, for a ledger that noted none yet.
    func noteEveryEnd() throws {
        let places = try all(
            "SELECT series, key FROM total UNION SELECT series, key FROM membership")
        for place in places {
            let (series, key) = (try place.cell("series"), try place.cell("key"))
            let open = try all(
                "SELECT * FROM membership WHERE series = ? AND key = ?", series, key)
            for row in open { _ = try verified(.membership, row) }
            let last = try newest(series, key)
            try store(AccountEnd(newest: last, open: Int64(open.count)), series, key)
        }
    }

    private func newest(
        _ series: DatabaseValue, _ key: DatabaseValue
    ) throws -> AccountEnd.Newest? {
        try first(
            """
            SELECT * FROM total WHERE series = ? AND key = ?
            ORDER BY counted_at DESC, reservation_id DESC LIMIT 1
            """, series, key
        ).map { try newest(verified(.total, $0)) }
    }

    private func place(_ membership: LimitMembership) -> (DatabaseValue, DatabaseValue) {
        (.text(membership.limit), .verbatim(membership.key))
    }

    private func store(
        _ end: AccountEnd, _ series: DatabaseValue, _ key: DatabaseValue
    ) throws {
        try upsert(
            .accountEnd,
            [
                series, key, .optional(end.newest?.time, { .time($0) }),
                .optional(end.newest?.reservation, { .integer($0) }),
                .optional(end.newest?.count, { .integer($0) }), .integer(end.open),
            ])
    }
}
