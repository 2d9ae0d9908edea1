import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// The sample's treasury with the pieces of policy tests, written in code.
struct PolicyTestScene {
    let sample: Sample
    let policy: Policy
    /// 2026-10-06, a Tuesday.
    let noon: UnixTime
    static let hour: Int64 = 3_600_000

    init(guards: Guards = Guards(), settings: Settings? = nil) throws {
        sample = try Sample()
        noon = UnixTime(milliseconds: 1_791_288_000_000)
        let usual = try sample.policy()
        policy = Policy(
            metadata: usual.metadata, settings: settings ?? usual.settings, assets: [sample.btc],
            accounts: Array(usual.accounts.values), rules: usual.rules, limits: usual.limits,
            guards: guards, addressBook: sample.book)
    }

    /// 0.4 to the exchange; the usual policy allows it.
    func payout(_ changes: KeyValuePairs<String, JSONValue> = [:]) -> PolicyTestTransaction {
        let usual: [JSONMember] = [
            JSONMember("account_id", .string(sample.payouts.id.text)),
            JSONMember("type", .string("WITHDRAWAL")),
            JSONMember("amount", .string("-0.40000000")),
            JSONMember("fee_amount", .string("0.00050000")),
            JSONMember("fee_account_id", .string(sample.fees.id.text)),
            JSONMember("address", .string(Sample.exchangeAddress)),
        ]
        let own = changes.map { JSONMember($0.key, $0.value) }
        return PolicyTestTransaction(
            fixture: "payout", changed: own.map(\.name),
            fields: usual.filter { member in !own.contains { $0.name == member.name } } + own)
    }

    /// 1 from payouts to the treasury.
    func transfer(_ amount: String = "-1.00000000") -> PolicyTestTransaction {
        PolicyTestTransaction(
            fields: [
                JSONMember("account_id", .string(sample.payouts.id.text)),
                JSONMember("type", .string("TRANSFER_OUTGOING")),
                JSONMember("amount", .string(amount)), JSONMember("fee_amount", .string("0")),
                JSONMember("fee_account_id", .string(sample.payouts.id.text)),
                JSONMember("receiver_account_id", .string(sample.treasury.id.text)),
            ])
    }

    func test(
        _ transaction: PolicyTestTransaction, hours: Int64 = 0, attributes: [String]? = nil,
        _ expected: PolicyTestExpectation
    ) -> PolicyTestCase {
        PolicyTestCase(
            name: "a test", line: 7, now: noon.advanced(byMilliseconds: hours * Self.hour),
            transaction: transaction, attributes: attributes, expected: expected)
    }

    func run(
        history: [PolicyTestApproval] = [], _ cases: PolicyTestCase...
    ) -> PolicyTestReport {
        run(PolicyTestSuite(file: "p/a_test.yaml", id: "a", history: history, cases: cases))
    }

    func run(sequence steps: PolicyTestSequence.Step...) -> PolicyTestReport {
        run(
            PolicyTestSuite(
                file: "p/a_test.yaml", id: "a", sequences: [PolicyTestSequence(steps: steps)]))
    }

    func run(_ suites: PolicyTestSuite...) -> PolicyTestReport {
        PolicyTestRun.run(suites, policy)
    }
}

extension PolicyTestReport {
    /// What each result tells of its failures.
    var messages: [[String]] { results.map { $0.failures.map(\.message) } }
    /// The codes of each result's reasons.
    var codes: [[String]] { results.map { $0.decision.reasons.map(\.code) } }
}
