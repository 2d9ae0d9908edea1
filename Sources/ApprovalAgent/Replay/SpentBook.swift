import ApprovalCore

/// What is reserved and spent, added up from entries alone: an account of each limit and pattern
/// of the active policy, counted anew over all of history when another policy becomes active.
struct SpentBook: Sendable {
    private struct Held: Sendable {
        let transactionID: TransactionID
        let exposure: Exposure
        var countedAt: UnixTime?
    }

    private struct Key: Hashable {
        let counter: Verbatim
        let key: Verbatim
    }

    /// What was settled at a time, and the sum up to and with it.
    struct Total: Sendable {
        let time: UnixTime
        let number: Int
        var sum: RunningTotal
        var count: Int64
    }

    struct Series: Sendable {
        var held: RunningTotal = .zero
        var heldCount: Int64 = 0
        var settled: [Total] = []
    }

    /// By their number, from 1; what was released is gone.
    private var held: [Int: Held] = [:]
    private var last = 0
    private var series: [Key: Series] = [:]
    private var references: [Verbatim: [Int]] = [:]
    private var policy: Policy?
    /// Whether something counts that cannot be added up, so that no sum can be told.
    var isBroken = false

    /// Counts everything as this policy does.
    mutating func count(under policy: Policy) {
        self.policy = policy
        series = [:]
        for (number, one) in held.sorted(by: { $0.key < $1.key }) {
            for membership in policy.memberships(of: one.exposure) {
                open(membership)
                if let time = one.countedAt { settle(membership, number, at: time) }
            }
        }
    }

    /// Reserves; `memberships` are those under the active policy. Gives its number.
    mutating func reserve(
        _ exposure: Exposure, _ memberships: [LimitMembership], for id: TransactionID
    ) -> Int {
        last += 1
        held[last] = Held(transactionID: id, exposure: exposure)
        if let reference = exposure.reference {
            references[Verbatim(reference), default: []].append(last)
        }
        for membership in memberships { open(membership) }
        return last
    }

    /// Reserves what the active policy counts. Gives its number.
    mutating func reserve(_ exposure: Exposure, for id: TransactionID) -> Int {
        reserve(exposure, policy?.memberships(of: exposure) ?? [], for: id)
    }

    /// Lets go of an open reservation.
    mutating func release(_ number: Int) {
        guard let one = held.removeValue(forKey: number) else { return }
        if let reference = one.exposure.reference {
            references[Verbatim(reference)]?.removeAll { $0 == number }
        }
        for membership in policy?.memberships(of: one.exposure) ?? [] { close(membership) }
    }

    /// Lets an open reservation count at a time from now on.
    mutating func settle(_ number: Int, at time: UnixTime) {
        guard let one = held[number], one.countedAt == nil else { return }
        held[number]?.countedAt = time
        for membership in policy?.memberships(of: one.exposure) ?? [] {
            settle(membership, number, at: time)
        }
    }

    /// Another transaction that holds or settled a reservation under this reference.
    func sameReference(_ reference: String, without id: TransactionID) -> TransactionID? {
        references[Verbatim(reference)]?.lazy.compactMap { held[$0]?.transactionID }
            .first { $0 != id }
    }

    private mutating func open(_ membership: LimitMembership) {
        guard let amount = RunningTotal(membership.amount) else {
            isBroken = true
            return
        }
        let key = Key(counter: Verbatim(membership.limit), key: Verbatim(membership.key))
        series[key, default: Series()].hold(amount, &isBroken)
    }

    private mutating func close(_ membership: LimitMembership) {
        guard let amount = RunningTotal(membership.amount) else { return }
        let key = Key(counter: Verbatim(membership.limit), key: Verbatim(membership.key))
        series[key]?.letGo(of: amount, &isBroken)
    }

    private mutating func settle(
        _ membership: LimitMembership, _ number: Int, at time: UnixTime
    ) {
        guard let amount = RunningTotal(membership.amount) else { return }
        let key = Key(counter: Verbatim(membership.limit), key: Verbatim(membership.key))
        series[key]?.letGo(of: amount, &isBroken)
        series[key]?.settle(amount, number, at: time, &isBroken)
    }

    /// The answer that the ledger must have given.
    func usage(_ question: LimitQuestion) -> LimitUsage {
        let key = Key(counter: Verbatim(question.limit), key: Verbatim(question.key))
        return (series[key] ?? Series()).usage(question)
    }
}

extension SpentBook.Series {
    fileprivate mutating func hold(_ amount: RunningTotal, _ isBroken: inout Bool) {
        guard let sum = held.adding(amount) else {
            isBroken = true
            return
        }
        (held, heldCount) = (sum, heldCount + 1)
    }

    fileprivate mutating func letGo(of amount: RunningTotal, _ isBroken: inout Bool) {
        guard let sum = held.subtracting(amount) else {
            isBroken = true
            return
        }
        (held, heldCount) = (sum, heldCount - 1)
    }

    /// Mostly at the end: what is settled is settled soon after it was sent.
    fileprivate mutating func settle(
        _ amount: RunningTotal, _ number: Int, at time: UnixTime, _ isBroken: inout Bool
    ) {
        var place = settled.count
        while place > 0, (time, number) < (settled[place - 1].time, settled[place - 1].number) {
            place -= 1
        }
        let before = place > 0 ? settled[place - 1] : nil
        settled.insert(
            SpentBook.Total(
                time: time, number: number, sum: before?.sum ?? .zero, count: before?.count ?? 0),
            at: place)
        for index in place..<settled.count {
            guard let sum = settled[index].sum.adding(amount) else {
                isBroken = true
                return
            }
            settled[index].sum = sum
            settled[index].count += 1
        }
    }

    fileprivate func usage(_ question: LimitQuestion) -> LimitUsage {
        let first = place(after: question.after)
        let (used, count) = use(from: first, question.scale)
        return LimitUsage(
            limit: question.limit, key: question.key, since: question.since, used: used,
            count: count, roomAfter: roomAfter(question, first, used, count))
    }

    /// The place of the first that was settled after a time.
    private func place(after time: UnixTime) -> Int {
        var (low, high) = (0, settled.count)
        while low < high {
            let middle = (low + high) / 2
            if settled[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What is open, and what was settled from a place on.
    private func use(from place: Int, _ scale: UInt8) -> (used: Amount, count: Int64) {
        let whole = settled.last
        let before = place > 0 ? settled[place - 1] : nil
        let sum = (whole?.sum ?? .zero).subtracting(before?.sum ?? .zero)?.adding(held)
        return (
            sum?.amount(scale: scale) ?? .zero(scale: scale),
            (whole?.count ?? 0) - (before?.count ?? 0) + heldCount
        )
    }

    /// The first time after which what is left would fit.
    private func roomAfter(
        _ question: LimitQuestion, _ first: Int, _ used: Amount, _ count: Int64
    ) -> UnixTime? {
        func fits(_ place: Int) -> Bool {
            let (used, count) = use(from: place, question.scale)
            return question.fits(used, count)
        }
        guard !question.fits(used, count), fits(settled.count) else { return nil }
        var (low, high) = (first, settled.count)
        while low < high {
            let middle = (low + high) / 2
            if fits(middle) { high = middle } else { low = middle + 1 }
        }
        // Everything of one moment goes at once.
        return low > 0 ? settled[low - 1].time : nil
    }
}
