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
        let isDown = Gathered<Bool>()
        scene.custody.script.fault = { _, call in
            if case .transaction = call { isDown.add(true) }
            return isDown.all.isEmpty ? nil : ScriptedCustody.Fault(.ambiguous("reset"))
        }
        let summary = try await scene.pass(concurrency: 4)
        let reads = scene.custody.calls.count {
            if case .transaction = $0 { true } else { false }
        }
        #expect(reads >= 32 && reads <= 36)
        #expect(summary.outcomes == [.pending: reads])
        #expect(summary.incomplete.count == 1)
        #expect(summary.exitCode == 1)
    }

    @Test func `I9: transactions that cannot be read stop no other, and are read last`()
        async throws
    {
        let scene = try Scene()
        let broken = try (1...100).map { try scene.withdrawal($0, amount: "0.00100000") }
        let good = try scene.withdrawal(101)
        scene.custody.script.fault = { _, call in
            guard case .transaction(let id) = call, broken.contains(id) else { return nil }
            return ScriptedCustody.Fault(.ambiguous("the platform answered 500"))
        }
        let approver = scene.approver()
        let summary = try await scene.pass(approver, concurrency: 4)
        #expect(try scene.report(of: good).outcome == .confirmed)
        #expect(summary.outcomes == [.pending: 100, .confirmed: 1])
        #expect(await scene.ledger.kinds(of: broken[0]) == [.quarantined])
        let other = try scene.withdrawal(102)
        let before = scene.custody.calls.count
        try await scene.pass(approver, concurrency: 1)
        let reads = scene.custody.calls.dropFirst(before).compactMap { call -> TransactionID? in
            guard case .transaction(let id) = call else { return nil }
            return id
        }
        #expect(reads.first == other)
    }
}
