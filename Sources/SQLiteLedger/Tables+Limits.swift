import ApprovalAgent
import ApprovalCore
import GRDB

// Where reservations count. An open one is a row of `membership`; a settled one is a row of
// `total`, which holds the sum of its account of the limit up to and with itself. A window is the
// last total less the last one at or before its start: two look-ups, however long the history is.
extension Tables {
    /// What counts in one account of one limit: the open ones of any age and what was settled
    /// after the window's start, later than now too; but not the reservation of the asking
    /// transaction.
    func usage(_ question: LimitQuestion, without own: ReservationRow?) throws -> LimitUsage {
        let account = try Account(question, in: self, without: own)
        let (last, before) = try account.totals()
        let used = try account.use(from: before, to: last)
        return LimitUsage(
            limit: question.limit, key: question.key, since: question.since, used: used.amount,
            count: used.count, roomAfter: try account.roomAfter(used, last))
    }

    func sums(_ row: Row) throws -> (sum: RunningTotal, count: Int64) {
        let sum = try row.value("amount_total", row.bytes, RunningTotal.init(bytes:))
        return (sum, try row.integer("count_total"))
    }

    /// Lets an open reservation count.
    func hold(_ membership: LimitMembership, for reservation: Int64) throws {
        guard let amount = membership.amount.storedBytes else {
            throw LedgerError.corrupt("an amount below zero cannot count in a limit")
        }
        try insert(
            .membership,
            [
                .text(membership.limit), .verbatim(membership.key), .integer(reservation),
                .bytes(amount), .integer(Int64(membership.amount.scale)),
            ])
        try changeOpen(membership, by: 1)
        try openTotals?.add(membership)
    }

    /// Where an open reservation counts.
    func memberships(of reservation: Int64) throws -> [LimitMembership] {
        try all("SELECT * FROM membership WHERE reservation_id = ?", .integer(reservation))
            .map { try LimitMembership(verified(.membership, $0)) }
    }

    /// Lets a settled reservation count at `time`, and every total after it with it.
    func count(_ membership: LimitMembership, of reservation: Int64, at time: UnixTime) throws {
        let limit = DatabaseValue.text(membership.limit)
        let key = DatabaseValue.verbatim(membership.key)
        let later = try all(
            """
            SELECT * FROM total WHERE series = ? AND key = ?
                AND (counted_at, reservation_id) > (?, ?)
            """, limit, key, .time(time), .integer(reservation))
        let before = try first(
            """
            SELECT * FROM total WHERE series = ? AND key = ?
                AND (counted_at, reservation_id) < (?, ?)
            ORDER BY counted_at DESC, reservation_id DESC LIMIT 1
            """, limit, key, .time(time), .integer(reservation))
        let (sum, count) = try before.map { try sums(verified(.total, $0)) } ?? (.zero, 0)
        try write(
            total: (try sum.adding(membership), count + 1), membership.limit, membership.key,
            at: time, of: reservation)
        for row in later {
            let (sum, count) = try sums(verified(.total, row))
            try write(
                total: (try sum.adding(membership), count + 1), membership.limit,
                membership.key, at: row.time("counted_at"), of: row.integer("reservation_id"))
        }
        try noteNewest(limit, key)
    }

    private func write(
        total: (sum: RunningTotal, count: Int64), _ limit: String, _ key: String,
        at time: UnixTime, of reservation: Int64
    ) throws {
        try upsert(
            .total,
            [
                .text(limit), .verbatim(key), .time(time), .integer(reservation),
                .bytes(total.sum.bytes), .integer(total.count),
            ])
    }
}

extension LimitMembership {
    init(_ row: Row) throws {
        self.init(
            limit: try row.text("series"),
            key: String(decoding: try row.bytes("key"), as: UTF8.self),
            amount: try row.amount("amount", scale: "scale"))
    }
}

extension RunningTotal {
    func adding(_ membership: LimitMembership) throws -> RunningTotal {
        guard let sum = RunningTotal(membership.amount).flatMap(adding) else {
            throw LedgerError.corrupt("the totals of the limit \(membership.limit) overflow")
        }
        return sum
    }
}
