import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What people are told of, how often, and when it is forgotten.
@Suite struct NoticeBoardTests {
    private static let start = Sample.now
    private static let hour: Int64 = 3_600_000

    private func at(_ milliseconds: Int64) -> UnixTime {
        Self.start.advanced(byMilliseconds: milliseconds)
    }

    private func account() throws -> AccountID {
        try #require(AccountID("9c41ec8a82fb99b57cb5078ae0a8b569acct"))
    }

    /// The n-th transaction, escalated unless another decision or outcome is given.
    private func report(
        _ n: Int, _ reason: Reason = .ruleEscalate(rule: "people"), holds: Bool = false,
        outcome: ItemReport.Outcome? = nil
    ) throws -> ItemReport {
        var report = ItemReport(
            unreadable: "transaction \(n)", account: try account(), reason: reason,
            outcome: outcome)
        if !holds { report.decision = report.decision.turned(to: .escalate, because: [reason]) }
        return report
    }

    private func notices(_ announcements: [NoticeBoard.Announcement]) -> [Notice] {
        announcements.compactMap { announcement in
            switch announcement {
            case .notice(let notice): notice
            case .more: nil
            }
        }
    }

    private func more(_ announcements: [NoticeBoard.Announcement]) -> [Int] {
        announcements.compactMap { announcement in
            switch announcement {
            case .notice: nil
            case .more(let count, _): count
            }
        }
    }

    @Test func `what waits is told at once, after 1 h, 4 h more, and then each day`() throws {
        var board = NoticeBoard()
        var told: [(hours: Int64, repetition: Int, since: UnixTime)] = []
        for quarter in 0..<(4 * 80) {
            let now = at(Int64(quarter) * Self.hour / 4)
            for notice in notices(board.passed([try report(1)], isComplete: true, at: now)) {
                told.append((Int64(quarter) / 4, notice.repetition, notice.since))
            }
        }
        #expect(told.map(\.hours) == [0, 1, 5, 29, 53, 77])
        #expect(told.map(\.repetition) == [0, 1, 2, 3, 4, 5])
        #expect(told.allSatisfy { $0.since == Self.start })
    }

    @Test func `a hold, an escalation and a conflict are told as what they are`() throws {
        var board = NoticeBoard()
        let told = notices(
            board.passed(
                [
                    try report(1), try report(2, .clockSkew(milliseconds: nil), holds: true),
                    try report(3, .conflictingChallenge, outcome: .conflict),
                ], isComplete: true, at: Self.start))
        #expect(told.map(\.kind) == [.conflict, .hold, .escalated], "the most urgent first")
        #expect(told.map(\.transactionID) == ["transaction 3", "transaction 2", "transaction 1"])
        #expect(board.waiting == 1)
    }

    @Test func `what is allowed, blocked or takes its course is told to nobody`() throws {
        var board = NoticeBoard()
        var allowed = try report(1)
        allowed.decision = allowed.decision.turned(to: .allow, because: [])
        var blocked = try report(2)
        blocked.decision = blocked.decision.turned(to: .block, because: [])
        let underWay = try report(3, .inProgress(state: "requested"), holds: true)
        let told = board.passed([allowed, blocked, underWay], isComplete: true, at: Self.start)
        #expect(told == [])
    }

    @Test func `another reason for the same transaction is told, and flapping is not`() throws {
        var board = NoticeBoard()
        let first = try report(1, .clockSkew(milliseconds: nil), holds: true)
        let second = try report(1, .platformUnavailable("no answer"), holds: true)
        var count = 0
        for pass in 0..<20 {
            let told = board.passed(
                [pass.isMultiple(of: 2) ? first : second], isComplete: true,
                at: at(Int64(pass) * 15_000))
            count += notices(told).count
        }
        #expect(count == 2)
    }

    @Test func `an escalation that a complete pass misses is forgotten, and told anew later`()
        throws
    {
        var board = NoticeBoard()
        #expect(notices(board.passed([try report(1)], isComplete: true, at: at(0))).count == 1)
        _ = board.passed([], isComplete: false, at: at(1_000))
        #expect(board.waiting == 1, "a pass that missed something forgets nothing")
        _ = board.passed([], isComplete: true, at: at(2_000))
        #expect(board.waiting == 0 && board.oldestWaiting == nil)
        let again = notices(board.passed([try report(1)], isComplete: true, at: at(3_000)))
        #expect(again.map(\.repetition) == [0])
        #expect(again.map(\.since) == [at(3_000)])
    }

    @Test func `what is put off between its attempts is not told anew at each`() throws {
        var board = NoticeBoard()
        let broken = try report(1, .malformed("no amount"), holds: true, outcome: .quarantined)
        #expect(notices(board.passed([broken], isComplete: true, at: at(0))).count == 1)
        var told = 0
        for minute in 1..<59 {
            let reports = minute.isMultiple(of: 20) ? [broken] : []
            let now = at(Int64(minute) * 60_000)
            told += notices(board.passed(reports, isComplete: true, at: now)).count
        }
        #expect(told == 0)
        _ = board.passed([], isComplete: true, at: at(30 * Self.hour))
        #expect(
            notices(board.passed([broken], isComplete: true, at: at(31 * Self.hour))).count == 1)
    }

    @Test func `ten a minute are told one by one, the rest as one number`() throws {
        var board = NoticeBoard()
        let many = try (0..<1_000).map { try report($0) }
        let first = board.passed(many, isComplete: true, at: at(0))
        #expect(notices(first).count == 10 && more(first) == [990])
        let next = board.passed(try many + [report(1_000)], isComplete: true, at: at(15_000))
        #expect(next == [], "within the same minute nothing more is told")
        let later = board.passed(many, isComplete: true, at: at(61_000))
        #expect(notices(later) == [] && more(later) == [1], "and what was not told is")
        #expect(board.waiting == 1_000)
        #expect(board.oldestWaiting == at(0))
    }

    @Test func `no more than a minute's ten are told within any minute, whatever comes`() throws {
        var board = NoticeBoard()
        var told: [Int64] = []
        for pass in 0..<40 {
            let now = Int64(pass) * 7_000
            let reports = try (0..<5).map { try report(pass * 5 + $0) }
            let announcements = board.passed(reports, isComplete: true, at: at(now))
            told += notices(announcements).map { _ in now }
        }
        for time in told { #expect(told.count { (time..<(time + 60_000)).contains($0) } <= 10) }
        #expect(told.count >= 40, "and telling goes on")
    }

    @Test func `ten thousand are remembered, the others counted and told each hour`() throws {
        var board = NoticeBoard()
        let all = try (0..<10_050).map { try report($0) }
        let first = board.passed(all, isComplete: true, at: at(0))
        #expect(more(first) == [10_040])
        #expect(board.waiting == 10_050)
        #expect(board.passed(all, isComplete: true, at: at(90_000)) == [])
        let later = board.passed(all, isComplete: true, at: at(Self.hour))
        #expect(notices(later).count == 10 && more(later) == [10_040])
    }

    @Test func `whoever makes much that is escalated keeps no conflict from being told`() throws {
        var board = NoticeBoard()
        _ = board.passed(try (0..<12_000).map { try report($0) }, isComplete: true, at: at(0))
        var conflict = try report(20_000, .conflictingChallenge, holds: true)
        conflict.outcome = .conflict
        let told = notices(board.passed([conflict], isComplete: false, at: at(1_000)))
        #expect(told.map(\.kind) == [.conflict])
    }

    @Test func `a clock that was set back keeps nobody from being told`() throws {
        var board = NoticeBoard()
        let many = try (0..<30).map { try report($0) }
        _ = board.passed(many, isComplete: true, at: at(Self.hour))
        let told = board.passed(try (30..<35).map { try report($0) }, isComplete: true, at: at(0))
        #expect(notices(told).count == 5)
    }

    @Test func `a notice is one object with the members that docs name`() throws {
        var board = NoticeBoard()
        let told = board.passed([try report(7)], isComplete: true, at: Self.start)
        let json = try #require(told.first).json(environment: "test")
        #expect(
            json
                == .object([
                    "kind": .string("escalated"), "environment": .string("test"),
                    "transaction_id": .string("transaction 7"),
                    "account_id": .string(try account().text),
                    "reasons": .array([
                        .object([
                            "code": .string("RULE_ESCALATE"),
                            "message": .string(Reason.ruleEscalate(rule: "people").message),
                        ])
                    ]),
                    "since": .string(Self.start.description), "repetition": .integer(0),
                ]))
        let rest = NoticeBoard.Announcement.more(3, since: Self.start).json(environment: "test")
        #expect(rest["kind"] == .string("more") && rest["more"] == .integer(3))
        #expect(rest["transaction_id"] == .null && rest["account_id"] == .null)
    }

    @Test func `whatever reasons hold, a notice stays within what a pipe takes`() throws {
        var report = try report(1, .malformed(String(repeating: "x", count: 100_000)), holds: true)
        report.transactionID = String(repeating: "y", count: 100_000)
        report.decision = report.decision.turned(
            to: .hold,
            because: (0..<500).map { .malformed("\($0) " + String(repeating: "z", count: 9_000)) })
        var board = NoticeBoard()
        let told = board.passed([report], isComplete: true, at: Self.start)
        let bytes = try #require(told.first?.json(environment: "test").canonicalBytes)
        #expect(bytes.count < 16_384)
    }
}
