import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// `on_block: cancel`: the only thing that this agent does and nobody can undo.
@Suite struct OnBlockTests {
    private func cancelling(
        _ scene: Scene, mostPerHour: Int64 = 10, blocksExchange: Bool = false,
        rules: [Rule]? = nil, guards: Guards = Guards()
    ) throws -> Approver {
        try scene.approver(
            policy: try scene.policy(
                blocksExchange: blocksExchange, rules: rules,
                onBlock: .cancel(mostPerHour: mostPerHour), guards: guards))
    }

    private func posts(_ scene: Scene) -> [TransactionID] {
        scene.custody.calls.compactMap { if case .cancel(let id) = $0 { id } else { nil } }
    }

    @Test func `what a block rule blocks is cancelled, with a durable entry before the POST`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        let other = try scene.withdrawal(2)
        let usual = scene.custody.script.before
        let recorded = Gathered<[EntryKind]>()
        scene.custody.script.before = { [ledger = scene.ledger] n, call in
            await usual(n, call)
            if case .cancel = call { recorded.add(await ledger.kinds(of: id)) }
        }
        let summary = try await scene.pass(try cancelling(scene))
        #expect(scene.custody.cancelled == [id])
        #expect(recorded.all == [[.decided, .cancelled]])
        let report = try scene.report(of: id)
        #expect(report.isCancelled && report.outcome == nil)
        #expect(report.decision.action == .block)
        #expect(report.json["cancelled"] == .bool(true))
        #expect(report.json["outcome"] == .null)
        #expect(try scene.report(of: other).json["cancelled"] == nil)
        #expect(summary.cancelled == 1 && summary.exitCode == 0)
        #expect(summary.json["summary"]?["cancelled"] == .integer(1))
        let entry = try #require(await scene.ledger.entries(of: id, .cancelled).first)
        #expect(entry["rules"]?.elements?.compactMap(\.text) == ["never-to-blocked"])
        #expect(entry["reasons"]?.elements?.first?["code"]?.text == "RULE_BLOCK")
        let body = try #require(try await scene.ledger.item(id)).decidedBody
        #expect(entry["transaction_sha256"]?.text == TestSHA256.hash(body).description)
        #expect(entry["policy"]?["revision"] == .integer(1))
    }

    @Test func `a policy that leaves what it blocks never cancels`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        let summary = try await scene.pass()
        #expect(posts(scene) == [])
        #expect(scene.custody.transactionState(id) == "PENDING")
        #expect(summary.json["summary"]?["cancelled"] == nil)
    }

    @Test func `UNKNOWN never cancels`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.set(id, "address", .null)
        try await scene.pass(try cancelling(scene))
        #expect(try scene.report(of: id).decision.action == .block)
        #expect(try scene.codes(of: id) == ["FIELD_UNKNOWN"])
        #expect(posts(scene) == [])
    }

    @Test func `the default never cancels, nor does a guard that blocks`() async throws {
        let scene = try Scene()
        let stranger = try scene.withdrawal(1, address: "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy")
        let lookalike = try scene.withdrawal(2, address: "3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r")
        let guards = Guards(lookalike: .init(prefix: 4, suffix: 4, action: .block))
        try await scene.pass(try cancelling(scene, guards: guards))
        #expect(try scene.codes(of: stranger) == ["NO_RULE_MATCHED"])
        #expect(try scene.codes(of: lookalike).contains("LOOKALIKE"))
        #expect(try scene.report(of: stranger).decision.action == .block)
        #expect(try scene.report(of: lookalike).decision.action == .block)
        #expect(posts(scene) == [])
    }

    @Test func `the bound of an hour holds across passes and restarts, and frees after it`()
        async throws
    {
        let scene = try Scene()
        let ids = try (1...5).map { try scene.withdrawal($0, address: Scene.frozen) }
        let first = try await scene.pass(try cancelling(scene, mostPerHour: 2))
        #expect(first.cancelled == 2 && first.actions == [.block: 5])
        #expect(scene.custody.cancelled == Array(ids.prefix(2)))
        // A new agent on the same ledger.
        let second = try await scene.pass(try cancelling(scene, mostPerHour: 2))
        #expect(second.cancelled == 0 && second.actions == [.block: 3])
        #expect(posts(scene).count == 2)
        scene.clock.advance(milliseconds: 3_600_001)
        let third = try await scene.pass(try cancelling(scene, mostPerHour: 2))
        #expect(third.cancelled == 2)
        #expect(scene.custody.cancelled == Array(ids.prefix(4)))
    }

    @Test func `nothing is cancelled while halted, nor where a halt comes just before the POST`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        scene.halt.halt()
        try await scene.pass(try cancelling(scene))
        #expect(try scene.report(of: id).decision.action == .block)
        #expect(posts(scene) == [])
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        scene.halt.resume()
        let faulty = RecordingLedger(ledger: scene.ledger) { [halt = scene.halt] in halt.halt() }
        let policy = try scene.policy(onBlock: .cancel(mostPerHour: 10))
        try await scene.pass(try scene.approver(ledger: faulty, policy: policy))
        #expect(await scene.ledger.kinds(of: id).last == .cancelled)
        #expect(posts(scene) == [])
        #expect(try scene.report(of: id).isCancelled == false)
    }

    @Test func `nothing is cancelled while the clock is in doubt`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        scene.custody.script.before = { [clock = scene.clock, watch = scene.clockWatch] _, _ in
            watch.observe(
                platform: clock.now().advanced(byMilliseconds: 61_000), local: clock.now())
        }
        try await scene.pass(try cancelling(scene))
        #expect(try scene.report(of: id).decision.action == .block)
        #expect(posts(scene) == [])
    }

    @Test(arguments: [
        ("amount", JSONValue.string("-0.10000000")), ("address", .string(Scene.exchange)),
        ("reference", nil), ("state", .string("APPROVED")), ("type", .string("TRANSFER_OUTGOING")),
        ("id", .string("f4342c75f714405d89007ef199999999atrx")),
    ])
    func `what changed since it was decided on is not cancelled`(
        name: String, value: JSONValue?
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        scene.custody.script.transaction = { _, read, members in
            read == 1 ? members : replace(members, name, value)
        }
        let guards = Guards(duplicateReference: .init(action: .escalate))
        try await scene.pass(try cancelling(scene, guards: guards))
        #expect(posts(scene) == [])
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        #expect(try scene.report(of: id).isCancelled == false)
    }

    @Test func `a re-read that fails cancels nothing and counts nothing`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        let reads = Gathered<Int>()
        scene.custody.script.fault = { n, call in
            guard call == .transaction(id) else { return nil }
            reads.add(n)
            return reads.all.count > 1 ? ScriptedCustody.Fault(.ambiguous("reset")) : nil
        }
        try await scene.pass(try cancelling(scene))
        #expect(reads.all.count == 2)
        #expect(posts(scene) == [])
        #expect(await scene.ledger.kinds(of: id) == [.decided])
    }

    @Test(arguments: [
        CustodyError.notSent("refused"), .refused(status: 422), .refused(status: 401),
        .throttled(status: 429, retryAfter: 1),
    ])
    func `a platform that refuses is told as it is: left PENDING, and tried in a later pass`(
        error: CustodyError
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        scene.custody.script.fault = { _, call in
            if case .cancel = call { ScriptedCustody.Fault(error) } else { nil }
        }
        let summary = try await scene.pass(try cancelling(scene))
        #expect(summary.cancelled == 0)
        #expect(posts(scene) == [id])
        #expect(try scene.report(of: id).json["cancelled"] == nil)
        #expect(await scene.ledger.kinds(of: id) == [.decided, .cancelled])
        scene.custody.script.fault = { _, _ in nil }
        let again = try await scene.pass(try cancelling(scene))
        #expect(again.cancelled == 1)
    }

    @Test(arguments: [false, true])
    func `I6: an ambiguous cancellation is read, never posted again in the pass`(
        hadEffect: Bool
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        scene.custody.script.fault = { _, call in
            guard case .cancel = call else { return nil }
            return ScriptedCustody.Fault(.ambiguous("reset"), afterEffect: hadEffect)
        }
        let summary = try await scene.pass(try cancelling(scene))
        #expect(posts(scene) == [id])
        #expect(summary.cancelled == (hadEffect ? 1 : 0))
        #expect(scene.custody.transactionState(id) == (hadEffect ? "CANCELLED" : "PENDING"))
    }

    @Test func `I7: a dry run cancels nothing`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, address: Scene.frozen)
        let policy = try scene.policy(onBlock: .cancel(mostPerHour: 10))
        try await scene.pass(
            try scene.approver(
                ledger: RehearsalLedger(scene.ledger), policy: policy, hasSigner: false),
            isDryRun: true)
        #expect(try scene.report(of: id).decision.action == .block)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
    }

    @Test func `I10: a ledger that cannot record the cancellation lets none leave the host`()
        async throws
    {
        for moment in [InMemoryLedger.Moment.before, .after] {
            let scene = try Scene()
            try scene.withdrawal(1, address: Scene.frozen)
            await scene.ledger.book.fail(.recordCancel, moment)
            await #expect(throws: Stop.self) { try await scene.pass(try cancelling(scene)) }
            #expect(posts(scene) == [])
        }
    }

    @Test func `what comes to be blocked while it is being approved is cancelled`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        // It goes elsewhere from the second read on: released, decided again, blocked.
        scene.custody.script.transaction = { _, read, members in
            read == 1 ? members : replace(members, "address", .string(Scene.frozen))
        }
        let summary = try await scene.pass(try cancelling(scene))
        #expect(
            await scene.ledger.kinds(of: id) == [
                .decided, .requested, .released, .decided, .cancelled,
            ])
        #expect(scene.custody.cancelled == [id])
        #expect(summary.cancelled == 1)
        #expect(scene.signer.signed == [])
    }
}

/// A ledger that does something once a cancellation is recorded.
struct RecordingLedger: ForwardingLedger {
    let ledger: any Ledger
    let afterCancel: @Sendable () -> Void

    func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool {
        let isWithin = try await ledger.recordCancel(
            id, mostPerHour: mostPerHour, entry: entry, now: now)
        afterCancel()
        return isWithin
    }
}
