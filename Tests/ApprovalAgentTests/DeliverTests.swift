import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Steps 8 and 9: one signature, delivered until the platform shows it.
@Suite struct DeliverTests {
    private func posts(_ scene: Scene) -> Int {
        scene.custody.calls.count { if case .approve = $0 { true } else { false } }
    }

    /// The first posts fail in this way; `isAfter` where they have their effect all the same.
    private func failPosts(
        _ scene: Scene, _ error: CustodyError, times: Int, afterEffect: Bool = false
    ) {
        let failed = Gathered<Int>()
        scene.custody.script.fault = { n, call in
            guard case .approve = call, failed.all.count < times else { return nil }
            failed.add(n)
            return ScriptedCustody.Fault(error, afterEffect: afterEffect)
        }
    }

    @Test(arguments: [
        CustodyError.ambiguous("reset"), .notSent("refused"),
        .throttled(status: 503, retryAfter: nil), .refused(status: 404),
    ])
    func `I6: between two posts the platform is read, and the second is the same message`(
        error: CustodyError
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, error, times: 1)
        try await scene.pass()
        let request = try #require(scene.custody.requests(of: id).first)
        #expect(
            scene.custody.calls.drop { $0 != .approve(request) } == [
                .approve(request), .request(request), .transaction(id), .approve(request),
                .request(request), .transaction(id),
            ])
        #expect(scene.custody.posted[id]?.count == 1)
        #expect(scene.signer.signed.count == 1)
        #expect(try scene.report(of: id).outcome == .confirmed)
    }

    @Test(arguments: [
        CustodyError.ambiguous("reset"), .throttled(status: 503, retryAfter: nil),
        .refused(status: 400), .malformed(MalformedBody("cut short")),
    ])
    func `I6: a post that had its effect is not repeated, whatever it said`(error: CustodyError)
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, error, times: 99, afterEffect: true)
        try await scene.pass()
        #expect(posts(scene) == 1)
        #expect(try scene.report(of: id).outcome == .confirmed)
    }

    @Test func `every attempt that may have left is recorded, with its result`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .ambiguous("reset"), times: 2)
        try await scene.pass()
        let delivered = await scene.ledger.entries(of: id, .delivered)
        #expect(delivered.map { $0["result"]?.text } == ["ambiguous", "ambiguous", "accepted"])
    }

    @Test func `Retry-After of a refused post is waited for`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .throttled(status: 429, retryAfter: 9_000), times: 1)
        try await scene.pass()
        #expect(scene.clock.waits.contains(9_000))
        #expect(try scene.report(of: id).outcome == .confirmed)
    }

    @Test(arguments: [31_000, Int64.max])
    func `a Retry-After of more than 30 s leaves the item pending for a later pass`(wait: Int64)
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .throttled(status: 429, retryAfter: wait), times: 1)
        let summary = try await scene.pass()
        #expect(posts(scene) == 1)
        #expect(summary.outcomes == [.pending: 1])
        #expect(summary.exitCode == 1)
        #expect(scene.clock.waits.reduce(0, +) <= 30_000)
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
    }

    @Test func `a 401 is tried once more, then put aside with its reservation`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .refused(status: 401), times: 99)
        let summary = try await scene.pass()
        #expect(posts(scene) == 2)
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["PLATFORM_REFUSED"])
        #expect(try await scene.ledger.unfinished().map(\.transactionID) == [id])
    }

    @Test(arguments: ["CANCELLED", "FAILED"])
    func `a request that ended beside an approved transaction is put aside, not failed`(
        state: String
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.request = { _, read, members in
            read == 0 ? members : replace(members, "state", .string(state))
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["FOREIGN_REQUEST"])
        #expect(try await scene.ledger.unfinished().map(\.transactionID) == [id])
    }

    @Test func `an approved transaction that no longer says what was signed is not confirmed`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.transaction = { _, read, members in
            read <= 2 ? members : replace(members, "amount", .string("-0.50000000"))
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["CHANGED_UNDER_US"])
    }

    @Test func `a post that is never taken ends after six attempts, pending`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .ambiguous("reset"), times: 99)
        let summary = try await scene.pass()
        #expect(posts(scene) == 6)
        #expect(summary.outcomes == [.pending: 1])
        #expect(try scene.codes(of: id) == ["DELIVERY_UNCONFIRMED"])
        #expect(scene.clock.waits.reduce(0, +) <= 30_000)
        #expect(await scene.ledger.kinds(of: id).last == .quarantined)
    }

    @Test(arguments: [409, 422])
    func `a post that conflicts is read once, put aside, and tried again in its time`(
        status: Int
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .refused(status: status), times: 1)
        let summary = try await scene.pass()
        #expect(posts(scene) == 1)
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["PLATFORM_REFUSED"])
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
        #expect(scene.custody.posted[id]?.count == 1)
    }

    @Test func `a post that is refused for good is put aside after reading the platform`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .refused(status: 400), times: 99)
        let summary = try await scene.pass()
        #expect(posts(scene) == 1)
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["PLATFORM_REFUSED"])
        #expect(summary.exitCode == 4)
    }

    @Test func `success is what two GETs show, not the answer to the post`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        // The platform says that it took it, and shows both PENDING for three reads.
        let reads = Gathered<Int>()
        scene.custody.script.request = { _, read, members in
            reads.add(read)
            return read <= 3 ? replace(members, "state", .string("PENDING")) : members
        }
        scene.custody.script.transaction = { _, read, members in
            read <= 6 ? replace(members, "state", .string("PENDING")) : members
        }
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
        #expect(posts(scene) == 1)
        #expect(reads.all.max() == 5)
    }

    @Test func `an approval that never shows is pending, and confirmed when it does`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.transaction = { _, _, members in
            replace(members, "state", .string("PENDING"))
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.pending: 1])
        #expect(await scene.ledger.kinds(of: id).suffix(2) == [.delivered, .quarantined])
        scene.custody.script.transaction = { $2 }
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
        #expect(posts(scene) == 1)
    }

    @Test(arguments: ["FAILED", "CANCELLED"])
    func `a request that the platform ends after the post is failed`(end: String) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.request = { _, read, members in
            read == 0 ? members : replace(members, "state", .string(end))
        }
        scene.custody.script.transaction = { _, _, members in
            replace(members, "state", .string("PENDING"))
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.failed: 1])
        #expect(try scene.codes(of: id) == ["REQUEST_FAILED"])
        #expect(await scene.ledger.kinds(of: id).last == .failed)
    }

    @Test func `a transaction that others approved while ours is PENDING is put aside`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        failPosts(scene, .ambiguous("reset"), times: 1)
        scene.custody.script.transaction = { _, read, members in
            read <= 2 ? members : replace(members, "state", .string("APPROVED"))
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["FOREIGN_REQUEST"])
        #expect(posts(scene) == 1)
    }

    @Test(arguments: [0, 1, 5, 20])
    func `a request that is CREATING is read until it is PENDING`(reads: Int) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.creatingReads = reads
        let summary = try await scene.pass()
        if reads < 20 {
            #expect(try scene.report(of: id).outcome == .confirmed)
        } else {
            // It is left, and answered in a later pass: no second request is made.
            #expect(summary.outcomes == [.pending: 1])
            try await scene.pass()
            #expect(try scene.report(of: id).outcome == .confirmed)
        }
        #expect(scene.custody.requests(of: id).count == 1)
    }

    @Test func `I4: no more than ten requests are made for a transaction in a day`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.fault = { _, call in
            if case .create = call {
                ScriptedCustody.Fault(.ambiguous("reset"), afterEffect: true)
            } else {
                nil
            }
        }
        for _ in 1...15 { try await scene.pass() }
        #expect(scene.custody.requests(of: id).count == 10)
        #expect(try scene.codes(of: id) == ["TOO_MANY_REQUESTS"])
        scene.custody.script.fault = { _, _ in nil }
        scene.clock.advance(milliseconds: 86_400_001)
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
    }

    @Test func `a key that cannot sign releases its item, one that signs wrongly stops all`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let locked = RefusingSigner(publicKey: scene.signer.publicKey)
        let summary = try await scene.pass(try scene.approver(signer: locked))
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["KEY_UNUSABLE"])
        #expect(locked.timesAsked == 1)
        let wrong = RefusingSigner(publicKey: scene.signer.publicKey, error: .didNotVerify)
        await #expect(throws: Stop.self) {
            try await scene.pass(try scene.approver(signer: wrong))
        }
        #expect(scene.custody.posted == [:])
    }
}
