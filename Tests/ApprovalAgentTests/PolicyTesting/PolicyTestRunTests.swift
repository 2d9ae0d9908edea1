import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct PolicyTestRunTests {
    let scene: PolicyTestScene

    init() throws { scene = try PolicyTestScene() }

    private func amount(_ text: String) throws -> Amount { try Amount(text, precision: 18) }

    private func approved(
        _ amount: String, before hours: Int64, _ changes: (String, String)...
    ) -> PolicyTestApproval {
        var fields = scene.payout(["amount": .string(amount)]).fields
        fields += changes.map { JSONMember($0.0, .string($0.1)) }
        return PolicyTestApproval(
            time: .before(milliseconds: hours * PolicyTestScene.hour),
            transaction: PolicyTestTransaction(fields: fields))
    }

    @Test func `what is as expected passes, whatever the digits of its amounts`() throws {
        let report = scene.run(
            history: [approved("-1.20000000", before: 2)],
            scene.test(
                scene.payout(),
                PolicyTestExpectation(
                    action: .allow, rules: ["payouts-small"], reasons: ["RULE_ALLOW"],
                    limits: [
                        .init(
                            id: "btc-payouts-day", used: try amount("1.2"),
                            usedAfter: try amount("1.600000000000000000"), exceeded: false)
                    ], explainContains: "payouts-small allows")),
            scene.test(scene.transfer(), .init(action: .allow, rules: ["internal-transfers"])))
        #expect(report.messages == [[], []])
        #expect(report.isPassed && report.failed == 0)
    }

    @Test func `every way to be wrong is told, all of them at once`() throws {
        let expected = PolicyTestExpectation(
            action: .block, rules: ["payouts-large", "payouts-small"], reasons: ["LIMIT_EXCEEDED"],
            limits: [
                .init(
                    id: "btc-payouts-day", used: try amount("0.1"), usedAfter: try amount("0.5"),
                    exceeded: true),
                .init(id: "another", exceeded: false),
            ], patterns: ["split"], guards: [.lookalike], explainContains: "Kraken")
        let report = scene.run(scene.test(scene.payout(), expected))
        #expect(
            report.messages == [
                [
                    "expected action block, found allow",
                    "expected rule payouts-large among the rules, but it was FALSE",
                    "expected reason LIMIT_EXCEEDED, found RULE_ALLOW",
                    "expected limit btc-payouts-day used 0.1 before, found 0",
                    "expected limit btc-payouts-day used_after 0.5, found 0.4",
                    "expected limit btc-payouts-day to be exceeded, but it was not",
                    "expected limit another, but it was not asked: limits are asked where the "
                        + "rules allow and the scope fits",
                    "expected pattern split to be seen, but it was not asked",
                    "expected guard lookalike to be TRUE, but it was not asked",
                    "expected a reason that contains \"Kraken\"",
                ]
            ])
        #expect(!report.isPassed && report.failed == 1)
    }

    @Test func `a limit that is full is exceeded and keeps its use`() throws {
        let limit = PolicyTestExpectation.LimitUse(
            id: "btc-payouts-day", used: try amount("1.7"), usedAfter: try amount("1.7"),
            exceeded: false)
        let report = scene.run(
            history: [approved("-1.70000000", before: 23)],
            scene.test(scene.payout(), .init(action: .escalate, limits: [limit])))
        #expect(
            report.messages == [["expected limit btc-payouts-day not exceeded, but it was"]])
        #expect(report.codes == [["LIMIT_EXCEEDED"]])
    }

    @Test func `each case starts from history alone, and history counts whatever the policy says`()
    {
        // 7 at once is far beyond every rule, and counts for 24 hours all the same.
        let history = [approved("-7.00000000", before: 24), approved("-1.50000000", before: 23)]
        let test = scene.test(scene.payout(), .init(action: .allow))
        let report = scene.run(
            history: history, test, test,
            scene.test(scene.payout(), hours: -1, .init(action: .allow)))
        #expect(report.messages == [[], [], []])
        let full = scene.run(
            history: [approved("-7.00000000", before: 23)], test)
        #expect(full.codes == [["LIMIT_EXCEEDED"]])
    }

    @Test func `a sequence counts what it allowed, across a restart, and nothing that it refused`()
    {
        let step = { (hours: Int64, amount: String, action: Decision.Action) in
            PolicyTestSequence.Step.decide(
                scene.test(
                    scene.payout(["amount": .string(amount)]), hours: hours, .init(action: action)))
        }
        let report = scene.run(
            sequence: step(0, "-0.50000000", .allow), step(1, "-0.50000000", .allow),
            step(2, "-0.60000000", .escalate), step(2, "-0.50000000", .allow), .restart,
            step(3, "-0.50000000", .allow), .restart, step(4, "-0.00000001", .escalate),
            step(24, "-0.50000000", .allow))
        #expect(report.messages == [[], [], [], [], [], [], []])
        #expect(report.codes[5] == ["LIMIT_EXCEEDED"])
    }

    @Test func `a challenge that leaves something out, adds or doubles something is not signed`() {
        let all = ["id", "account_id", "type", "amount", "address", "fee_amount", "reference"]
        let report = scene.run(
            scene.test(scene.payout(), attributes: all.reversed(), .init(action: .allow)),
            scene.test(
                scene.payout(), attributes: all.filter { $0 != "address" },
                .init(action: .escalate, reasons: ["ATTR_NOT_SIGNED"])),
            scene.test(
                scene.payout(), attributes: all + ["memo"],
                .init(action: .escalate, reasons: ["UNKNOWN_ATTR"])),
            scene.test(
                scene.payout(), attributes: all + ["id"],
                .init(action: .escalate, reasons: ["DUPLICATE_ATTR"])),
            scene.test(
                scene.payout(), attributes: Array(repeating: "id", count: 65),
                .init(action: .hold, reasons: ["MALFORMED"])))
        #expect(report.messages == [[], [], [], [], []])
    }

    @Test func `what is not signed counts nothing`() throws {
        let use = PolicyTestExpectation.LimitUse(id: "btc-payouts-day", used: try amount("0"))
        let report = scene.run(
            sequence: .decide(
                scene.test(scene.payout(), attributes: ["id"], .init(action: .escalate))),
            .decide(scene.test(scene.payout(), .init(action: .allow, limits: [use]))))
        #expect(report.messages == [[], []])
    }

    @Test func `a body as no platform should send it is judged, not refused by the runner`() {
        let report = scene.run(
            scene.test(
                scene.payout(["amount": .null]),
                .init(action: .escalate, reasons: ["FIELD_UNKNOWN", "AMOUNT_INVALID"])),
            scene.test(
                scene.payout(["amount": .number("-0.4")]),
                .init(action: .escalate, reasons: ["FIELD_UNKNOWN"])),
            scene.test(
                PolicyTestTransaction(fields: []), .init(action: .hold, reasons: ["MALFORMED"])),
            scene.test(
                scene.payout(["account_id": .string(String(repeating: "0", count: 36))]),
                .init(action: .hold, reasons: ["ACCOUNT_MISMATCH"])),
            scene.test(
                scene.payout(["state": .string("CANCELLED")]),
                .init(action: .hold, reasons: ["NOT_PENDING"])))
        #expect(report.messages == [[], [], [], [], []])
    }

    @Test func `a transaction that was approved is never approved again`() {
        let own = scene.payout(["id": .string(Sample.transactionID)])
        let report = scene.run(
            sequence: .decide(scene.test(own, .init(action: .allow))), .restart,
            .decide(
                scene.test(own, hours: 1, .init(action: .hold, reasons: ["ALREADY_APPROVED"]))))
        #expect(report.messages == [[], []])
    }

    @Test func `its first decision is kept, so that waiting for a person makes nothing stale`() {
        let own = scene.payout([
            "id": .string(Sample.transactionID), "created_at": .string("2026-10-06T11:00:00Z"),
        ])
        let first = scene.test(own, attributes: ["id"], .init(action: .escalate))
        let later = scene.test(own, hours: 40, .init(action: .allow))
        #expect(scene.run(sequence: .decide(first), .restart, .decide(later)).messages == [[], []])
        #expect(scene.run(sequence: .decide(later)).codes == [["STALE_REQUEST"]])
    }

    @Test func `fresh ids and references never meet those that a test gives`() throws {
        let scene = try PolicyTestScene(
            guards: Guards(duplicateReference: .init(action: .block)))
        let fresh = "test" + String(repeating: "0", count: 27) + "1atrx"
        let report = scene.run(
            sequence: .decide(scene.test(scene.payout(), .init(action: .allow))),
            .decide(scene.test(scene.payout(["id": .string(fresh)]), .init(action: .allow))),
            .decide(
                scene.test(scene.payout(["reference": .string("test-2")]), .init(action: .allow))),
            .decide(
                scene.test(
                    scene.payout(["reference": .string("test-2")]),
                    .init(action: .block, reasons: ["DUPLICATE_REFERENCE"]))))
        #expect(report.messages == [[], [], [], []])
    }

    @Test func `history that cannot have happened fails its cases and is never passed over`() {
        let wrong = PolicyTestApproval(
            time: .before(milliseconds: 1), transaction: scene.payout(["amount": .null]))
        let report = scene.run(
            history: [wrong], scene.test(scene.payout(), .init(action: .allow)))
        #expect(
            report.messages == [
                [
                    "the history before it cannot have happened: "
                        + "amount is not an amount below zero"
                ]
            ])
    }

    @Test func `nothing run is nothing passed`() {
        #expect(!scene.run(PolicyTestSuite(file: "p/a_test.yaml", id: "a")).isPassed)
    }

    @Test func `coverage wants rules TRUE and FALSE, limits exceeded and guards TRUE`() throws {
        let scene = try PolicyTestScene(
            guards: Guards(lookalike: .init(prefix: 4, suffix: 4, action: .block)))
        let look = JSONValue.string("3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r")
        var coverage = scene.run(scene.test(scene.payout(), .init(action: .allow))).coverage
        #expect(
            coverage.lines { $0.id == "frozen" ? "p/policy.yaml:3:9" : nil } == [
                "coverage: rules 0/4, limits 0/1, guards 0/1",
                "  p/policy.yaml:3:9: rule frozen never TRUE",
                "  rule internal-transfers never TRUE",
                "  rule payouts-large never TRUE", "  rule payouts-small never FALSE",
                "  limit btc-payouts-day never exceeded", "  guard lookalike never TRUE",
            ])
        #expect(coverage.idleRules == ["frozen", "internal-transfers", "payouts-large"])
        let frozen = JSONValue.string(Sample.blockedAddress)
        coverage =
            scene.run(
                history: [approved("-1.90000000", before: 1)],
                scene.test(scene.payout(), .init(action: .escalate)),
                scene.test(scene.payout(["amount": .string("-0.6")]), .init(action: .escalate)),
                scene.test(scene.payout(["address": frozen]), .init(action: .block)),
                scene.test(scene.payout(["address": look]), .init(action: .block)),
                scene.test(scene.transfer(), .init(action: .allow))
            ).coverage
        #expect(coverage.lines { _ in nil } == ["coverage: rules 4/4, limits 1/1, guards 1/1"])
        #expect(coverage.gaps.isEmpty && coverage.idleRules.isEmpty)
    }
}
