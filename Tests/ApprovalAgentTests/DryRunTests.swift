import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct DryRunTests {
    private func rehearse(_ scene: Scene) async throws -> PassSummary {
        let policy = try scene.policy()
        return try await scene.pass(
            try scene.approver(
                ledger: RehearsalLedger(scene.ledger), policy: policy,
                hasSigner: false),
            concurrency: 4, isDryRun: true)
    }

    @Test func `I7: a dry run sends nothing but GET, signs nothing and writes nothing`()
        async throws
    {
        let scene = try Scene()
        let ids = try (1...3).map { try scene.withdrawal($0, amount: "0.90000000") }
        let blocked = try scene.withdrawal(4, address: Scene.frozen)
        let before = await scene.ledger.writes
        let summary = try await rehearse(scene)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
        #expect(scene.custody.calls.count { if case .request = $0 { true } else { false } } == 0)
        #expect(await scene.ledger.writes == before)
        #expect(scene.signer.signed == [])
        #expect(summary.actions == [.allow: 2, .escalate: 1, .block: 1])
        #expect(summary.isDryRun && summary.exitCode == 0)
        // What the pass would reserve counts for the items after it.
        #expect(try scene.codes(of: ids[2]) == ["LIMIT_EXCEEDED"])
        #expect(
            try scene.report(of: ids[2]).decision.limits.first?.usage?.used.description
                == "1.80000000")
        #expect(try scene.codes(of: blocked) == ["RULE_BLOCK"])
        #expect(scene.reports.all.allSatisfy { $0.isDryRun && $0.outcome == nil })
    }

    @Test func `a dry run tells what the real pass then does`() async throws {
        let scene = try Scene()
        for n in 1...12 {
            try scene.withdrawal(
                n, amount: n % 3 == 0 ? "0.70000000" : "0.30000000",
                address: n % 4 == 0 ? Scene.frozen : Scene.exchange)
        }
        let dry = try await rehearse(scene)
        let said = scene.reports.all.sorted { $0.transactionID ?? "" < $1.transactionID ?? "" }
        let real = try await scene.pass()
        let done = scene.reports.all.sorted { $0.transactionID ?? "" < $1.transactionID ?? "" }
        #expect(dry.actions == real.actions)
        #expect(said.map(\.decision.action) == done.map(\.decision.action))
        #expect(said.map(\.decision.limits) == done.map(\.decision.limits))
        #expect(Set(dry.actions.keys) == [.allow, .escalate, .block])
    }

    @Test func `a dry run counts what the ledger already holds`() async throws {
        let scene = try Scene()
        try scene.withdrawal(1, amount: "0.90000000")
        try scene.withdrawal(2, amount: "0.90000000")
        try await scene.pass()
        let id = try scene.withdrawal(3, amount: "0.90000000")
        let summary = try await rehearse(scene)
        #expect(summary.actions == [.escalate: 1])
        #expect(try scene.codes(of: id) == ["LIMIT_EXCEEDED"])
    }

    @Test func `a dry run holds an allow against the required attributes`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.set(id, "reference", .null)
        let summary = try await rehearse(scene)
        #expect(summary.actions == [.escalate: 1])
        #expect(try scene.codes(of: id) == ["VALUE_NOT_SIGNABLE"])
    }

    @Test func `a line of a dry run has no request, challenge or outcome`() async throws {
        let scene = try Scene()
        let open = try scene.withdrawal(1)
        // One item that an earlier pass left signed, and one that cannot be read.
        scene.custody.script.fault = { _, call in
            if case .approve = call { ScriptedCustody.Fault(.refused(status: 400)) } else { nil }
        }
        try await scene.pass()
        let broken = try scene.withdrawal(2)
        scene.custody.script.fault = { _, call in
            call == .transaction(broken) ? ScriptedCustody.Fault(.ambiguous("reset")) : nil
        }
        let summary = try await rehearse(scene)
        #expect(summary.actions == [.hold: 2])
        #expect(summary.exitCode == 4)
        for id in [open, broken] {
            let line = try scene.report(of: id).json
            #expect(line["approval_request_id"] == .null)
            #expect(line["challenge_sha256"] == .null)
            #expect(line["outcome"] == .null)
            #expect(line["dry_run"] == .bool(true))
            #expect(line["action"] == .string("hold"))
        }
    }

    @Test func `I7: the ledger of a dry run refuses every write`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let ledger = RehearsalLedger(scene.ledger)
        let now = scene.clock.now()
        await #expect(throws: LedgerError.self) {
            try await ledger.advance(id, .confirmed, entry: [], now: now)
        }
        await #expect(throws: LedgerError.self) {
            try await ledger.append(.started, about: nil, entry: [], now: now)
        }
        await #expect(throws: LedgerError.self) {
            try await ledger.activate(try scene.policy(), now: now) {}
        }
        #expect(await scene.ledger.writes == 0)
    }
}
