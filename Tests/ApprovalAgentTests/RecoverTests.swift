import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What a new agent does with what an older one left.
@Suite struct RecoverTests {
    /// A scene whose first agent stopped when its ledger failed at the entry of this kind, after
    /// it was written or before.
    private func left(
        at kind: EntryKind, written: Bool = true, amount: String = "0.40000000"
    ) async throws -> (Scene, TransactionID) {
        let scene = try Scene()
        let id = try scene.withdrawal(1, amount: amount)
        let stopping = StoppingLedger(scene.ledger, at: kind, written: written)
        await #expect(throws: Stop.self) {
            try await scene.pass(try scene.approver(ledger: stopping))
        }
        return (scene, id)
    }

    private func state(_ scene: Scene, _ id: TransactionID) async throws -> ItemState {
        try #require(try await scene.ledger.item(id)).state
    }

    @Test(arguments: [EntryKind.decided, .requested])
    func `what was intended or requested is released and decided anew`(kind: EntryKind)
        async throws
    {
        let (scene, id) = try await left(at: kind)
        try await scene.pass()
        #expect(
            await scene.ledger.kinds(of: id).suffix(6) == [
                .released, .decided, .requested, .signed, .delivered, .confirmed,
            ])
        #expect(scene.custody.requests(of: id).count == 1)
        try await scene.expectSafe()
    }

    @Test func `a request that was APPROVED by others is a conflict, and is told`() async throws {
        let (scene, id) = try await left(at: .requested)
        scene.custody.setRequests(of: id, to: "APPROVED")
        scene.custody.set(id, "state", .string("APPROVED"))
        let summary = try await scene.pass()
        #expect(try await state(scene, id) == .conflict)
        #expect(summary.outcomes == [.conflict: 1])
        #expect(summary.exitCode == 4)
        #expect(try scene.codes(of: id) == ["FOREIGN_REQUEST"])
        #expect(scene.signer.signed == [])
    }

    @Test func `a request that cannot be read stays as it is, and is told as pending`()
        async throws
    {
        let (scene, id) = try await left(at: .requested)
        scene.custody.set(id, "state", .string("APPROVED"))
        scene.custody.script.fault = { _, call in
            if case .request = call { ScriptedCustody.Fault(.ambiguous("reset")) } else { nil }
        }
        let summary = try await scene.pass()
        #expect(try await state(scene, id) == .requested)
        #expect(summary.outcomes == [.pending: 1])
        #expect(summary.exitCode == 1)
    }

    @Test(arguments: [EntryKind.signed, .delivered])
    func `I6: what was signed and is PENDING gets the identical bytes again`(kind: EntryKind)
        async throws
    {
        let (scene, id) = try await left(at: kind, written: true)
        if kind == .delivered {
            // The platform lost the post though it said that it took it.
            scene.custody.setRequests(of: id, to: "PENDING")
            scene.custody.set(id, "state", .string("PENDING"))
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.confirmed: 1])
        #expect(scene.custody.posted[id]?.count == 1)
        #expect(Set(scene.signer.signed).count == 1)
        #expect(scene.custody.requests(of: id).count == 1)
        #expect(try scene.report(of: id).challengeDigest == scene.custody.posted[id]?.first)
        #expect(try await state(scene, id) == .confirmed)
    }

    @Test func `what was delivered before a stop and is APPROVED is confirmed, not sent again`()
        async throws
    {
        let (scene, id) = try await left(at: .delivered, written: false)
        #expect(try await state(scene, id) == .signed)
        let posts = scene.custody.calls.count { if case .approve = $0 { true } else { false } }
        try await scene.pass()
        #expect(try await state(scene, id) == .confirmed)
        let after = scene.custody.calls.count { if case .approve = $0 { true } else { false } }
        #expect(posts == 1 && after == 1)
        let confirmed = await scene.ledger.entries(of: id, .confirmed)
        #expect(confirmed.first?["signature"]?.text?.utf8.count == 128)
    }

    @Test(arguments: ["amount", "address", "reference", "fee_amount", "fee_account_id"])
    func `I2: a used or signed field that changed since the signature holds it back`(name: String)
        async throws
    {
        let (scene, id) = try await left(at: .signed)
        let value = name == "fee_account_id" ? scene.account.id.text : "0.00020000"
        scene.custody.set(id, name, .string(value))
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["CHANGED_UNDER_US"])
        #expect(try await state(scene, id) == .signed)
        #expect(scene.custody.posted[id] == nil)
        #expect(try await scene.ledger.unfinished().map(\.transactionID) == [id])
    }

    @Test func `a block rule that is TRUE now holds back what was signed, delivered or not`()
        async throws
    {
        for kind in [EntryKind.signed, .delivered] {
            let (scene, id) = try await left(at: kind)
            if kind == .delivered {
                scene.custody.setRequests(of: id, to: "PENDING")
                scene.custody.set(id, "state", .string("PENDING"))
            }
            let posts = scene.custody.calls.count { if case .approve = $0 { true } else { false } }
            let policy = try scene.policy(revision: 2, blocksExchange: true)
            try await scene.pass(try scene.approver(policy: policy))
            #expect(try scene.codes(of: id) == ["DELIVERY_HELD_BACK"])
            let after = scene.custody.calls.count { if case .approve = $0 { true } else { false } }
            #expect(after == posts)
            #expect(try await state(scene, id) == (kind == .signed ? .signed : .delivered))
        }
    }

    @Test(arguments: [("2.00000000", "0.30000000"), ("0.30000000", "1.00000000")])
    func `what the policy would not allow now is not delivered for the first time`(
        dayLimit: String, upTo: String
    ) async throws {
        let (scene, id) = try await left(at: .signed)
        let policy = try scene.policy(dayLimit: dayLimit, upTo: upTo, revision: 2)
        try await scene.pass(try scene.approver(policy: policy))
        #expect(try scene.codes(of: id) == ["DELIVERY_HELD_BACK"])
        #expect(scene.custody.posted[id] == nil)
        #expect(try await state(scene, id) == .signed)
    }

    @Test func `its own reservation is not counted against what was signed`() async throws {
        let (scene, id) = try await left(at: .signed, amount: "0.90000000")
        let policy = try scene.policy(dayLimit: "0.90000000", revision: 2)
        let summary = try await scene.pass(try scene.approver(policy: policy))
        #expect(summary.outcomes == [.confirmed: 1])
        #expect(try await state(scene, id) == .confirmed)
    }

    @Test func `I4: another key does not sign again what the first key signed`() async throws {
        let (scene, id) = try await left(at: .signed)
        let other = try #require(HashingSigner(seed: "another key"))
        try await scene.pass(try scene.approver(signer: other))
        #expect(try scene.codes(of: id) == ["KEY_UNUSABLE"])
        #expect(scene.custody.posted[id] == nil)
        #expect(try await state(scene, id) == .signed)
        // The right key ends it.
        try await scene.pass()
        #expect(try await state(scene, id) == .confirmed)
    }

    @Test func `while halted nothing that was signed is sent`() async throws {
        let (scene, id) = try await left(at: .signed)
        scene.halt.halt()
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["HALTED"])
        #expect(scene.custody.posted[id] == nil)
        scene.halt.resume()
        try await scene.pass()
        #expect(try await state(scene, id) == .confirmed)
    }

    @Test func `a clock in doubt holds back what was not delivered yet`() async throws {
        let (scene, id) = try await left(at: .signed)
        scene.custody.script.before = { [clock = scene.clock, watch = scene.clockWatch] _, _ in
            watch.observe(
                platform: clock.now().advanced(byMilliseconds: -90_000), local: clock.now())
        }
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["CLOCK_SKEW"])
        #expect(scene.custody.posted[id] == nil)
    }

    @Test func `a request that is gone keeps its reservation and is quarantined`() async throws {
        let (scene, id) = try await left(at: .signed)
        scene.custody.forgetRequests(of: id)
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["PLATFORM_REFUSED"])
        #expect(scene.custody.posted[id] == nil)
        #expect(try await scene.ledger.unfinished().map(\.transactionID) == [id])
    }

    @Test(arguments: ["FAILED", "CANCELLED"])
    func `a transaction that the platform ended is failed, and stays counted`(end: String)
        async throws
    {
        let (scene, id) = try await left(at: .signed, amount: "0.90000000")
        scene.custody.set(id, "state", .string(end))
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.failed: 1])
        #expect(summary.exitCode == 1)
        #expect(try await state(scene, id) == .failed)
        // What was signed may be executed yet: it counts against the limit.
        for n in 2...3 { try scene.withdrawal(n, amount: "0.90000000") }
        try await scene.pass()
        #expect(scene.custody.approvals.map(\.transaction) == [try scene.id(2)])
    }

    @Test func `an account that the policy no longer names holds back what was signed`()
        async throws
    {
        let (scene, id) = try await left(at: .signed)
        let policy = try scene.policy(revision: 2, accounts: [scene.treasury])
        let summary = try await scene.pass(try scene.approver(policy: policy))
        #expect(summary.outcomes == [.quarantined: 1])
        #expect(try scene.codes(of: id) == ["DELIVERY_HELD_BACK"])
        #expect(scene.custody.posted[id] == nil)
    }

    @Test func `an item that was put off is tried at once by a single pass, in its time otherwise`()
        async throws
    {
        let (scene, id) = try await left(at: .signed)
        scene.custody.script.fault = { _, call in
            if case .approve = call { ScriptedCustody.Fault(.refused(status: 400)) } else { nil }
        }
        try await scene.pass()
        let item = try #require(try await scene.ledger.item(id))
        #expect(item.retryAt == scene.clock.now().advanced(byMilliseconds: 5_000))
        scene.custody.script.fault = { _, _ in nil }
        let calls = scene.custody.calls.count
        let idle = try await scene.pass(ignoresBackOff: false)
        #expect(idle.seen == 0)
        let asked = scene.custody.calls.dropFirst(calls).filter { !$0.isQuestion }
        #expect(asked == [])
        scene.clock.advance(milliseconds: 5_000)
        try await scene.pass(ignoresBackOff: false)
        #expect(try await state(scene, id) == .confirmed)
    }

    @Test func `back-off grows fourfold up to a day`() async throws {
        let (scene, id) = try await left(at: .signed)
        scene.custody.script.fault = { _, call in
            if case .approve = call { ScriptedCustody.Fault(.refused(status: 400)) } else { nil }
        }
        var waits: [Int64] = []
        for _ in 1...10 {
            try await scene.pass()
            let item = try #require(try await scene.ledger.item(id))
            let until = try #require(item.retryAt)
            waits.append((until.milliseconds - scene.clock.now().milliseconds) / 1_000)
        }
        #expect(waits == [5, 20, 80, 320, 1_280, 5_120, 20_480, 81_920, 86_400, 86_400])
    }
}

/// A ledger that stops working at the first entry of a kind, before or after writing it.
struct StoppingLedger: ForwardingLedger {
    let ledger: any Ledger
    private let kind: EntryKind
    private let written: Bool

    init(_ ledger: any Ledger, at kind: EntryKind, written: Bool) {
        self.ledger = ledger
        self.kind = kind
        self.written = written
    }

    func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        if kind == .decided, !written { throw .unavailable("stopped") }
        let settlement = try await ledger.settle(proposal, now: now, judge: judge)
        if kind == .decided { throw .unavailable("stopped") }
        return settlement
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {
        let isIt = step.entryKind == kind
        if isIt, !written { throw .unavailable("stopped") }
        try await ledger.advance(id, step, entry: entry, evidence: evidence, now: now)
        if isIt { throw .unavailable("stopped") }
    }
}
