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
        let now: String
        /// The approvals before it, in sum and in number.
        let past: (used: String, count: Int64)
        let action: Decision.Action
        let reasons: [String]
    }

    private static let payouts = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
    private static let treasury = "f52b22a8256cd2b0ad21f3c2cc2c5875acct"
    private static let fees = "b4b7525ae27160d582b9a2305aba9e00acct"

    private static func sample(
        _ description: String, _ changes: [String: String], at now: String = "2026-10-06T09:00:00Z",
        past: (used: String, count: Int64) = ("0", 0), _ action: Decision.Action,
        _ reasons: String...
    ) -> Sample {
        let base = [
            "id": "f4342c75f5a3dd4b5d8ea8c9a9e1e1aaatrx", "account_id": payouts,
            "type": "WITHDRAWAL", "state": "PENDING", "amount": "-0.40000000",
            "fee_amount": "0.00050000", "fee_account_id": fees, "reference": "INV-1",
            "address": "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", "created_at": now,
        ]
        return Sample(
            description: description, fields: base.merging(changes) { $1 }, now: now, past: past,
            action: action, reasons: reasons)
    }

    static let samples = [
        sample("a small payout to an exchange", [:], .allow, "RULE_ALLOW"),
        sample("the cap", ["amount": "-0.50000000"], .allow, "RULE_ALLOW"),
        sample("one satoshi more", ["amount": "-0.50000001"], .escalate, "RULE_ESCALATE"),
        sample(
            "the first minute of office hours", [:], at: "2026-10-06T06:00:00Z", .allow,
            "RULE_ALLOW"),
        sample(
            "the minute before", [:], at: "2026-10-06T05:59:59Z", .block, "NO_RULE_MATCHED"),
        sample(
            "the end of office hours", [:], at: "2026-10-06T16:00:00Z", .block, "NO_RULE_MATCHED"),
        sample("a Saturday", [:], at: "2026-10-10T09:00:00Z", .block, "NO_RULE_MATCHED"),
        sample(
            "winter, when the offset is another", [:], at: "2026-11-03T06:59:59Z", .block,
            "NO_RULE_MATCHED"),
        sample(
            "a fee that another account pays", ["fee_account_id": payouts], .block,
            "NO_RULE_MATCHED"),
        sample(
            "the cold wallet in upper case",
            ["address": "BC1QVYQ0CC6RAHYVSAZFDJE0TWL7EZ82NDMUAC2LHV"], .allow, "RULE_ALLOW"),
        sample(
            "a frozen address", ["address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"], .block,
            "RULE_BLOCK"),
        sample(
            "an unknown address", ["address": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"], .block,
            "NO_RULE_MATCHED"),
        sample(
            "an address that looks like Kraken's",
            ["address": "3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r"], .block, "NO_RULE_MATCHED",
            "LOOKALIKE"),
        sample(
            "an entry that has expired", [:], at: "2027-09-21T07:00:00Z", .block,
            "NO_RULE_MATCHED"),
        sample("too high a fee", ["fee_amount": "0.00200001"], .block, "NO_RULE_MATCHED"),
        sample(
            "a request that waited", ["created_at": "2026-10-06T06:59:59Z"], .escalate,
            "STALE_REQUEST"),
        sample(
            "the day's limit reached", [:], past: ("1.60000001", 4), .escalate, "LIMIT_EXCEEDED"),
        sample(
            "the month's limit reached", [:], past: ("59.60000001", 4), .block, "LIMIT_EXCEEDED",
            "LIMIT_EXCEEDED", "LIMIT_EXCEEDED"),
        sample(
            "the third just under the cap", ["amount": "-0.49000000"], past: ("0.98000000", 2),
            .escalate, "PATTERN"),
        sample(
            "an internal transfer at night",
            [
                "type": "TRANSFER_OUTGOING", "amount": "-5.00000000", "fee_amount": "0",
                "receiver_account_id": treasury,
            ], at: "2026-10-06T23:00:00Z", .allow, "RULE_ALLOW"),
    ]

    private func check(
        now: UnixTime? = PolicyText.now
    ) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        PolicyDirectory(
            path: Repository.path("policies"), shownAs: "policies", sha256: TestSHA256.hash,
            now: { now }
        ).check()
    }

    @Test func `the policy of the repository has no finding`() {
        let (loaded, findings) = check()
        #expect(loaded?.policy.metadata.revision == 15)
        #expect(loaded?.policy.addressBook.revision == 42)
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test(arguments: samples)
    func `the policy of the repository decides as it reads`(_ sample: Sample) throws {
        let policy = try #require(check().loaded).policy
        let transaction = try Transaction(bytes: json(sample.fields))
        let source = try #require(policy.account(transaction.accountID))
        let account = try Account(
            bytes: json([
                "id": source.id.text, "entity_id": source.entityID.text,
                "asset_id": source.asset.id.text,
            ]))
        let now = try #require(UnixTime(rfc3339: sample.now))
        let used = try Amount(sample.past.used, precision: 8)
        let moment = policy.moment(at: now)
        let decision = policy.decide(
            Case(transaction: transaction, account: account), at: moment
        ) { questions in
            Answers(
                usage: questions.limits.map {
                    LimitUsage(
                        limit: $0.limit, key: $0.key, since: $0.since, used: used,
                        count: sample.past.count)
                },
                destination: questions.destination.map { _ in
                    DestinationAge(activatedAt: now, isOriginal: true)
                })
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
