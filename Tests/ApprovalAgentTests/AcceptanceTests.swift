import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// `reconcile --accept`: what others approved counts as spent from then on.
@Suite struct AcceptanceTests {
    private func accept(
        _ scene: Scene, ledger: (any Ledger)? = nil, afterLoss: Bool = false
    ) async throws -> Acceptance.Outcome {
        let policy = try scene.policy()
        try await scene.ledger.activate(policy, now: scene.clock.now()) {}
        return try await Acceptance(
            try scene.reconciliation(), ledger: ledger ?? scene.ledger, policy: policy,
            word: .init(by: "bora", why: "approved by phone"), isAfterLoss: afterLoss,
            sha256: TestSHA256.hash
        ).run()
    }

    @Test func `what was accepted is explained and counts against the limit`() async throws {
        let scene = try Scene()
        for n in 1...3 { try scene.strange(n, amount: "0.50000000") }
        let outcome = try await accept(scene)
        #expect(outcome.accepted == 3 && outcome.uncounted == [])
        #expect(try await scene.look().approvals == [.accepted: 3])
        // 2 BTC a day: 1.5 are spent.
        let fits = try scene.withdrawal(10, amount: "0.50000000")
        let exceeds = try scene.withdrawal(11, amount: "0.00100000")
        try await scene.pass()
        #expect(try scene.report(of: fits).outcome == .confirmed)
        let codes = try scene.codes(of: exceeds)
        #expect(codes == ["LIMIT_EXCEEDED"], "\(codes)")
    }

    @Test func `each part is one entry that fits, and says who and why`() async throws {
        let scene = try Scene()
        for n in 1...450 { try scene.strange(n, amount: "0.00000001") }
        #expect(try await accept(scene).accepted == 450)
        let entries = await scene.ledger.entries.filter { $0.kind == .reconciled }
        #expect(entries.map { $0["accepted"]?.elements?.count } == [200, 200, 50])
        #expect(entries.allSatisfy { $0["by"]?.text == "bora" && $0["why"] != nil })
        let sizes = await scene.ledger.book.entries.map(\.body.count)
        #expect((sizes.max() ?? 0) <= 65_535)
    }

    @Test(arguments: [false, true])
    func `after a crash between two parts the rest is accepted, and nothing twice`(
        isAfterEffect: Bool
    ) async throws {
        let scene = try Scene()
        for n in 1...250 { try scene.strange(n, amount: "0.00000001") }
        let faulty = FaultyLedger(scene.ledger, failing: 2, afterEffect: isAfterEffect)
        await #expect(throws: LedgerError.self) { _ = try await accept(scene, ledger: faulty) }
        let left = isAfterEffect ? 0 : 50
        #expect(try await accept(scene).accepted == left)
        #expect(try await scene.look().approvals == [.accepted: 250])
        let fits = try scene.withdrawal(900, amount: "0.99999999")
        try await scene.pass()
        #expect(try scene.report(of: fits).outcome == .confirmed)
        let used = try scene.report(of: fits).decision.limits.first?.usage
        #expect(used?.count == 250)
    }

    @Test func `what people approved counts only where the ledger lost entries`() async throws {
        let scene = try Scene()
        scene.halt.halt(by: "bora")
        let id = try await scene.approved(1, amount: "0.40000000")
        #expect(try await accept(scene).accepted == 0)
        #expect(try await scene.look().approvals == [.human: 1])
        #expect(try await accept(scene, afterLoss: true).accepted == 1)
        #expect(try await scene.look().approvals == [.accepted: 1])
        #expect(await scene.ledger.kinds(of: id) == [.decided])
    }

    @Test func `what cannot be counted is accepted and told`() async throws {
        let scene = try Scene()
        let id = try scene.strange(1)
        scene.custody.set(id, "amount", .string("-0.123456789012"))
        let outcome = try await accept(scene)
        #expect(outcome.accepted == 1 && outcome.uncounted == [id])
        let entry = await scene.ledger.entries.last { $0.kind == .reconciled }
        #expect(entry?["accepted"]?.elements?.first?["counted"] == .bool(false))
    }

    @Test func `the body that counts is the one that is shown by itself`() async throws {
        let scene = try Scene()
        let id = try scene.strange(1, amount: "0.10000000")
        var script = scene.custody.script
        script.transaction = { _, _, members in
            members.map {
                $0.name == "amount" ? JSONMember("amount", .string("-1.90000000")) : $0
            }
        }
        scene.custody.script = script
        #expect(try await accept(scene).accepted == 1)
        scene.custody.script = Scene.honest(script)
        script.transaction = { $2 }
        scene.custody.script = script
        let next = try scene.withdrawal(10, amount: "0.20000000")
        try await scene.pass()
        #expect(try scene.codes(of: next) == ["LIMIT_EXCEEDED"])
        #expect(await scene.ledger.kinds(of: id) == [])
    }
}
