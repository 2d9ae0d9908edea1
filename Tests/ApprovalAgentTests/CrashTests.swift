import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A stop or a failure at every call of the happy path, then a new agent on the same ledger.
@Suite struct CrashTests {
    /// Three withdrawals of which two fit into the limit.
    private func scene() throws -> (Scene, [TransactionID]) {
        let scene = try Scene()
        let ids = try (1...3).map { try scene.withdrawal($0, amount: "0.90000000") }
        return (scene, ids)
    }

    /// Two clean passes end everything: two approved, one explained.
    private func finish(_ scene: Scene, _ ids: [TransactionID], _ note: Comment) async throws {
        scene.custody.script.fault = { _, _ in nil }
        try await scene.pass()
        try await scene.pass()
        let approved = Set(scene.custody.approvals.map(\.transaction))
        #expect(approved.count == 2, note)
        for id in ids {
            let last = try #require(await scene.ledger.item(id), note)
            if approved.contains(id) {
                #expect(last.state == .confirmed, note)
            } else {
                #expect(last.state == .decided && last.action == .escalate, note)
                #expect(try scene.codes(of: id) == ["LIMIT_EXCEEDED"], note)
            }
        }
        try await scene.expectSafe()
    }

    @Test(arguments: [false, true], [1, 4])
    func `I10: a ledger that fails at any call stops the pass, and a restart finishes it`(
        afterEffect: Bool, concurrency: Int
    ) async throws {
        let (whole, _) = try scene()
        let counting = FaultyLedger(whole.ledger, failing: .max)
        try await whole.pass(try whole.approver(ledger: counting))
        #expect(counting.calls >= 12)
        for n in 1...counting.calls {
            let note: Comment = "ledger call \(n), after its effect: \(afterEffect)"
            let (scene, ids) = try scene()
            let faulty = FaultyLedger(scene.ledger, failing: n, afterEffect: afterEffect)
            await #expect(throws: Stop.self, note) {
                try await scene.pass(
                    try scene.approver(ledger: faulty), concurrency: concurrency)
            }
            try await scene.expectSafe()
            try await finish(scene, ids, note)
        }
    }

    /// Every way in which an exchange can fail, before or after its effect.
    static let faults: [ScriptedCustody.Fault] = [
        .init(.notSent("refused")),
        .init(.ambiguous("reset")), .init(.ambiguous("reset"), afterEffect: true),
        .init(.throttled(status: 429, retryAfter: nil)),
        .init(.throttled(status: 503, retryAfter: 2_000)),
        .init(.throttled(status: 503, retryAfter: nil), afterEffect: true),
        .init(.refused(status: 401)), .init(.refused(status: 404)),
        .init(.refused(status: 409)), .init(.refused(status: 422)),
        .init(.refused(status: 400)), .init(.refused(status: 400), afterEffect: true),
        .init(.malformed(MalformedBody("cut short", isNotJSON: true)), afterEffect: true),
        .init(.malformed(MalformedBody("cut short", isNotJSON: true))),
    ]

    @Test(arguments: [false, true])
    func `I6: a platform that fails at any call in any way is resolved by reading it`(
        retries: Bool
    ) async throws {
        let (whole, _) = try scene()
        try await whole.pass()
        let calls = whole.custody.calls.count
        #expect(calls >= 15)
        for (kind, fault) in Self.faults.enumerated() {
            for n in 1...calls {
                let note: Comment = "call \(n), fault \(kind) \(fault), retries: \(retries)"
                let (scene, ids) = try scene()
                scene.custody.script.fault = { call, _ in call == n ? fault : nil }
                try await scene.pass(try approver(scene, retries: retries))
                try await scene.expectSafe()
                try await finish(scene, ids, note)
            }
        }
    }

    @Test(arguments: [false, true])
    func `I6: a platform that fails from any call on is resolved when it is back`(
        retries: Bool
    ) async throws {
        for (kind, fault) in Self.faults.enumerated() {
            for n in 1...18 {
                let note: Comment = "from call \(n), fault \(kind) \(fault), retries: \(retries)"
                let (scene, ids) = try scene()
                scene.custody.script.fault = { call, _ in call >= n ? fault : nil }
                try await scene.pass(try approver(scene, retries: retries))
                try await scene.expectSafe()
                try await finish(scene, ids, note)
            }
        }
    }

    private func approver(_ scene: Scene, retries: Bool) throws -> Approver {
        guard retries else { return try scene.approver() }
        return try scene.approver(
            custody: RetryingCustody(scene.custody, clock: scene.clock) { 0.5 })
    }

    @Test func `I3: no approval leaves the host before its record of signing is durable`()
        async throws
    {
        let (scene, ids) = try scene()
        try await scene.pass(concurrency: 8)
        #expect(scene.custody.approvals.count == 2)
        #expect(scene.unrecorded.all == [])
        for approval in scene.custody.approvals {
            let signed = await scene.ledger.entries(of: approval.transaction, .signed)
            #expect(signed.first?["challenge_sha256"]?.text == approval.challenge.description)
        }
        #expect(Set(scene.custody.approvals.map(\.transaction)) == Set(ids.prefix(2)))
    }

    @Test func `I10: after one failed write nothing is signed or sent by work in flight`()
        async throws
    {
        for n in 3...10 {
            let scene = try Scene()
            for item in 1...4 { try scene.withdrawal(item) }
            let faulty = FaultyLedger(scene.ledger, failing: n)
            _ = try? await scene.pass(try scene.approver(ledger: faulty), concurrency: 4)
            // One call of each of the four may have been under way.
            #expect(faulty.calls <= n + 4, "\(faulty.calls) calls though call \(n) failed")
        }
    }

    @Test func `I10: work in flight beside a failed write does not touch the key`() async throws {
        let scene = try Scene()
        let failing = try scene.withdrawal(1)
        let other = try scene.withdrawal(2)
        let figures = Figures()
        let isBinding = Gathered<Bool>()
        let usual = scene.custody.script.before
        scene.custody.script.before = { n, call in
            await usual(n, call)
            switch call {
            // It is asked for once the other one is about to be bound.
            case .create(failing): await yields { !isBinding.all.isEmpty }
            case .transaction(other) where figures.snapshot.decisions[.allow] == 2:
                isBinding.add(true)
                await yields { figures.snapshot.ledgerFailures == 1 }
            default: break
            }
        }
        let ledger = UnrequestedLedger(ledger: scene.ledger, refused: failing)
        await #expect(throws: Stop.self) {
            try await scene.pass(
                try scene.approver(ledger: ledger, figures: figures), concurrency: 2)
        }
        #expect(figures.snapshot.ledgerFailures == 1 && isBinding.all.count == 1)
        #expect(scene.signer.signed == [])
    }

    /// Lets others go on until it is so; bounded.
    private func yields(until isSo: () -> Bool) async {
        for _ in 0..<100_000 where !isSo() { await Task.yield() }
    }
}

/// A ledger that cannot write that a request was made for one transaction.
private struct UnrequestedLedger: ForwardingLedger {
    let ledger: any Ledger
    let refused: TransactionID

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]],
        now: UnixTime
    ) async throws(LedgerError) {
        if case .requested = step, id == refused { throw .unavailable("scripted") }
        try await ledger.advance(id, step, entry: entry, evidence: evidence, now: now)
    }
}
