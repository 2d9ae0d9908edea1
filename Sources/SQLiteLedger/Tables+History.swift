import ApprovalAgent
import ApprovalCore
import GRDB

/// What counts in one account of one limit, gathered by a walk over all history.
private struct Walk {
    typealias Total = (sum: RunningTotal, count: Int64)

    let question: LimitQuestion
    var open: Total = (.zero, 0)
    var settled: [UnixTime: Total] = [:]

    /// Counts a reservation where it belongs to this account and window.
    mutating func add(_ memberships: [LimitMembership], settledAt time: UnixTime?) throws {
        if let time, time <= question.after { return }
        for membership in memberships
        where membership.limit.isVerbatim(question.limit)
            && membership.key.isVerbatim(question.key)
        {
            let sum = time.map { settled[$0] ?? (.zero, 0) } ?? open
            let next = (try sum.sum.adding(membership), sum.count + 1)
            if let time { settled[time] = next } else { open = next }
        }
    }

    /// From the newest to the oldest: the first that does not fit any more is the last that must
    /// go.
    func usage() throws -> LimitUsage {
        let opened = open.sum.amount(scale: question.scale)
        var isOutOfRoom = !question.fits(opened, open.count)
        var roomAfter: UnixTime?
        var rest = open
        for (time, total) in settled.sorted(by: { $0.key > $1.key }) {
            guard let sum = rest.sum.adding(total.sum) else {
                throw LedgerError.corrupt("the totals of the limit \(question.limit) overflow")
            }
            rest = (sum, rest.count + total.count)
            if !isOutOfRoom, !question.fits(sum.amount(scale: question.scale), rest.count) {
                (isOutOfRoom, roomAfter) = (true, time)
            }
        }
        return LimitUsage(
            limit: question.limit, key: question.key, since: question.since,
            used: rest.sum.amount(scale: question.scale), count: rest.count,
            roomAfter: roomAfter)
    }
}

extension Tables {
    /// The answers under a policy that is not active: what counts is found by a walk over all
    /// history, everything else is as the ledger has it.
    func answers(_ questions: Questions, under policy: Policy) throws -> Answers {
        let rest = try answers(
            Questions(
                transactionID: questions.transactionID, destination: questions.destination,
                reference: questions.reference,
                asksFirstDecision: questions.asksFirstDecision))
        return Answers(
            usage: try usage(questions, under: policy),
            destination: try rest.destination ?? ageAtFirstActivation(questions),
            sameReference: rest.sameReference, firstDecision: rest.firstDecision)
    }

    /// Where no policy was ever active, this one would be the first: its destinations are known.
    private func ageAtFirstActivation(_ questions: Questions) throws -> DestinationAge? {
        guard questions.destination != nil, try activation() == nil else { return nil }
        return DestinationAge(activatedAt: UnixTime(milliseconds: .min), isOriginal: true)
    }

    private func usage(_ questions: Questions, under policy: Policy) throws -> [LimitUsage] {
        guard !questions.limits.isEmpty else { return [] }
        var walks = questions.limits.map { Walk(question: $0) }
        let held = try Row.fetchCursor(
            database, sql: "SELECT * FROM reservation WHERE state <> 'released'")
        while let row = try held.next() {
            let reservation = try reservation(row)
            guard reservation.transactionID != questions.transactionID else { continue }
            let memberships = policy.memberships(of: reservation.exposure)
            for index in walks.indices {
                try walks[index].add(memberships, settledAt: reservation.countedAt)
            }
        }
        return try walks.map { try $0.usage() }
    }
}
