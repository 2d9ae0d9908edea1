import ApprovalAgent
import ApprovalCore
import GRDB

/// One account of one limit, seen by one transaction: what is open, and the running totals of what
/// was settled, both without what that transaction holds itself.
struct Account {
    /// A sum and how many approvals are in it.
    typealias Total = (sum: RunningTotal, count: Int64)

    private let question: LimitQuestion
    private let series: DatabaseValue
    private let key: DatabaseValue
    private let tables: Tables
    private let open: Total
    /// The number of open ones, that of the asking transaction too.
    private let openCount: Int64
    /// What the asking transaction settled here, and when.
    private let own: (time: UnixTime, total: Total)?

    init(_ question: LimitQuestion, in tables: Tables, without own: ReservationRow?) throws {
        self.question = question
        self.tables = tables
        let series = DatabaseValue.text(try tables.series(of: question.limit))
        let key = DatabaseValue.verbatim(question.key)
        (open, openCount) = try tables.open(question, without: own)
        self.own = try own.flatMap { try tables.settled(series, key, $0) }
        self.series = series
        self.key = key
    }

    /// A total and one more.
    static func total(_ total: Total, with membership: LimitMembership) throws -> Total {
        (try total.sum.adding(membership), total.count + 1)
    }

    /// A total less one that is in it.
    static func total(_ total: Total, without membership: LimitMembership) throws -> Total {
        guard total.count > 0, let one = RunningTotal(membership.amount),
            let sum = total.sum.subtracting(one)
        else { throw LedgerError.corrupt("what is open in \(membership.limit) falls below zero") }
        return (sum, total.count - 1)
    }

    /// The totals of all time, and those of the time before the window; zero before the first.
    func totals() throws -> (last: Total, before: Total) {
        let rows = try tables.all(
            """
            SELECT * FROM (SELECT * FROM total WHERE series = ?1 AND key = ?2
                ORDER BY counted_at DESC, reservation_id DESC LIMIT 1)
            UNION ALL
            SELECT * FROM (SELECT * FROM total
                WHERE series = ?1 AND key = ?2 AND counted_at <= ?3
                ORDER BY counted_at DESC, reservation_id DESC LIMIT 1)
            """, series, key, .time(question.after))
        try tables.check(
            series, key, newest: rows.first.map { try tables.newest($0) }, open: openCount)
        let found = try rows.map { try step($0).total }
        return (found.first ?? (.zero, 0), found.dropFirst().first ?? (.zero, 0))
    }

    /// What is open, and what was settled between two totals.
    func use(from before: Total, to last: Total) throws -> (amount: Amount, count: Int64) {
        let settled = try difference(last, before)
        guard let sum = settled.sum.adding(open.sum) else {
            throw LedgerError.corrupt("the totals of the limit \(question.limit) overflow")
        }
        return (sum.amount(scale: question.scale), settled.count + open.count)
    }

    /// Where this use leaves no room: after which settled approval of the window the rest would.
    ///
    /// Totals only rise, so the moment is found by halving the time between: so many look-ups as
    /// the window's length in milliseconds has binary digits.
    func roomAfter(_ used: (amount: Amount, count: Int64), _ last: Total) throws -> UnixTime? {
        guard !question.fits(used.amount, used.count) else { return nil }
        guard fits(try use(from: last, to: last)),
            let first = try time(after: question.after),
            var high = try step(upTo: UnixTime(milliseconds: .max))?.time
        else { return nil }
        var low = first.advanced(byMilliseconds: -1)
        while low.advanced(byMilliseconds: 1) < high {
            let middle = UnixTime(
                milliseconds: low.milliseconds
                    + (high.milliseconds &- low.milliseconds) / 2)
            guard let found = try step(upTo: middle), found.time > low else {
                low = middle
                continue
            }
            if fits(try use(from: found.total, to: last)) {
                high = found.time
            } else {
                low = middle
            }
        }
        return high
    }

    private func fits(_ use: (amount: Amount, count: Int64)) -> Bool {
        question.fits(use.amount, use.count)
    }

    /// The last row up to and with a time.
    private func step(upTo time: UnixTime) throws -> (time: UnixTime, total: Total)? {
        let row = try tables.first(
            """
            SELECT * FROM total WHERE series = ? AND key = ? AND counted_at <= ?
            ORDER BY counted_at DESC, reservation_id DESC LIMIT 1
            """, series, key, .time(time))
        return try row.map(step)
    }

    private func step(_ row: Row) throws -> (time: UnixTime, total: Total) {
        let total = try tables.sums(tables.verified(.total, row))
        let found = try row.time("counted_at")
        guard let own, own.time <= found else { return (found, total) }
        return (found, try difference(total, own.total))
    }

    /// The first settled time after another.
    private func time(after time: UnixTime) throws -> UnixTime? {
        try tables.first(
            """
            SELECT * FROM total WHERE series = ? AND key = ? AND counted_at > ?
            ORDER BY counted_at LIMIT 1
            """, series, key, .time(time)
        ).map { try tables.verified(.total, $0).time("counted_at") }
    }

    private func difference(_ last: Total, _ before: Total) throws -> Total {
        guard let sum = last.sum.subtracting(before.sum), last.count >= before.count else {
            throw LedgerError.corrupt("the totals of the limit \(question.limit) fall")
        }
        return (sum, last.count - before.count)
    }
}

extension Tables {
    /// The open ones of an account, and how many there are with the asking transaction's own.
    fileprivate func open(
        _ question: LimitQuestion, without own: ReservationRow?
    ) throws -> (Account.Total, all: Int64) {
        let name = try series(of: question.limit)
        let (series, key) = (DatabaseValue.text(name), DatabaseValue.verbatim(question.key))
        let total =
            try openTotals?.total(name, question.key) { try added(series, key) }
            ?? added(series, key)
        let held = try own.flatMap {
            try first(
                "SELECT * FROM membership WHERE series = ? AND key = ? AND reservation_id = ?",
                series, key, .integer($0.id))
        }
        guard let held else { return (total, total.count) }
        let own = try LimitMembership(verified(.membership, held))
        return (try Account.total(total, without: own), total.count)
    }

    private func added(_ series: DatabaseValue, _ key: DatabaseValue) throws -> Account.Total {
        try all("SELECT * FROM membership WHERE series = ? AND key = ?", series, key)
            .reduce((.zero, 0)) {
                try Account.total($0, with: LimitMembership(verified(.membership, $1)))
            }
    }

    /// What one settled reservation adds to an account; nil where it does not count there.
    fileprivate func settled(
        _ series: DatabaseValue, _ key: DatabaseValue, _ own: ReservationRow
    ) throws -> (time: UnixTime, total: Account.Total)? {
        guard let time = own.countedAt else { return nil }
        let rows = try all(
            """
            SELECT * FROM total WHERE series = ? AND key = ?
                AND (counted_at, reservation_id) <= (?, ?)
            ORDER BY counted_at DESC, reservation_id DESC LIMIT 2
            """, series, key, .time(time), .integer(own.id))
        guard let row = rows.first, try row.integer("reservation_id") == own.id else { return nil }
        let total = try sums(verified(.total, row))
        let before = try rows.dropFirst().first.map { try sums(verified(.total, $0)) }
        guard let sum = total.sum.subtracting(before?.sum ?? .zero) else {
            throw LedgerError.corrupt("the totals fall")
        }
        return (time, (sum, 1))
    }
}
