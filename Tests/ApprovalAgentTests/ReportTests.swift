import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// The lines of `run --once`, the summary and its exit code.
@Suite struct ReportTests {
    private func names(_ value: JSONValue) -> [String] {
        guard case .object(let members) = value else { return [] }
        return members.map(\.name)
    }

    @Test func `a confirmed item's line says everything that was decided and done`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        let line = try scene.report(of: id).json
        #expect(
            names(line) == [
                "transaction_id", "account_id", "type", "amount", "fee_amount", "destination",
                "action", "rules", "limits", "reasons", "approval_request_id",
                "challenge_sha256", "outcome", "dry_run",
            ])
        let request = try #require(scene.custody.requests(of: id).first)
        let approval = try #require(scene.custody.approvals.first)
        let expected: [String: JSONValue] = [
            "transaction_id": .string(id.text), "account_id": .string(scene.account.id.text),
            "type": .string("WITHDRAWAL"), "amount": .string("-0.40000000"),
            "fee_amount": .string("0.00010000"), "destination": .string(Scene.exchange),
            "action": .string("allow"), "rules": .array([.string("payouts")]),
            "approval_request_id": .string(request.text),
            "challenge_sha256": .string(approval.challenge.description),
            "outcome": .string("confirmed"), "dry_run": .bool(false),
        ]
        for (name, value) in expected { #expect(line[name] == value, "\(name)") }
        let limit = try #require(line["limits"]?.elements?.first)
        #expect(limit["id"] == .string("day") && limit["key"] == .string("all"))
        #expect(limit["used"] == .string("0.00000000"))
        #expect(limit["this"] == .string("0.40000000"))
        #expect(limit["max"] == .string("2.00000000"))
        #expect(limit["exceeded"] == .bool(false))
        let reason = try #require(line["reasons"]?.elements?.first)
        #expect(reason["code"] == .string("RULE_ALLOW"))
        #expect(reason["rule"] == .string("payouts"))
        #expect(reason["message"]?.text?.isEmpty == false)
    }

    @Test func `a line that was refused after its request names the request`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.attributes = { _ in ["id"] }
        try await scene.pass()
        let line = try scene.report(of: id).json
        let request = try #require(scene.custody.requests(of: id).first)
        #expect(line["approval_request_id"] == .string(request.text))
        #expect(line["challenge_sha256"] == .null)
        #expect(line["outcome"] == .null)
        #expect(line["action"] == .string("escalate"))
    }

    @Test func `a line of an item that could not be read has null for what is not known`()
        async throws
    {
        let scene = try Scene()
        let bodies: [JSONValue] = [.string("no object")]
        scene.custody.script.page = { _, _ in TransactionPage(items: bodies, next: nil) }
        try await scene.pass(
            try scene.approver(policy: try scene.policy(accounts: [scene.account])))
        let line = try #require(scene.reports.all.first).json
        for name in [
            "transaction_id", "type", "amount", "fee_amount", "destination",
            "approval_request_id", "challenge_sha256",
        ] { #expect(line[name] == .null, "\(name)") }
        #expect(line["action"] == .string("hold"))
        #expect(line["outcome"] == .string("quarantined"))
        #expect(line["reasons"]?.elements?.first?["code"] == .string("MALFORMED"))
    }

    @Test func `a blocked item's line has no outcome`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        let summary = try await scene.pass()
        let line = try scene.report(of: id).json
        #expect(line["action"] == .string("block"))
        #expect(line["outcome"] == .null)
        #expect(line["limits"] == .array([]))
        #expect(summary.exitCode == 0)
    }

    private func report(
        _ scene: Scene, _ action: Decision.Action, _ outcome: ItemReport.Outcome?
    ) -> ItemReport {
        var report = ItemReport(
            unreadable: nil, account: scene.account.id, reason: .halted, outcome: outcome)
        report.decision = Decision(action: action, reasons: [])
        return report
    }

    @Test(arguments: [
        (Decision.Action.allow, ItemReport.Outcome?.some(.confirmed), Int32(0)),
        (.allow, .some(.failed), 1), (.allow, .some(.pending), 1), (.hold, .some(.pending), 1),
        (.allow, .some(.conflict), 4), (.allow, .some(.quarantined), 4), (.hold, .none, 4),
        (.block, .none, 0), (.escalate, .none, 0),
    ])
    func `the exit code follows from the worst item`(
        action: Decision.Action, outcome: ItemReport.Outcome?, code: Int32
    ) throws {
        let scene = try Scene()
        var summary = PassSummary(isDryRun: false)
        #expect(summary.exitCode == 0)
        summary.add(report(scene, .allow, .confirmed))
        summary.add(report(scene, action, outcome))
        #expect(summary.exitCode == code)
        summary.add(report(scene, .hold, nil))
        #expect(summary.exitCode == (code == 1 ? 1 : 4))
        summary.incomplete.append("account payouts: status 500")
        #expect(summary.exitCode == 1)
    }

    @Test func `the summary counts each action and each outcome`() throws {
        let scene = try Scene()
        var summary = PassSummary(isDryRun: true)
        summary.add(report(scene, .allow, .confirmed))
        summary.add(report(scene, .allow, .confirmed))
        summary.add(report(scene, .block, nil))
        summary.add(report(scene, .hold, .quarantined))
        summary.add(report(scene, .allow, .failed))
        let text = String(decoding: try #require(summary.json.canonicalBytes), as: UTF8.self)
        #expect(
            text == #"{"summary":{"allow":3,"block":1,"confirmed":2,"conflict":0,"dry_run":true,"#
                + #""escalate":0,"failed":1,"hold":1,"pending":0,"quarantined":1,"seen":5}}"#)
        let inner = try #require(summary.json["summary"])
        #expect(
            names(inner) == [
                "seen", "allow", "escalate", "block", "hold", "confirmed", "failed", "pending",
                "conflict", "quarantined", "dry_run",
            ])
    }
}
