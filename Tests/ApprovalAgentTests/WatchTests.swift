import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct WatchTests {
    /// The sizes and numbers of the pages that were asked for, of the first account.
    private func pages(_ scene: Scene) -> [String] {
        scene.custody.calls.compactMap { call in
            guard case .list(scene.account.id, let page, let size) = call else { return nil }
            return "\(page)x\(size)"
        }
    }

    /// Items that are no concern of ours, in place of the platform's list.
    private func item(
        _ scene: Scene, _ id: TransactionID, type: String = "WITHDRAWAL",
        state: String = "PENDING", account: String? = nil
    ) -> JSONValue {
        .object([
            JSONMember("id", .string(id.text)),
            JSONMember("account_id", .string(account ?? scene.account.id.text)),
            JSONMember("type", .string(type)), JSONMember("state", .string(state)),
        ])
    }

    @Test func `every page is collected before anything is acted on`() async throws {
        let scene = try Scene()
        for n in 1...130 { try scene.withdrawal(n, amount: "0.00100000") }
        let summary = try await scene.pass(concurrency: 8)
        #expect(pages(scene) == ["1x64", "2x64", "3x64"])
        #expect(summary.outcomes == [.confirmed: 130])
        let first = try #require(scene.custody.calls.firstIndex { !$0.isQuestion })
        let last = try #require(
            scene.custody.calls.lastIndex { if case .list = $0 { true } else { false } })
        #expect(last < first)
    }

    @Test func `I9: a page that is no JSON is halved down to the one bad item, told by its place`()
        async throws
    {
        let scene = try Scene()
        let ids = try (1...70).map { try scene.withdrawal($0, amount: "0.00100000") }
        let bodies = ids.map { item(scene, $0) }
        // The bad item is the 38th.
        scene.custody.script.page = { page, size throws(CustodyError) in
            let start = (page - 1) * size
            let end = min(start + size, bodies.count)
            if (start..<max(start, end)).contains(37) {
                throw CustodyError.malformed(MalformedBody("bad", isNotJSON: true))
            }
            return TransactionPage(
                items: start < end ? Array(bodies[start..<end]) : [],
                next: end < bodies.count ? page + 1 : nil)
        }
        let summary = try await scene.pass(
            try scene.approver(policy: try scene.policy(accounts: [scene.account])))
        #expect(
            pages(scene) == [
                "1x64", "1x32", "2x32", "3x16", "5x8", "9x4", "10x4", "19x2", "37x1", "38x1",
                "20x2", "6x8", "4x16", "2x64",
            ])
        #expect(summary.outcomes == [.confirmed: 69, .quarantined: 1])
        let bad = try #require(scene.reports.all.first { $0.transactionID == nil })
        #expect(bad.decision.reasons.map(\.code) == ["MALFORMED"])
        #expect(bad.decision.reasons.first?.message.contains("payouts, place 37") == true)
        #expect(scene.custody.transactionState(ids[37]) == "PENDING")
        #expect(summary.exitCode == 4)
    }

    @Test(arguments: [1, 3, 0, -1, Int.max])
    func `a next page that jumps or repeats makes the list an error`(next: Int) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let body = item(scene, id)
        scene.custody.script.page = { _, _ in TransactionPage(items: [body], next: next) }
        let summary = try await scene.pass()
        #expect(summary.incomplete.count == 2)
        #expect(summary.exitCode == 1)
        #expect(summary.seen == 0)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
    }

    @Test func `pages that never end are an error, not an endless loop`() async throws {
        for items in [0, 1] {
            let scene = try Scene()
            let id = try scene.withdrawal(1)
            let bodies = Array(repeating: item(scene, id), count: items)
            scene.custody.script.page = { page, _ in
                // Even a broken agent must end this test.
                page > 5_000
                    ? TransactionPage(items: [], next: nil)
                    : TransactionPage(items: bodies, next: page + 1)
            }
            let summary = try await scene.pass(
                try scene.approver(policy: try scene.policy(accounts: [scene.account])))
            #expect(summary.incomplete.count == 1)
            #expect(pages(scene).count <= 1_600)
        }
    }

    @Test func `one account's broken list leaves the other account's work alone`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let treasury = scene.treasury.id
        scene.custody.script.fault = { _, call in
            if case .list(treasury, _, _) = call {
                ScriptedCustody.Fault(.ambiguous("reset"))
            } else {
                nil
            }
        }
        let summary = try await scene.pass()
        #expect(scene.custody.approvals.map(\.transaction) == [id])
        #expect(summary.incomplete.count == 1)
        #expect(summary.exitCode == 1)
    }

    @Test func `an item that stands on two pages is dealt with once`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let other = try scene.withdrawal(2)
        let bodies = [item(scene, id), item(scene, other)]
        scene.custody.script.page = { page, _ in
            page == 1
                ? TransactionPage(items: [bodies[0]], next: 2)
                : TransactionPage(items: bodies, next: nil)
        }
        let summary = try await scene.pass(
            try scene.approver(policy: try scene.policy(accounts: [scene.account])))
        #expect(summary.seen == 2)
        #expect(summary.outcomes == [.confirmed: 2])
    }

    @Test func `an ignored filter widens nothing`() async throws {
        let scene = try Scene()
        let mine = try scene.withdrawal(1)
        let deposit = try scene.withdrawal(2)
        let done = try scene.withdrawal(3)
        let foreign = try scene.withdrawal(4)
        let bodies = [
            item(scene, deposit, type: "DEPOSIT"), item(scene, done, state: "COMPLETED"),
            item(scene, foreign, account: scene.treasury.id.text), item(scene, mine),
            .string("no object"), .object([JSONMember("id", .string(foreign.text))]),
        ]
        scene.custody.script.page = { _, _ in TransactionPage(items: bodies, next: nil) }
        let summary = try await scene.pass(
            try scene.approver(policy: try scene.policy(accounts: [scene.account])))
        #expect(scene.custody.approvals.map(\.transaction) == [mine])
        #expect(summary.outcomes == [.confirmed: 1, .quarantined: 3])
        let quarantined = scene.reports.all.filter { $0.outcome == .quarantined }
        #expect(quarantined.map(\.transactionID) == [foreign.text, nil, foreign.text])
        #expect(quarantined.allSatisfy { $0.decision.reasons.map(\.code) == ["MALFORMED"] })
    }

    @Test func `a page with more than was asked for is an error`() async throws {
        let scene = try Scene()
        let bodies = try (1...65).map { item(scene, try scene.withdrawal($0)) }
        scene.custody.script.page = { _, _ in TransactionPage(items: bodies, next: nil) }
        let summary = try await scene.pass()
        #expect(summary.incomplete.count == 2)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
    }

    @Test func `a list of unreadable items is given up after a bound`() async throws {
        let scene = try Scene()
        scene.custody.script.page = { _, _ throws(CustodyError) in
            throw .malformed(MalformedBody("bad", isNotJSON: true))
        }
        let summary = try await scene.pass(
            try scene.approver(policy: try scene.policy(accounts: [scene.account])))
        #expect(summary.incomplete.count == 1)
        #expect(pages(scene).count <= 2 * 127)
    }
}
