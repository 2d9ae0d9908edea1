import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// RetryingCustody over a scripted platform, in virtual time.
@Suite struct RetryTests {
    private func retrying(
        _ scene: Scene, bounds: RetryBounds = RetryBounds(), chance: Double = 0.5
    ) -> RetryingCustody {
        RetryingCustody(scene.custody, clock: scene.clock, bounds: bounds) { chance }
    }

    private func fail(_ scene: Scene, _ error: CustodyError, calls: ClosedRange<Int> = 1...1_000) {
        scene.custody.script.fault = { n, _ in
            calls.contains(n) ? ScriptedCustody.Fault(error) : nil
        }
    }

    @Test(arguments: [(0.0, [100, 200, 400, 800] as [Int64]), (1.0, [200, 400, 800, 1_600])])
    func `a question is asked five times, with waits between half and all of the doubled wait`(
        chance: Double, waits: [Int64]
    ) async throws {
        let scene = try Scene()
        fail(scene, .ambiguous("reset"))
        await #expect(throws: CustodyError.ambiguous("reset")) {
            try await retrying(scene, chance: chance).account(scene.account)
        }
        #expect(scene.custody.calls.count == 5)
        #expect(scene.clock.waits == waits)
    }

    @Test func `after a second 401 no command is sent for a minute, and questions go on`()
        async throws
    {
        let scene = try Scene()
        let custody = retrying(scene)
        let id = try scene.withdrawal(1)
        func create() async throws -> ApprovalRequest {
            try await custody.createApprovalRequest(
                for: .transaction(id), entity: scene.account.entityID, method: scene.methodID,
                mayStill: { true })
        }
        fail(scene, .refused(status: 401))
        await #expect(throws: CustodyError.refused(status: 401)) { try await create() }
        scene.custody.script.fault = { _, _ in nil }
        let sent = scene.custody.calls.count
        #expect(sent == 2)
        await #expect(throws: CustodyError.refused(status: 401)) { try await create() }
        #expect(scene.custody.calls.count == sent)
        #expect(try await custody.account(scene.account).id == scene.account.id)
        scene.clock.advance(milliseconds: 60_001)
        _ = try await create()
        #expect(scene.custody.calls.last == .create(id))
    }

    @Test func `a halt at the last moment sends nothing`() async throws {
        let scene = try Scene()
        let id = try #require(ApprovalRequestID("00000000000000000000000000000001aprq"))
        let signature = try #require(scene.signer.signature(of: []))
        await #expect(throws: CustodyError.self) {
            try await retrying(scene).approve(
                id, challenge: TestSHA256.hash([]), response: signature, mayStill: { false })
        }
        #expect(scene.custody.calls == [])
    }

    @Test func `a passing fault is over after one retry`() async throws {
        let scene = try Scene()
        fail(scene, .notSent("refused"), calls: 1...1)
        let account = try await retrying(scene).account(scene.account)
        #expect(account.id == scene.account.id)
        #expect(scene.custody.calls.count == 2)
    }

    @Test func `Retry-After is honoured, on top of nothing`() async throws {
        let scene = try Scene()
        fail(scene, .throttled(status: 429, retryAfter: 7_000), calls: 1...1)
        _ = try await retrying(scene).account(scene.account)
        #expect(scene.clock.waits == [7_000])
    }

    @Test func `what the platform asks for beyond 30 s in all is not waited for`() async throws {
        let scene = try Scene()
        fail(scene, .throttled(status: 503, retryAfter: 16_000))
        let error = CustodyError.throttled(status: 503, retryAfter: 16_000)
        await #expect(throws: error) { try await retrying(scene).account(scene.account) }
        #expect(scene.clock.waits == [16_000])
    }

    @Test func `a Retry-After beyond all bounds is no crash`() async throws {
        let scene = try Scene()
        scene.custody.script.fault = { n, _ in
            ScriptedCustody.Fault(
                .throttled(status: 429, retryAfter: n == 1 ? 1_000 : Int64.max))
        }
        await #expect(throws: CustodyError.self) {
            try await retrying(scene).account(scene.account)
        }
        #expect(scene.clock.waits == [1_000])
    }

    @Test func `a 404 is asked three times more, a 400 never, a 401 once`() async throws {
        for (status, calls) in [(404, 4), (400, 1), (403, 1), (409, 1), (401, 2)] {
            let scene = try Scene()
            fail(scene, .refused(status: status))
            await #expect(throws: CustodyError.refused(status: status)) {
                try await retrying(scene).account(scene.account)
            }
            #expect(scene.custody.calls.count == calls, "\(status)")
        }
    }

    @Test(arguments: [
        CustodyError.notSent("refused"), .ambiguous("reset"), .refused(status: 401),
        .refused(status: 404), .throttled(status: 429, retryAfter: nil),
        .throttled(status: 503, retryAfter: 1), .malformed(MalformedBody("cut short")),
    ])
    func `I6: the approving POST is never repeated behind the flow's back`(error: CustodyError)
        async throws
    {
        let scene = try Scene()
        fail(scene, error)
        let id = try #require(ApprovalRequestID("00000000000000000000000000000001aprq"))
        let signature = try #require(scene.signer.signature(of: []))
        await #expect(throws: error) {
            try await retrying(scene).approve(
                id, challenge: TestSHA256.hash([]), response: signature, mayStill: { true })
        }
        #expect(scene.custody.calls == [.approve(id)])
    }

    @Test(arguments: [
        (CustodyError.notSent("refused"), 5), (.ambiguous("reset"), 1),
        (.throttled(status: 429, retryAfter: nil), 5),
        (.throttled(status: 503, retryAfter: nil), 1), (.refused(status: 401), 2),
        (.refused(status: 404), 1), (.malformed(MalformedBody("cut short")), 1),
    ])
    func `a request is created again only where the platform certainly did not act`(
        error: CustodyError, calls: Int
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        fail(scene, error)
        await #expect(throws: error) {
            try await retrying(scene).createApprovalRequest(
                for: .transaction(id), entity: scene.account.entityID, method: scene.methodID,
                mayStill: { true })
        }
        #expect(scene.custody.calls.count == calls)
    }

    @Test(arguments: [
        CustodyError.throttled(status: 429, retryAfter: nil), .ambiguous("reset"),
        .notSent("refused"), .refused(status: 401), .refused(status: 404),
    ])
    func `an outage of many calls sees at most a tenth more than them, and ten`(
        error: CustodyError
    ) async throws {
        let scene = try Scene()
        fail(scene, error, calls: 1...100_000)
        var bounds = RetryBounds()
        bounds.failuresToOpen = .max
        let custody = retrying(scene, bounds: bounds)
        for _ in 1...200 { _ = try? await custody.account(scene.account) }
        #expect(scene.custody.calls.count >= 200)
        #expect(scene.custody.calls.count <= 230)
    }

    @Test func `successes refill the budget by a tenth`() async throws {
        let scene = try Scene()
        scene.custody.script.fault = { n, _ in
            n > 10 && n <= 100 ? nil : ScriptedCustody.Fault(.ambiguous("reset"))
        }
        var bounds = RetryBounds()
        bounds.failuresToOpen = .max
        bounds.budget = 4
        let custody = retrying(scene, bounds: bounds)
        // Ten requests fail and spend all four, ninety succeed, then four more may be repeated.
        for _ in 1...96 { _ = try? await custody.account(scene.account) }
        #expect(scene.custody.calls.count == 100)
        for _ in 1...10 { _ = try? await custody.account(scene.account) }
        #expect(scene.custody.calls.count == 114)
    }

    @Test func `while the breaker is open one request a second is sent, and success closes it`()
        async throws
    {
        let scene = try Scene()
        fail(scene, .notSent("refused"), calls: 1...40)
        let times = Gathered<Int64>()
        scene.custody.script.before = { [clock = scene.clock] _, _ in
            times.add(clock.now().milliseconds)
        }
        var bounds = RetryBounds()
        bounds.attempts = 1
        let custody = retrying(scene, bounds: bounds)
        for _ in 1...40 { _ = try? await custody.account(scene.account) }
        let gaps = zip(times.all, times.all.dropFirst()).map { $1 - $0 }
        #expect(gaps.prefix(9).allSatisfy { $0 == 0 })
        #expect(gaps.dropFirst(9).allSatisfy { $0 >= 1_000 })
        #expect(gaps.count == 39)
        for _ in 1...5 { _ = try await custody.account(scene.account) }
        let after = times.all.suffix(5)
        #expect(after.last == after.first)
    }

    @Test func `a caller that would wait for the breaker too long is told at once`() async throws {
        let scene = try Scene()
        fail(scene, .notSent("refused"))
        var bounds = RetryBounds()
        bounds.attempts = 1
        bounds.probeInterval = 100_000
        let custody = retrying(scene, bounds: bounds)
        for _ in 1...30 { _ = try? await custody.account(scene.account) }
        #expect(scene.custody.calls.count == 10)
        #expect(scene.clock.waits == [])
    }
}
