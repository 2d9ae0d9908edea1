import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A stop or a failure at every call while people are asked, then a new agent on the same ledger.
@Suite struct GroupCrashTests {
    private static let orders: [Quorum.Order] = [.sequential, .parallel]

    /// Two withdrawals that are asked for, and one that does not fit into the limit beside them.
    private func scene(_ order: Quorum.Order) throws -> (GroupScene, [TransactionID]) {
        let group = try GroupScene(order)
        let ids = try (1...3).map { try group.scene.withdrawal($0, amount: "0.90000000") }
        return (group, ids)
    }

    private func passes(
        _ group: GroupScene, ledger: (any Ledger)? = nil, concurrency: Int = 1
    ) async throws {
        for name in ["ceo", "cfo", "coo", ""] {
            let approver = try group.scene.approver(ledger: ledger, policy: group.policy())
            try await group.scene.pass(approver, concurrency: concurrency)
            if !name.isEmpty { try group.approve(name) }
        }
    }

    /// What must hold whatever happened, and that it comes to its end.
    private func finish(
        _ group: GroupScene, _ ids: [TransactionID], _ note: Comment
    ) async throws {
        group.scene.custody.script.fault = { _, _ in nil }
        for _ in 0..<3 { try await passes(group) }
        let approved = ids.filter { group.scene.custody.transactionState($0) == "APPROVED" }
        #expect(approved.count == 2, note)
        for id in ids {
            let expected: ItemState = approved.contains(id) ? .confirmed : .decided
            #expect(try await group.state(id) == expected, note)
            let parts = Dictionary(grouping: group.scene.custody.parts(of: id), by: \.member)
            #expect(parts.values.allSatisfy { $0.count <= Asking.mostBegun }, note)
        }
        #expect(group.scene.groupSwitch.current() == nil, note)
        #expect(group.scene.custody.approvals == [], note)
        try await group.scene.expectSafe()
    }

    @Test(arguments: orders, [false, true])
    func
        `I10: a ledger that fails at any call while people are asked stops it, and a restart goes on`(
            _ order: Quorum.Order, afterEffect: Bool
        ) async throws
    {
        let (whole, _) = try scene(order)
        let counting = FaultyLedger(whole.scene.ledger, failing: .max)
        try await passes(whole, ledger: counting)
        #expect(counting.calls >= 40)
        for n in 1...counting.calls {
            let note: Comment = "ledger call \(n), after its effect: \(afterEffect)"
            let (group, ids) = try scene(order)
            let faulty = FaultyLedger(group.scene.ledger, failing: n, afterEffect: afterEffect)
            await #expect(throws: Stop.self, note) {
                try await passes(group, ledger: faulty, concurrency: n % 2 == 0 ? 1 : 4)
            }
            try await finish(group, ids, note)
        }
    }

    @Test(arguments: orders)
    func `I6: a platform that fails at any call while people are asked is read when it is back`(
        _ order: Quorum.Order
    ) async throws {
        let (whole, _) = try scene(order)
        try await passes(whole)
        let calls = whole.scene.custody.calls.count
        #expect(calls >= 60)
        // Each call fails in one way, and the ways take turns.
        for n in 1...calls {
            let kind = (5 * n + 3) % CrashTests.faults.count
            let fault = CrashTests.faults[kind]
            let (group, ids) = try scene(order)
            group.scene.custody.script.fault = { call, _ in call == n ? fault : nil }
            try await passes(group)
            try await expectExplained(group, ids, "call \(n), fault \(kind) \(fault)")
        }
    }

    /// Nothing beyond the limit, nobody asked too often, nothing that nobody knows of.
    private func expectExplained(
        _ group: GroupScene, _ ids: [TransactionID], _ note: Comment
    ) async throws {
        group.scene.custody.script.fault = { _, _ in nil }
        for _ in 0..<2 { try await passes(group) }
        for id in ids {
            let parts = Dictionary(grouping: group.scene.custody.parts(of: id), by: \.member)
            #expect(parts.values.allSatisfy { $0.count <= Asking.mostBegun }, note)
            let platform = group.scene.custody.transactionState(id)
            let state = try await group.state(id)
            #expect((platform == "APPROVED") == (state == .confirmed || state == .conflict), note)
        }
        #expect(group.scene.custody.approvals == [], note)
        try await group.scene.expectSafe()
    }
}
