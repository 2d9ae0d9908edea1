import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Items that stay broken, and a platform that stops answering.
@Suite struct BacklogTests {
    @Test
    func `I9: an item that stays broken is recorded ever more rarely, each new reason at once`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let approver = try scene.approver()
        scene.custody.script.fault = { _, call in
            call == .transaction(id) ? ScriptedCustody.Fault(.refused(status: 400)) : nil
        }
        var recorded: [Int] = []
        for _ in 1...8 {
            try await scene.pass(approver, ignoresBackOff: false)
            recorded.append(await scene.ledger.kinds(of: id).count)
            scene.clock.advance(milliseconds: 15_000)
        }
        // Due after 5 s, 20 s and 80 s.
        #expect(recorded == [1, 2, 2, 3, 3, 3, 3, 3])
        scene.custody.script.fault = { _, call in
            call == .transaction(id)
                ? ScriptedCustody.Fault(.malformed(MalformedBody("cut short"))) : nil
        }
        try await scene.pass(approver)
        #expect(await scene.ledger.kinds(of: id).count == 4)
        #expect(try scene.report(of: id).outcome == .quarantined)
    }

    @Test func `a platform that stops answering ends the pass early, and says so`() async throws {
        let scene = try Scene()
        for n in 1...200 { try scene.withdrawal(n, amount: "0.00100000") }
        scene.custody.script.fault = { _, call in
            if case .transaction = call {
                ScriptedCustody.Fault(.ambiguous("reset"))
            } else {
                nil
            }
        }
        let summary = try await scene.pass(concurrency: 4)
        let reads = scene.custody.calls.count {
            if case .transaction = $0 { true } else { false }
        }
        #expect(reads >= 32 && reads <= 36)
        #expect(summary.outcomes == [.pending: reads])
        #expect(summary.incomplete.count == 1)
        #expect(summary.exitCode == 1)
        #expect(await scene.ledger.entries.isEmpty)
    }
}
