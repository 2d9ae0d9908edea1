import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Policy tests of what people must approve, and of the platform's tier.
@Suite struct PolicyTestQuorumTests {
    private let scene: PolicyTestScene
    private let policy: Policy

    init() throws {
        scene = try PolicyTestScene()
        let sample = scene.sample
        let quorum = Sample.quorum(try Sample.group())
        let rules = try sample.usualRules().map { rule in
            Rule(
                id: rule.id, action: rule.action, conditions: rule.conditions,
                quorum: rule.id == "payouts-small" ? quorum : nil)
        }
        policy = try sample.policy(groups: [quorum.group], rules: rules)
    }

    private func run(_ suite: PolicyTestSuite, _ policy: Policy? = nil) -> PolicyTestReport {
        PolicyTestRun.run([suite], policy ?? self.policy)
    }

    private func suite(_ cases: PolicyTestCase...) -> PolicyTestSuite {
        PolicyTestSuite(file: "p/a_test.yaml", id: "a", cases: cases)
    }

    @Test func `whom an allowed transaction asks is as expected`() {
        let report = run(
            suite(
                scene.test(
                    scene.payout(),
                    .init(
                        action: .allow, rules: ["payouts-small"], reasons: ["QUORUM_REQUIRED"],
                        quorum: .group("board"), explainContains: "at least 2 of anna")),
                scene.test(scene.transfer(), .init(action: .allow, quorum: .nobody)),
                scene.test(
                    scene.payout(["amount": .string("-0.6")]),
                    .init(action: .escalate, quorum: .nobody))))
        #expect(report.messages == [[], [], []])
        #expect(report.coverage.gaps.map(\.subject.id) == ["frozen", "btc-payouts-day"])
    }

    @Test func `whom it does not ask is told`() {
        let report = run(
            suite(
                scene.test(scene.payout(), .init(quorum: .nobody)),
                scene.test(scene.payout(), .init(quorum: .group("desk"))),
                scene.test(scene.transfer(), .init(quorum: .group("board")))))
        #expect(
            report.messages == [
                ["expected nobody to be asked, found group board"],
                ["expected group desk to be asked, found group board"],
                ["expected group board to be asked, found nobody"],
            ])
    }

    @Test func `what people are asked for counts as approved at its own time`() {
        func step(_ hours: Int64, _ action: Decision.Action) -> PolicyTestSequence.Step {
            .decide(scene.test(scene.payout(), hours: hours, .init(action: action)))
        }
        let steps: [PolicyTestSequence.Step] = [
            step(0, .allow), step(1, .allow), .restart, step(2, .allow), step(3, .allow),
            step(4, .allow), step(5, .escalate), step(25, .allow),
        ]
        let report = run(
            PolicyTestSuite(
                file: "p/a_test.yaml", id: "a", sequences: [PolicyTestSequence(steps: steps)]))
        #expect(report.isPassed, "\(report.messages)")
        #expect(report.codes[5] == ["LIMIT_EXCEEDED"])
        #expect(report.codes[2] == ["RULE_ALLOW", "QUORUM_REQUIRED"])
    }

    @Test func `a challenge does not matter where people are asked`() {
        let report = run(
            suite(scene.test(scene.payout(), attributes: ["id"], .init(action: .allow))))
        #expect(report.isPassed)
    }

    @Test func `two rules that ask differently are on hold`() throws {
        let sample = scene.sample
        let other = Rule(
            id: "other", action: .allow,
            conditions: [.fee(.init(upTo: try sample.amount("1")))],
            quorum: Sample.quorum(try Sample.group(), 1))
        let ambiguous = try sample.policy(
            groups: Array(policy.groups.values), rules: policy.rules + [other])
        let report = run(
            suite(
                scene.test(
                    scene.payout(),
                    .init(action: .hold, reasons: ["QUORUM_AMBIGUOUS"], quorum: .nobody))),
            ambiguous)
        #expect(report.messages == [[]])
    }

    @Test func `a tier is what the test gives, and without one it is not read`() throws {
        let sample = try Sample(asset: TierCondition.asset)
        let rules = [
            Rule(
                id: "within-tier", action: .allow,
                conditions: [.fee(.init(upTo: try sample.amount("1"))), .tier(.init())])
        ]
        func decided(_ tier: Tier?, _ action: Decision.Action, _ reason: String) -> PolicyTestCase {
            PolicyTestCase(
                name: "a", line: 1, now: scene.noon, tier: tier, transaction: scene.payout(),
                expected: .init(action: action, reasons: [reason]))
        }
        let report = run(
            suite(
                decided(Tier(sendLimit: "0.4"), .allow, "RULE_ALLOW"),
                decided(Tier(sendLimit: "0.3"), .block, "NO_RULE_MATCHED"),
                decided(Tier(sendLimit: nil), .block, "FIELD_UNKNOWN"),
                decided(nil, .block, "FIELD_UNKNOWN")),
            try sample.policy(rules: rules, limits: []))
        #expect(report.messages == [[], [], [], []])
    }
}
