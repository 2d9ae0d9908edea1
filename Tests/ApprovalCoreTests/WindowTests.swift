import AgentTestKit
import ApprovalCore
import Testing

struct WindowTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func policy(_ window: Window, zone: ZoneRules? = Sample.berlin) throws -> Policy {
        try sample.policy(
            settings: Settings(
                defaultAction: .block, zone: zone, maxRequestAge: .max,
                acceptUnsigned: ["fee_account_id"]),
            limits: [Limit(id: "l", window: window, maxAmount: sample.amount("2"))])
    }

    @Test(
        arguments: [
            (Window.rolling(milliseconds: 86_400_000), "2026-10-24T01:30:00Z", 0),
            (.rolling(milliseconds: 1), "2026-10-25T01:29:59.999Z", 0),
            (.calendar(.hour), "2026-10-25T01:00:00Z", 1),
            (.calendar(.day), "2026-10-24T22:00:00Z", 1),
            (.calendar(.week), "2026-10-18T22:00:00Z", 1),
            (.calendar(.month), "2026-09-30T22:00:00Z", 1),
        ] as [(Window, String, Int64)])
    func `a window is asked for from its beginning: a rolling one excludes it, a calendar one not`(
        window: Window, since: String, included: Int64
    ) throws {
        let questions = try sample.questions(
            sample.withdrawal(), under: policy(window), at: Sample.at("2026-10-25T01:30:00Z"))
        let question = try #require(questions.limits.first)
        #expect(try question.since == Sample.at(since))
        #expect(try question.after == Sample.at(since).advanced(byMilliseconds: -included))
    }

    @Test func `a total window has no beginning`() throws {
        let questions = try sample.questions(sample.withdrawal(), under: policy(.total))
        #expect(questions.limits.map(\.since) == [nil])
        #expect(questions.limits.map(\.after.milliseconds) == [.min])
    }

    @Test func `a window longer than time begins with it`() throws {
        let start = Window.rolling(milliseconds: .max).start(
            at: Moment(now: UnixTime(milliseconds: -10)))
        #expect(start == .some(.some(UnixTime(milliseconds: .min))))
    }

    @Test(arguments: Window.Unit.allCases)
    func `a calendar window without a time zone cannot be computed, so it counts as exceeded`(
        unit: Window.Unit
    ) throws {
        let policy = try policy(.calendar(unit), zone: nil)
        #expect(try sample.questions(sample.withdrawal(), under: policy).limits.isEmpty)
        let decision = try sample.decide(sample.withdrawal(), under: policy) { _ in
            Answers(usage: [
                LimitUsage(
                    limit: "l", key: "all", since: nil, used: .zero(scale: 8), count: 0)
            ])
        }
        #expect(decision.action == .escalate && decision.exposure == nil)
    }

    /// Settled at a time, asked for at a time, by the list that counts by walking over itself.
    private func used(_ window: Window, settled: String, now: String) throws -> Bool {
        let policy = try policy(window)
        var history = History(under: policy)
        history.add(try approval("-1", settledAt: Sample.at(settled)))
        let questions = try sample.questions(
            sample.withdrawal(), under: policy, at: Sample.at(now))
        return try #require(history.usage(questions).first).count == 1
    }

    private func approval(_ amount: String, settledAt: UnixTime?) throws -> History.Approval {
        History.Approval(
            transactionID: try Sample.id("00000000000000000000000000000009atrx"),
            exposure: Exposure(
                type: .withdrawal, accountID: sample.payouts.id,
                destination: Sample.exchangeAddress, sent: try sample.amount("1"),
                fee: .zero(scale: 8), feeAccount: sample.fees.id.text), settledAt: settledAt)
    }

    @Test(
        arguments: [
            (.rolling(milliseconds: 3_600_000), "2026-10-06T08:00:00Z", false),
            (.rolling(milliseconds: 3_600_000), "2026-10-06T08:00:00.001Z", true),
            // No upper bound: what was settled by a clock that ran ahead counts.
            (.rolling(milliseconds: 3_600_000), "2026-10-06T19:00:00Z", true),
            (.calendar(.hour), "2026-10-06T08:59:59.999Z", false),
            (.calendar(.hour), "2026-10-06T09:00:00Z", true),
            (.calendar(.day), "2026-10-05T21:59:59.999Z", false),
            (.calendar(.day), "2026-10-05T22:00:00Z", true),
            (.calendar(.week), "2026-10-04T21:59:59.999Z", false),
            (.calendar(.week), "2026-10-04T22:00:00Z", true),
            (.calendar(.month), "2026-09-30T21:59:59.999Z", false),
            (.calendar(.month), "2026-09-30T22:00:00Z", true),
            (.calendar(.month), "2026-11-30T22:00:00Z", true),
            (.total, "1970-01-01T00:00:00Z", true),
        ] as [(Window, String, Bool)])
    func `each window counts from its edge on`(window: Window, settled: String, counts: Bool) throws
    {
        #expect(try used(window, settled: settled, now: "2026-10-06T09:00:00Z") == counts)
    }

    @Test func `a day of 25 hours counts its 25 hours, one of 23 its 23`() throws {
        let day = Window.calendar(.day)
        let table = [
            ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", true),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", false),
            ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", true),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", false),
        ]
        for (settled, now, counts) in table {
            #expect(try used(day, settled: settled, now: now) == counts, "\(settled) \(now)")
        }
    }

    @Test func `what is open counts in every window, however old`() throws {
        for window in [Window.rolling(milliseconds: 1), .calendar(.hour), .total] {
            let policy = try policy(window)
            var history = History(under: policy)
            history.add(try approval("-1", settledAt: nil))
            let questions = try sample.questions(sample.withdrawal(), under: policy)
            #expect(history.usage(questions).map(\.count) == [1])
        }
    }
}
