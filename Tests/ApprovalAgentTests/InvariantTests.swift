import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What must never happen, one test each; the suites of the steps hold the rest.
@Suite struct InvariantTests {
    @Test func `I1: a policy without an allow rule never gets a signature`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let policy = try scene.policy(rules: [])
        try await scene.pass(try scene.approver(policy: policy))
        #expect(try scene.codes(of: id) == ["NO_RULE_MATCHED"])
        #expect(scene.signer.signed == [])
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
    }

    @Test func `I1: a limit that the ledger does not answer counts as exceeded`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass(try scene.approver(ledger: SilentLedger(ledger: scene.ledger)))
        #expect(try scene.codes(of: id) == ["LIMIT_EXCEEDED"])
        #expect(scene.signer.signed == [])
    }

    @Test func `I1: an account whose entity has no approver is held`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let approver = Approver(
            custody: scene.custody, ledger: scene.ledger, clock: scene.clock,
            clockWatch: scene.clockWatch, haltSwitch: scene.halt,
            groupSwitch: scene.groupSwitch, stopSwitch: scene.stop,
            identities: [:], policies: ActivePolicy(try scene.policy()),
            sha256: TestSHA256.hash)
        try await scene.pass(approver)
        #expect(try scene.codes(of: id) == ["POLICY_NOT_ACTIVE"])
        #expect(try scene.report(of: id).decision.action == .hold)
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        #expect(await scene.ledger.peak == [:])
    }

    @Test func `I2: the signed message is made of the values that were decided on`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        let expected = [
            "id: \(id)", "account_id: \(scene.account.id)", "type: WITHDRAWAL",
            "amount: -0.40000000", "fee_amount: 0.00010000", "address: \(Scene.exchange)",
            "reference: order 1",
        ].joined(separator: "\n")
        let signed = scene.signer.signed.map { String(decoding: $0, as: UTF8.self) }
        #expect(signed == [expected])
        let entry = try #require(await scene.ledger.entries(of: id, .signed).first)
        #expect(entry["message"]?.text == expected)
        let names = entry["attributes"]?.elements?.compactMap(\.text)
        #expect(names == ScriptedCustody.attributes)
        #expect(entry["public_key"]?.text == scene.signer.publicKey.description)
    }

    @Test func `I8: everything that was seen PENDING has an entry, and no more than it needs`()
        async throws
    {
        let scene = try Scene()
        let granted = try scene.withdrawal(1)
        let blocked = try scene.withdrawal(2, address: Scene.frozen)
        let unknown = try scene.withdrawal(3, address: "nowhere")
        let large = try scene.withdrawal(4, amount: "5.00000000")
        let broken = try scene.withdrawal(5)
        scene.custody.set(broken, "type", .null)
        for _ in 1...3 { try await scene.pass() }
        #expect(await scene.ledger.kinds(of: granted).count == 5)
        for id in [blocked, unknown, large] {
            #expect(await scene.ledger.kinds(of: id) == [.decided])
        }
        #expect(await scene.ledger.kinds(of: broken).first == .quarantined)
        // Another policy is worth a new entry.
        let policy = try scene.policy(revision: 2)
        try await scene.pass(try scene.approver(policy: policy))
        for id in [blocked, unknown, large] {
            #expect(await scene.ledger.kinds(of: id) == [.decided, .decided])
        }
    }

    @Test func `I9: items that fail in every way stop no other`() async throws {
        let scene = try Scene()
        let faults: [CustodyError] = [
            .notSent("refused"), .ambiguous("reset"), .refused(status: 400),
            .refused(status: 401), .refused(status: 404),
            .throttled(status: 429, retryAfter: nil), .malformed(MalformedBody("cut short")),
        ]
        var broken: [TransactionID: CustodyError] = [:]
        for (n, fault) in faults.enumerated() {
            broken[try scene.withdrawal(n + 1, amount: "0.01000000")] = fault
        }
        let good = try (20...25).map { try scene.withdrawal($0, amount: "0.01000000") }
        scene.custody.script.fault = { [broken] _, call in
            guard case .transaction(let id) = call else { return nil }
            return broken[id].map { ScriptedCustody.Fault($0) }
        }
        let summary = try await scene.pass(concurrency: 3)
        #expect(scene.custody.approvals.map(\.transaction).sorted() == good)
        #expect(summary.seen == faults.count + good.count)
        #expect(summary.actions == [.hold: faults.count, .allow: good.count])
        for id in broken.keys { #expect(try scene.report(of: id).decision.reasons.count == 1) }
    }

    @Test func `I11: a signature is in no entry but that of a confirmed outcome`() async throws {
        let scene = try Scene()
        let ids = try (1...3).map { try scene.withdrawal($0) }
        let lost = ids[1]
        scene.custody.script.transaction = { id, read, members in
            id == lost && read > 2 ? replace(members, "state", .string("PENDING")) : members
        }
        try await scene.pass()
        let signatures = scene.signer.signed.compactMap {
            scene.signer.signature(of: $0)?.bytes.hex
        }
        #expect(signatures.count == 3)
        for entry in await scene.ledger.entries {
            let bytes = JSONValue.object(entry.members).canonicalBytes ?? []
            let text = String(decoding: bytes, as: UTF8.self)
            let holds = signatures.filter { text.contains($0) }
            #expect(holds.count == (entry.kind == .confirmed ? 1 : 0), "\(entry.kind)")
        }
        #expect(await scene.ledger.entries(of: lost, .confirmed).isEmpty)
        for report in scene.reports.all {
            let text = String(decoding: report.json.canonicalBytes ?? [], as: UTF8.self)
            #expect(!text.isEmpty && signatures.allSatisfy { !text.contains($0) })
        }
    }

    @Test func `the entry of a decision holds its inputs, its policy and its result`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        let entry = try #require(await scene.ledger.entries(of: id, .decided).first)
        #expect(Set(entry.members.map(\.name)) == ["inputs", "policy", "engine", "result"])
        let inputs = try #require(entry["inputs"])
        let body = try #require(try await scene.ledger.item(id)).decidedBody
        #expect(inputs["transaction_sha256"]?.text == TestSHA256.hash(body).description)
        #expect(inputs["transaction_bytes"] == .integer(body.count))
        #expect(inputs["now"]?.text == scene.clock.now().description)
        let usage = try #require(inputs["usage"]?.elements?.first)
        #expect(usage["limit"]?.text == "day" && usage["used"]?.text == "0.00000000")
        #expect(usage["count"] == .integer(0))
        #expect(entry["policy"]?["id"]?.text == "scene")
        #expect(entry["policy"]?["revision"] == .integer(1))
        #expect(entry["result"]?["action"]?.text == "allow")
        let rules = try #require(entry["result"]?["rules"]?.elements)
        #expect(rules.count == 1 && rules[0]["match"]?.text == "TRUE")
        let reasons = try #require(entry["result"]?["reasons"]?.elements)
        #expect(reasons.count == 1 && reasons[0]["rule"]?.text == "payouts")
    }
}

/// A ledger that settles but tells no usage.
struct SilentLedger: ForwardingLedger {
    let ledger: any Ledger

    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        try await ledger.settle(proposal, now: now) { now, _ throws(LedgerError) in
            try judge(now) { _ throws(LedgerError) in Answers() }
        }
    }
}
