import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// The cancelling POST, through RetryingCustody and on the scripted platform.
@Suite struct CancelTests {
    private func retrying(_ scene: Scene) -> RetryingCustody {
        RetryingCustody(scene.custody, clock: scene.clock) { 0.5 }
    }

    @Test(arguments: [
        CustodyError.notSent("refused"), .ambiguous("reset"), .refused(status: 401),
        .refused(status: 404), .refused(status: 422), .throttled(status: 429, retryAfter: 1),
        .throttled(status: 503, retryAfter: 1), .malformed(MalformedBody("cut short")),
    ])
    func `I6: the cancelling POST is never repeated behind the flow's back`(error: CustodyError)
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.fault = { _, _ in ScriptedCustody.Fault(error) }
        await #expect(throws: error) {
            try await retrying(scene).cancel(id, of: scene.account, mayStill: { true })
        }
        #expect(scene.custody.calls == [.cancel(id)])
        #expect(scene.clock.waits == [])
    }

    @Test func `an ambiguous cancellation that had its effect is read as CANCELLED`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let custody = retrying(scene)
        scene.custody.script.fault = { n, _ in
            n == 1 ? ScriptedCustody.Fault(.ambiguous("reset"), afterEffect: true) : nil
        }
        await #expect(throws: CustodyError.ambiguous("reset")) {
            try await custody.cancel(id, of: scene.account, mayStill: { true })
        }
        #expect(try await custody.transaction(id, of: scene.account).state == .cancelled)
        #expect(scene.custody.calls == [.cancel(id), .transaction(id)])
    }

    @Test func `a cancellation that is held back at the last moment sends nothing`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        await #expect(throws: CustodyError.notSent("it was held back at the last moment")) {
            try await retrying(scene).cancel(id, of: scene.account, mayStill: { false })
        }
        #expect(scene.custody.calls == [])
        #expect(scene.custody.transactionState(id) == "PENDING")
    }

    @Test func `after a second 401 no cancellation is sent for a minute`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let custody = retrying(scene)
        scene.custody.script.fault = { _, _ in
            ScriptedCustody.Fault(.refused(status: 401))
        }
        for _ in 1...3 {
            await #expect(throws: CustodyError.refused(status: 401)) {
                try await custody.cancel(id, of: scene.account, mayStill: { true })
            }
        }
        #expect(scene.custody.calls.count == 2)
        scene.custody.script.fault = { _, _ in nil }
        scene.clock.advance(milliseconds: 60_001)
        try await custody.cancel(id, of: scene.account, mayStill: { true })
        #expect(scene.custody.cancelled == [id])
    }

    @Test func `the platform cancels a PENDING transaction once, and its open requests with it`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let custody = retrying(scene)
        let request = try await custody.createApprovalRequest(
            for: .transaction(id), entity: scene.account.entityID, method: scene.methodID,
            mayStill: { true })
        try await custody.cancel(id, of: scene.account, mayStill: { true })
        #expect(scene.custody.transactionState(id) == "CANCELLED")
        #expect(try await custody.approvalRequest(request.id).state == .cancelled)
        await #expect(throws: CustodyError.refused(status: 422)) {
            try await custody.cancel(id, of: scene.account, mayStill: { true })
        }
        #expect(scene.custody.cancelled == [id])
    }
}
