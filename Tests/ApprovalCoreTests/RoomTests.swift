import AgentTestKit
import ApprovalCore
import Testing

/// What a limit that is exceeded says, and when it says that there is room again.
struct RoomTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func limit(
        _ window: Window, max: String? = "2", count: Int64? = nil
    ) throws -> Limit {
        Limit(
            id: "l", window: window, maxAmount: try max.map(sample.amount), maxCount: count)
    }

    /// The usual 0.4 on top of approvals: hours before now (nil is open) and amount.
    private func decide(
        _ limit: Limit, _ approved: [(hoursAgo: Int64?, amount: String)],
        _ amount: String = "-0.4"
    ) throws -> Decision {
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: .amount, zone: Sample.berlin),
            rules: sample.everything(), limits: [limit])
        var history = History(under: policy)
        for (number, approval) in approved.enumerated() {
            history.add(
                History.Approval(
                    transactionID: try Sample.id("0000000000000000000000000000001\(number)atrx"),
                    exposure: Exposure(
                        type: .withdrawal, accountID: sample.payouts.id, destination: "x",
                        sent: try sample.amount(approval.amount), fee: .zero(scale: 8),
                        feeAccount: nil),
                    settledAt: approval.hoursAgo.map {
                        Sample.now.advanced(byMilliseconds: -$0 * 3_600_000)
                    }))
        }
        return try sample.decide(
            sample.withdrawal(["amount": .string(amount)]), under: policy
        ) { Answers(usage: history.usage($0)) }
    }

    private func message(_ decision: Decision) -> String {
        #expect(decision.action == .escalate && decision.exposure == nil)
        return decision.reasons.map(\.message).joined(separator: " / ")
    }

    private let day = Window.rolling(milliseconds: 86_400_000)

    @Test func `a rolling window has room once enough of the oldest has left it`() throws {
        let approved: [(hoursAgo: Int64?, amount: String)] = [
            (20, "0.1"), (10, "0.8"), (5, "0.8"),
        ]
        #expect(
            message(try decide(limit(day), approved))
                == "0.4 BTC on top of 1.7 BTC approved since 2026-10-05 09:00 UTC would exceed 2 BTC "
                + "(limit l); room for 0.4 BTC returns 2026-10-06 13:00 UTC")
        #expect(
            message(try decide(limit(day), approved, "-0.41")).hasSuffix(
                "room for 0.41 BTC returns 2026-10-06 23:00 UTC"))
        #expect(
            message(try decide(limit(day), approved, "-2")).hasSuffix(
                "room for 2 BTC returns 2026-10-07 04:00 UTC"))
    }

    @Test func `there is room from the very moment that is named`() throws {
        let decision = try decide(limit(day), [(20, "1.7")])
        let room = try #require(decision.limits.first?.roomAt)
        #expect(room == Sample.now.advanced(byMilliseconds: 4 * 3_600_000))
        // The oldest leaves the window at that moment, and not one millisecond before.
        let settled = Sample.now.advanced(byMilliseconds: -20 * 3_600_000)
        #expect(day.start(at: Moment(now: room)) == .some(.some(settled)))
    }

    @Test(
        arguments: [
            (Window.calendar(.hour), "2026-10-06 10:00"), (.calendar(.day), "2026-10-06 22:00"),
            (.calendar(.week), "2026-10-11 22:00"), (.calendar(.month), "2026-10-31 23:00"),
        ])
    func `a calendar window has room when the next one begins`(window: Window, room: String) throws
    {
        let decision = try decide(limit(window), [(0, "0.1"), (0, "1.6")])
        #expect(message(decision).hasSuffix("(limit l); room for 0.4 BTC returns \(room) UTC"))
    }

    @Test func `a total window has no room by itself any more`() throws {
        #expect(
            message(try decide(limit(.total), [(9_000, "1.7")]))
                == "0.4 BTC on top of 1.7 BTC approved at any time would exceed 2 BTC (limit l); "
                + "this room never returns by itself")
    }

    @Test func `what alone is more than a limit never has room`() throws {
        for window in [day, .calendar(.day), .total] {
            let decision = try decide(limit(window, count: 1), [(1, "0.1")], "-2.00000001")
            #expect(message(decision) == "2.00000001 BTC alone exceeds 2 BTC (limit l)")
            #expect(decision.limits.map(\.roomAt) == [nil])
        }
    }

    @Test func `while what is open alone leaves no room, no time is named`() throws {
        let decision = try decide(limit(day), [(nil, "1.7"), (3, "0.1")])
        #expect(
            message(decision).hasSuffix(
                "room for 0.4 BTC returns only after what is under way is settled"))
        let beside = try decide(limit(day), [(nil, "1"), (3, "0.7")])
        #expect(message(beside).hasSuffix("room for 0.4 BTC returns 2026-10-07 06:00 UTC"))
    }

    @Test func `a number has room once enough have left, together with the amount`() throws {
        let three = try limit(day, max: nil, count: 3)
        let approved: [(hoursAgo: Int64?, amount: String)] = [
            (20, "0.1"), (10, "0.1"), (5, "1.7"),
        ]
        #expect(
            message(try decide(three, approved))
                == "one more on top of 3 approved since 2026-10-05 09:00 UTC would exceed 3 (limit l); "
                + "room for one more returns 2026-10-06 13:00 UTC")
        #expect(
            message(try decide(limit(day, count: 3), approved)).hasSuffix(
                "room for one more returns 2026-10-07 04:00 UTC"))
        #expect(try decide(three, Array(approved.dropFirst())).action == .allow)
    }

    @Test func `a time within a minute is named by the next whole one`() throws {
        let late = UnixTime(milliseconds: Sample.now.milliseconds + 1)
        #expect(late.nextMinute == "2026-10-06 09:01")
        #expect(Sample.now.nextMinute == "2026-10-06 09:00")
    }

    @Test func `a use below zero is not told as room`() throws {
        let policy = try sample.policy(rules: sample.everything(), limits: [limit(day)])
        let decision = try sample.decide(sample.withdrawal(), under: policy) { questions in
            Answers(
                usage: questions.limits.map {
                    LimitUsage(
                        limit: $0.limit, key: $0.key, since: $0.since,
                        used: Amount(units: -1, scale: 8) ?? .zero(scale: 8), count: 0)
                })
        }
        #expect(
            message(decision) == "limit l cannot be computed, so it counts as exceeded")
    }
}
