import AgentTestKit
import ApprovalCore
import Testing

/// The list that counts by walking over itself, against cases counted by hand.
struct HistoryTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private struct Approved {
        var id = 1
        var amount = "1"
        var destination = Sample.exchangeAddress
        var account: PolicyAccount
        /// Milliseconds; nil is open.
        var settledAt: Int64? = 0
        var reference: String?
    }

    private func policy() throws -> Policy {
        try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: .amount),
            rules: sample.everything(),
            limits: [
                Limit(id: "all", window: .total, maxAmount: sample.amount("9")),
                Limit(id: "source", per: [.source], window: .total, maxCount: 9),
                Limit(id: "there", per: [.destination], window: .total, maxCount: 9),
                Limit(
                    id: "transfers", scope: [.type(.init([.transferOutgoing]))], window: .total,
                    maxCount: 9),
            ])
    }

    private func history(_ approved: [Approved]) throws -> History {
        var history = History(under: try policy())
        for one in approved {
            history.add(
                History.Approval(
                    transactionID: try Sample.id("0000000000000000000000000000001\(one.id)atrx"),
                    exposure: Exposure(
                        type: .withdrawal, accountID: one.account.id,
                        destination: one.destination, sent: try sample.amount(one.amount),
                        fee: .zero(scale: 8), feeAccount: nil, reference: one.reference),
                    settledAt: one.settledAt.map(UnixTime.init)))
        }
        return history
    }

    private func question(
        _ limit: String, _ key: String, after: Int64 = .min, amount: String? = nil,
        count: Int64? = nil
    ) throws -> Questions {
        let after = UnixTime(milliseconds: after)
        return Questions(
            transactionID: try Sample.id("00000000000000000000000000000019atrx"),
            limits: [
                LimitQuestion(
                    limit: limit, key: key, since: after, after: after, scale: 8,
                    fittingAmount: try amount.map(sample.amount), fittingCount: count)
            ])
    }

    @Test func `each account of a limit counts its own`() throws {
        let history = try history([
            Approved(id: 1, account: sample.payouts),
            Approved(id: 2, amount: "2", account: sample.treasury),
            Approved(id: 3, amount: "4", destination: "x", account: sample.payouts, settledAt: nil),
        ])
        let table: [(String, String, String, Int64)] = [
            ("all", "all", "7.00000000", 3), ("source", "btc-payouts", "5.00000000", 2),
            ("source", "btc-treasury", "2.00000000", 1),
            ("there", "BTC:x", "4.00000000", 1),
            ("there", "BTC:" + Sample.exchangeAddress, "3.00000000", 2),
            ("transfers", "all", "0.00000000", 0), ("source", "all", "0.00000000", 0),
            ("none", "all", "0.00000000", 0),
        ]
        for (limit, key, used, count) in table {
            let usage = try #require(history.usage(question(limit, key)).first)
            #expect(usage.used.description == used && usage.count == count, "\(limit) \(key)")
            #expect(usage.limit == limit && usage.key == key && usage.roomAfter == nil)
        }
    }

    @Test func `what was settled at or before the edge does not count, what is open does`() throws {
        let history = try history([
            Approved(id: 1, account: sample.payouts, settledAt: 99),
            Approved(id: 2, account: sample.payouts, settledAt: 100),
            Approved(id: 3, account: sample.payouts, settledAt: 101),
            Approved(id: 4, account: sample.payouts, settledAt: nil),
        ])
        for (after, count) in [(98, 4), (99, 3), (100, 2), (101, 1), (Int64.max, 1)] {
            #expect(
                try history.usage(question("all", "all", after: Int64(after))).map(\.count)
                    == [Int64(count)])
        }
    }

    @Test func `the transaction that asks never counts against itself`() throws {
        let history = try history([
            Approved(id: 9, account: sample.payouts, settledAt: nil, reference: "a"),
            Approved(id: 1, account: sample.payouts, reference: "b"),
        ])
        #expect(try history.usage(question("all", "all")).map(\.count) == [1])
        func same(_ reference: String?) throws -> TransactionID? {
            history.sameReference(
                Questions(
                    transactionID: try Sample.id("00000000000000000000000000000019atrx"),
                    reference: reference))
        }
        #expect(try same("a") == nil)
        #expect(try same("b")?.text == "00000000000000000000000000000011atrx")
        #expect(try same("B") == nil && same(nil) == nil)
    }

    /// Four settled, at 10, 20, 20 and 30, of 1, 2, 4 and 8; an open one of 16.
    @Test(
        arguments: [
            ("31", nil, nil), ("30.99999999", nil, 10), ("30", nil, 10), ("29", nil, 20),
            ("24", nil, 20), ("23", nil, 30), ("16", nil, 30), ("15.99999999", nil, nil),
            ("0", nil, nil), (nil, 5, nil), (nil, 4, 10), (nil, 3, 20), (nil, 2, 20), (nil, 1, 30),
            (nil, 0, nil), (nil, -1, nil), ("30", 1, 30), ("16", 4, 30), ("31", 5, nil),
        ] as [(String?, Int64?, Int64?)])
    func `room comes after the last approval that must go`(
        amount: String?, count: Int64?, after: Int64?
    ) throws {
        let approved = [
            Approved(id: 1, amount: "4", account: sample.payouts, settledAt: 20),
            Approved(id: 2, amount: "16", account: sample.payouts, settledAt: nil),
            Approved(id: 3, amount: "8", account: sample.payouts, settledAt: 30),
            Approved(id: 4, amount: "1", account: sample.payouts, settledAt: 10),
            Approved(id: 5, amount: "2", account: sample.payouts, settledAt: 20),
        ]
        for approved in [approved, approved.reversed()] {
            let usage = try #require(
                history(approved).usage(question("all", "all", amount: amount, count: count)).first)
            #expect(usage.roomAfter == after.map(UnixTime.init))
        }
    }

    @Test func `a sum beyond every amount leaves no room until it is gone`() throws {
        var history = History(under: try policy())
        let most = try #require(Amount(units: .max, scale: 8))
        for (number, time) in [Int64(10), 20].enumerated() {
            history.add(
                History.Approval(
                    transactionID: try Sample.id("0000000000000000000000000000001\(number)atrx"),
                    exposure: Exposure(
                        type: .withdrawal, accountID: sample.payouts.id, destination: "x",
                        sent: most, fee: .zero(scale: 8), feeAccount: nil),
                    settledAt: UnixTime(milliseconds: time)))
        }
        let usage = try #require(history.usage(question("all", "all", amount: "1")).first)
        #expect(usage.used == most && usage.roomAfter == UnixTime(milliseconds: 20))
    }
}
