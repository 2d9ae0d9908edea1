import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct LimitTests {
    @Test func `I12: the same items give the same decisions, byte for byte, at any concurrency`()
        async throws
    {
        var texts: [Set<[UInt8]>] = []
        for concurrency in [1, 3, 16] {
            let scene = try Scene()
            for n in 1...40 {
                try scene.withdrawal(
                    n, amount: "0.\(n % 7 + 1)0000000",
                    address: n % 5 == 0 ? Scene.frozen : Scene.exchange)
            }
            try await scene.pass(concurrency: concurrency)
            let decided = await scene.ledger.entries.filter { $0.kind == .decided }
            texts.append(
                Set(decided.map { JSONValue.object($0.members).canonicalBytes ?? [] }))
        }
        #expect(texts[0].count == 40)
        #expect(texts.allSatisfy { $0 == texts[0] })
    }

    @Test(arguments: [1, 2, 16])
    func `I5: many items at once never pass a limit, and the first created come first`(
        concurrency: Int
    ) async throws {
        let scene = try Scene()
        // 50 items of 0.15 BTC, of which 13 fit into 2 BTC; listed newest first.
        let ids = try (1...50).reversed().map { try scene.withdrawal($0, amount: "0.15000000") }
        let summary = try await scene.pass(concurrency: concurrency)
        #expect(summary.actions == [.allow: 13, .escalate: 37])
        #expect(Set(scene.custody.approvals.map(\.transaction)) == Set(ids.suffix(13)))
        for id in ids.dropLast(13) { #expect(try scene.codes(of: id) == ["LIMIT_EXCEEDED"]) }
        try await scene.expectSafe()
        let again = try await scene.pass(concurrency: concurrency)
        #expect(again.actions == [.escalate: 37])
        try await scene.expectSafe()
    }

    @Test func `items of one moment are taken in the order of their ids`() async throws {
        let scene = try Scene()
        let ids = try [5, 3, 4, 1, 2].map { try scene.withdrawal($0, amount: "0.90000000") }
        for id in ids { scene.custody.set(id, "created_at", .string("2026-10-02T08:00:00Z")) }
        try await scene.pass(concurrency: 4)
        let approved = Set(scene.custody.approvals.map(\.transaction))
        #expect(approved == [try scene.id(1), try scene.id(2)])
    }

    @Test func `items without a readable created_at come last`() async throws {
        let scene = try Scene()
        let ids = try (1...3).map { try scene.withdrawal($0, amount: "0.90000000") }
        scene.custody.set(ids[0], "created_at", .string("yesterday"))
        try await scene.pass()
        #expect(Set(scene.custody.approvals.map(\.transaction)) == Set(ids.suffix(2)))
    }

    @Test func `no more exchanges are in flight than the concurrency allows`() async throws {
        let scene = try Scene()
        for n in 1...24 { try scene.withdrawal(n, amount: "0.01000000") }
        let first = try scene.id(1)
        let running = Running()
        scene.custody.script.before = { _, call in
            await running.begin()
            // The first item is read slowly, so that others are read ahead of its decision.
            let turns = call == .transaction(first) ? 300 : 5
            for _ in 1...turns { await Task.yield() }
            await running.end()
        }
        let summary = try await scene.pass(concurrency: 4)
        #expect(summary.outcomes == [.confirmed: 24])
        #expect(await running.peak <= 4)
        #expect(await running.peak > 1)
    }

    @Test func `an allow that nothing can be reserved for is not begun`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.set(id, "address", .null)
        let rule = Rule(
            id: "too-wide", action: .allow, conditions: [.type(TypeCondition([.withdrawal]))])
        try await scene.pass(
            try scene.approver(policy: try scene.policy(rules: [rule])))
        #expect(try scene.report(of: id).decision.action == .escalate)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
    }
}

/// Counts what runs at once.
actor Running {
    private var now = 0
    private(set) var peak = 0

    func begin() {
        now += 1
        peak = max(peak, now)
    }

    func end() { now -= 1 }
}
