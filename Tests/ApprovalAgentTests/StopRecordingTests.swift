import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// INVARIANT: I8, I10. Once the log cannot be published, what is in flight is not approved.
@Suite struct StopRecordingTests {
    /// Stops the records before the n-th call to the platform; whether there was one.
    private func stopped(before number: Int) async throws -> (isMet: Bool, Scene) {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let approver = try scene.approver()
        let met = Gathered<ScriptedCustody.Call>()
        var script = scene.custody.script
        let before = script.before
        script.before = { n, call in
            await before(n, call)
            guard n == number, met.all.isEmpty else { return }
            met.add(call)
            approver.stopRecording(because: "the log cannot be published")
        }
        scene.custody.script = script
        do {
            try await scene.pass(approver)
        } catch let stop as Stop {
            #expect(stop.why.contains("cannot be published"), "\(stop.why)")
        }
        guard let call = met.all.first else { return (false, scene) }
        // A request that had begun is the last that leaves.
        let later = scene.custody.calls.dropFirst(number).filter {
            if case .approve = $0 { true } else { false }
        }
        #expect(later.isEmpty, "after \(call): \(later)")
        #expect(await !scene.ledger.kinds(of: id).contains(.confirmed), "after \(call)")
        return (true, scene)
    }

    @Test func `no approval leaves after any call at which publishing failed`() async throws {
        var points = 0
        for number in 1...60 {
            guard try await stopped(before: number).isMet else { break }
            points += 1
        }
        #expect((6..<60).contains(points), "\(points)")
    }

    /// Stops the records after the n-th call to the ledger had its effect; whether there was one.
    private func stopped(after number: Int) async throws -> Bool {
        let scene = try Scene()
        try scene.withdrawal(1)
        let (stopping, known) = (Gathered<Approver>(), Gathered<Int>())
        let ledger = FaultyLedger(scene.ledger) { _ in
        } after: { [custody = scene.custody] n in
            guard n == number, let approver = stopping.all.first else { return }
            known.add(custody.calls.count)
            approver.stopRecording(because: "the log cannot be published")
        }
        let approver = try scene.approver(ledger: ledger)
        stopping.add(approver)
        do { try await scene.pass(approver) } catch let stop as Stop {
            #expect(stop.why.contains("cannot be published"), "\(stop.why)")
        }
        guard let calls = known.all.first else { return false }
        let later = scene.custody.calls.dropFirst(calls).filter {
            if case .approve = $0 { true } else { false }
        }
        #expect(later.isEmpty, "after call \(number) of the ledger: \(later)")
        return true
    }

    @Test func `no approval leaves after any record at which publishing failed`() async throws {
        var points = 0
        for number in 1...80 {
            guard try await stopped(after: number) else { break }
            points += 1
        }
        #expect((6..<80).contains(points), "\(points)")
    }
}
