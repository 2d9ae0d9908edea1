package import ApprovalCore

/// What people are told of, and when: once, again while it lasts, and never too often. Pure: it is
/// told the time, and what it keeps has a bound.
package struct NoticeBoard: Sendable {
    /// One thing to tell.
    package enum Announcement: Hashable, Sendable {
        case notice(Notice)
        /// So many more, which are not told one by one.
        case more(Int, since: UnixTime)
    }

    /// Notices within a minute; the rest of them is told as one number. Conflicts, which a pass
    /// reports once and never again, and unexplained approvals have as many of their own: whoever
    /// can make transactions that are escalated keeps none of them from being told.
    package static let mostPerMinute = 10
    /// What is remembered at a time.
    package static let mostKnown = 10_000
    /// Conflicts that are remembered beyond that.
    private static let mostConflicts = 1_000
    /// Milliseconds from one notice to the next of the same; the last goes on for ever.
    package static let pauses: [Int64] = [3_600_000, 14_400_000, 86_400_000]
    /// What was put off is reported again within a day at the latest.
    static let longestSilence = BackOff.longest + 3_600_000

    private struct Subject: Hashable {
        let transactionID: String?
        let accountID: AccountID
    }

    private struct Key: Hashable {
        let subject: Subject
        let kind: Notice.Kind
        let codes: [String]
    }

    private struct Standing {
        let since: UnixTime
        var reportedAt: UnixTime
        var toldAt: UnixTime
        var repetition: Int

        func isDue(at now: UnixTime) -> Bool {
            let pause = pauses[min(repetition, pauses.count - 1)]
            return toldAt.advanced(byMilliseconds: pause) <= now
        }
    }

    private var known: [Key: Standing] = [:]
    /// Escalated transactions of the last pass for which there was no place.
    private var escalatedBeyond = 0
    private var tellings: [UnixTime] = []
    private var conflictTellings: [UnixTime] = []
    private var untold = 0
    private var untoldSince: UnixTime?
    private var toldMoreAt: UnixTime?
    private var toldBeyondAt: UnixTime?

    package init() {}

    /// Takes what one pass reported and gives what is to be told now, the most urgent first.
    ///
    /// What is the same as before (transaction, kind and reason codes) is told again after an hour,
    /// then four, then each day. After a complete pass an escalated transaction that was not
    /// reported any more is forgotten; what is put off between its attempts is kept for a day.
    package mutating func passed(
        _ reports: [ItemReport], isComplete: Bool, at now: UnixTime
    ) -> [Announcement] {
        var due: [Notice] = []
        var seen: Set<Key> = []
        var beyond = (all: 0, escalated: 0)
        for report in reports {
            guard let kind = report.noticeKind else { continue }
            let key = Key(
                subject: Subject(
                    transactionID: report.transactionID, accountID: report.accountID),
                kind: kind, codes: Set(report.decision.reasons.map(\.code)).sorted())
            guard seen.insert(key).inserted else { continue }
            let most = Self.mostKnown + (kind.isUrgent ? Self.mostConflicts : 0)
            guard known[key] != nil || known.count < most else {
                beyond.all += 1
                if kind == .escalated { beyond.escalated += 1 }
                continue
            }
            if let notice = note(key, report.decision.reasons, now) { due.append(notice) }
        }
        if isComplete { forget(allBut: Set(seen.map(\.subject)), now) }
        escalatedBeyond = beyond.escalated
        return announce(due, beyond: beyond.all, now)
    }

    private mutating func note(_ key: Key, _ reasons: [Reason], _ now: UnixTime) -> Notice? {
        var standing: Standing
        if let before = known[key] {
            standing = before
            standing.reportedAt = now
            known[key] = standing
            guard standing.isDue(at: now) else { return nil }
            standing.repetition += 1
            standing.toldAt = now
        } else {
            standing = Standing(since: now, reportedAt: now, toldAt: now, repetition: 0)
        }
        known[key] = standing
        return Notice(
            kind: key.kind, transactionID: key.subject.transactionID,
            accountID: key.subject.accountID, reasons: reasons, since: standing.since,
            repetition: standing.repetition)
    }

    /// Takes what a reconciliation found and gives what is to be told now. The same is told again
    /// as ``passed(_:isComplete:at:)`` has it, as long as it is found again.
    package mutating func found(
        _ findings: [ReconcileReport.Finding], at now: UnixTime
    ) -> [Announcement] {
        var (due, beyond): ([Notice], Int) = ([], 0)
        for finding in findings {
            let key = Key(
                subject: Subject(
                    transactionID: finding.transactionID.text, accountID: finding.account.id),
                kind: .unexplained, codes: [finding.classed.rawValue])
            guard known[key] != nil || known.count < Self.mostKnown + Self.mostConflicts else {
                beyond += 1
                continue
            }
            if let notice = note(key, [finding.reason], now) { due.append(notice) }
        }
        return announce(due, beyond: beyond, now)
    }

    private mutating func forget(allBut reported: Set<Subject>, _ now: UnixTime) {
        known = known.filter { key, standing in
            if reported.contains(key.subject) { return true }
            switch key.kind {
            case .escalated: return false
            case .hold, .conflict, .unexplained:
                return standing.reportedAt.advanced(byMilliseconds: Self.longestSilence) > now
            }
        }
    }

    private mutating func announce(
        _ due: [Notice], beyond: Int, _ now: UnixTime
    ) -> [Announcement] {
        let minute: Int64 = 60_000
        let sorted = due.sorted { left, right in
            (left.kind.urgency, left.since, left.transactionID ?? "")
                < (right.kind.urgency, right.since, right.transactionID ?? "")
        }
        let conflicts = sorted.prefix { $0.kind.isUrgent }
        let told =
            Self.told(conflicts, &conflictTellings, now)
            + Self.told(sorted.dropFirst(conflicts.count), &tellings, now)
        var more = sorted.count - told.count
        if beyond > 0, Self.isOver(Self.pauses[0], since: toldBeyondAt, now) {
            toldBeyondAt = now
            more += beyond
        }
        if more > 0, untold == 0 { untoldSince = now }
        untold += more
        var announcements = told.map(Announcement.notice)
        if untold > 0, Self.isOver(minute, since: toldMoreAt, now) {
            announcements.append(.more(untold, since: untoldSince ?? now))
            toldMoreAt = now
            untold = 0
        }
        return announcements
    }

    /// As many as a minute has room for.
    private static func told(
        _ due: ArraySlice<Notice>, _ tellings: inout [UnixTime], _ now: UnixTime
    ) -> [Notice] {
        // A time that is still to come was taken from a clock that was ahead.
        tellings.removeAll { $0 > now || $0.advanced(byMilliseconds: 60_000) <= now }
        let told = due.prefix(max(0, mostPerMinute - tellings.count))
        tellings += told.map { _ in now }
        return Array(told)
    }

    private static func isOver(
        _ milliseconds: Int64, since time: UnixTime?, _ now: UnixTime
    ) -> Bool {
        time.map { $0 > now || $0.advanced(byMilliseconds: milliseconds) <= now } ?? true
    }
}

// What waits for a person.
extension NoticeBoard {
    /// Transactions that are escalated and not decided by anybody yet, as far as passes saw them.
    package var waiting: Int { escalated.count + escalatedBeyond }

    /// Since when the first of them waits.
    package var oldestWaiting: UnixTime? { escalated.values.min() }

    /// The first of those that are escalated and wait, the oldest first.
    package func firstEscalated(_ most: Int) -> [Escalated] {
        let oldest = known.filter { $0.key.kind == .escalated }.map { key, standing in
            Escalated(
                transactionID: key.subject.transactionID, accountID: key.subject.accountID,
                since: standing.since, codes: key.codes)
        }
        let sorted = oldest.sorted {
            ($0.since, $0.transactionID ?? "") < ($1.since, $1.transactionID ?? "")
        }
        return Array(sorted.prefix(most))
    }

    private var escalated: [Subject: UnixTime] {
        var found: [Subject: UnixTime] = [:]
        for (key, standing) in known where key.kind == .escalated {
            found[key.subject] = min(found[key.subject] ?? standing.since, standing.since)
        }
        return found
    }
}

extension ItemReport {
    /// What people are told of it as; nil where there is nothing to tell: it was decided, or it
    /// takes its course.
    package var noticeKind: Notice.Kind? {
        if outcome == .conflict { return .conflict }
        switch decision.action {
        case .escalate: return .escalated
        case .hold:
            let isUnderWay = decision.reasons.allSatisfy { reason in
                ["QUORUM_WAITING", "IN_PROGRESS"].contains(reason.code)
            }
            return isUnderWay && !decision.reasons.isEmpty ? nil : .hold
        case .allow, .block: return nil
        }
    }
}

extension Notice.Kind {
    /// The lowest first.
    fileprivate var urgency: Int {
        switch self {
        case .unexplained: 0
        case .conflict: 1
        case .hold: 2
        case .escalated: 3
        }
    }

    /// Whether nothing else may take its place.
    fileprivate var isUrgent: Bool {
        switch self {
        case .unexplained, .conflict: true
        case .hold, .escalated: false
        }
    }
}

extension NoticeBoard.Announcement {
    /// One object for the command that tells people. `more` stands only where it is a number of
    /// others; texts are cut at a length that a pipe takes at once.
    package func json(environment: String) -> JSONValue {
        switch self {
        case .notice(let notice):
            .object([
                "kind": .string(notice.kind.rawValue), "environment": .string(environment),
                "transaction_id": .optional(notice.transactionID.map { String($0.prefix(64)) }),
                "account_id": .string(notice.accountID.text),
                "reasons": .array(notice.reasons.prefix(Self.mostReasons).map(Self.reason)),
                "since": .string(notice.since.description),
                "repetition": .integer(notice.repetition),
            ])
        case .more(let count, let since):
            .object([
                "kind": .string("more"), "environment": .string(environment),
                "transaction_id": .null, "account_id": .null, "reasons": .array([]),
                "since": .string(since.description), "repetition": .integer(0),
                "more": .integer(count),
            ])
        }
    }

    private static let mostReasons = 16

    private static func reason(_ reason: Reason) -> JSONValue {
        .object([
            "code": .string(reason.code), "message": .string(String(reason.message.prefix(500))),
        ])
    }
}

/// A transaction that waits for a person.
package struct Escalated: Hashable, Sendable {
    /// nil where it had no id that could be read.
    package let transactionID: String?
    package let accountID: AccountID
    /// When this process first found it so.
    package let since: UnixTime
    /// The codes of its reasons, sorted.
    package let codes: [String]

    /// `{"transaction_id","account_id","since","reasons"}`.
    package var json: JSONValue {
        .object([
            "transaction_id": .optional(transactionID), "account_id": .string(accountID.text),
            "since": .string(since.description), "reasons": .array(codes.map(JSONValue.string)),
        ])
    }
}
