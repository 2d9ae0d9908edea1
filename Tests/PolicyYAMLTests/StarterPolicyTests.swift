import AgentTestKit
import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

/// The policy that comes with the repository, from its files to decisions.
@Suite struct StarterPolicyTests {
    struct Sample: CustomStringConvertible, Sendable {
        let description: String
        let fields: [String: String]
        let used: String
        let action: Decision.Action
        let reasons: [String]
    }

    private static let payouts = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
    private static let treasury = "f52b22a8256cd2b0ad21f3c2cc2c5875acct"

    private static func sample(
        _ description: String, _ changes: [String: String], used: String = "0",
        _ action: Decision.Action, _ reasons: String...
    ) -> Sample {
        let base = [
            "id": "f4342c75f5a3dd4b5d8ea8c9a9e1e1aaatrx", "account_id": payouts,
            "type": "WITHDRAWAL", "state": "PENDING", "amount": "-0.40000000",
            "fee_amount": "0.00050000", "fee_account_id": payouts, "reference": "INV-1",
            "address": "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r",
        ]
        return Sample(
            description: description, fields: base.merging(changes) { $1 }, used: used,
            action: action, reasons: reasons)
    }

    static let samples = [
        sample("a small payout to an exchange", [:], .allow, "RULE_ALLOW"),
        sample("the cap with its fee", ["amount": "-0.49950000"], .allow, "RULE_ALLOW"),
        sample(
            "one satoshi more", ["amount": "-0.49950001"], .escalate, "RULE_ESCALATE"),
        sample(
            "a frozen address", ["address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"], .block,
            "RULE_BLOCK"),
        sample(
            "an unknown address", ["address": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"], .block,
            "NO_RULE_MATCHED"),
        sample("too high a fee", ["fee_amount": "0.00200001"], .block, "NO_RULE_MATCHED"),
        sample("the day's limit reached", [:], used: "1.60000000", .escalate, "LIMIT_EXCEEDED"),
        sample(
            "the month's limit reached", [:], used: "59.60000000", .block, "LIMIT_EXCEEDED",
            "LIMIT_EXCEEDED", "LIMIT_EXCEEDED"),
        sample(
            "an internal transfer",
            [
                "type": "TRANSFER_OUTGOING", "amount": "-5.00000000", "fee_amount": "0",
                "receiver_account_id": treasury,
            ], .allow, "RULE_ALLOW"),
        sample("no address", ["address": ""], .block, "FIELD_UNKNOWN"),
    ]

    private func load() throws -> Policy {
        try PolicyDirectory(
            path: Repository.path("policies"), shownAs: "policies", sha256: TestSHA256.hash
        ).load().policy
    }

    @Test func `the policy of the repository has no finding but missing tests`() throws {
        let (loaded, findings) = PolicyDirectory(
            path: Repository.path("policies"), shownAs: "policies", sha256: TestSHA256.hash
        ).check()
        #expect(loaded != nil)
        #expect(findings.map(\.code) == [.noTests], "\(findings)")
    }

    @Test(arguments: samples)
    func `the policy of the repository decides as it reads`(_ sample: Sample) throws {
        let policy = try load()
        let transaction = try Transaction(bytes: json(sample.fields))
        let source = try #require(policy.account(transaction.accountID))
        let account = try Account(
            bytes: json([
                "id": source.id.text, "entity_id": source.entityID.text,
                "asset_id": source.asset.id.text,
            ]))
        let used = try Amount(sample.used, precision: 8)
        let decision = policy.decide(Case(transaction: transaction, account: account)) {
            $0.map { question in
                LimitUsage(
                    limit: question.limit, key: question.key, since: UnixTime(milliseconds: 0),
                    used: used, count: 1)
            }
        }
        #expect(decision.action == sample.action)
        #expect(decision.reasons.map(\.code) == sample.reasons)
        if decision.action == .allow {
            #expect(policy.rehearseBinding(decision, of: transaction).isEmpty)
        }
    }

    private func json(_ fields: [String: String]) -> [UInt8] {
        let members = fields.sorted { $0.key < $1.key }.map { "\"\($0)\":\"\($1)\"" }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }
}
