import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Long lists, and lists that lie.
@Suite struct ReconcilePagesTests {
    private func body(_ scene: Scene, _ n: Int, account: AccountID? = nil) throws -> JSONValue {
        .object([
            JSONMember("id", .string(try scene.id(n).text)),
            JSONMember("account_id", .string((account ?? scene.account.id).text)),
            JSONMember("type", .string("WITHDRAWAL")), JSONMember("state", .string("COMPLETED")),
            JSONMember("created_at", .string("2026-10-02T08:00:00Z")),
        ])
    }

    private func answer(
        _ scene: Scene,
        _ page: @escaping @Sendable (Int, Int) throws(CustodyError) -> TransactionPage?
    ) {
        var script = scene.custody.script
        script.historyPage = page
        scene.custody.script = script
    }

    @Test func `every page is read, at ten requests a second at most`() async throws {
        let scene = try Scene()
        for n in 1...200 { try scene.strange(n) }
        let start = scene.clock.now()
        let before = scene.custody.calls.count
        let report = try await scene.look()
        #expect(report.approvals == [.unseen: 200] && report.listed == 200 && report.isComplete)
        let requests = scene.custody.calls.count - before
        let took = scene.clock.now().milliseconds - start.milliseconds
        #expect(requests == 6, "four pages, the other account and the entity's accounts")
        #expect(took >= Int64(requests) * Reconciliation.pause)
    }

    @Test func `what fails or is approved while pages are read hides nothing`() async throws {
        let scene = try Scene()
        for n in 1...200 { try scene.strange(n) }
        for n in 201...210 { try scene.withdrawal(n) }
        var script = scene.custody.script
        script.before = { [custody = scene.custody] _, call in
            guard case .history(_, _, page: 2, _) = call else { return }
            for n in 1...20 {
                if let id = try? scene.id(n) { custody.set(id, "state", .string("FAILED")) }
            }
            if let id = try? scene.id(205) { custody.set(id, "state", .string("APPROVED")) }
        }
        scene.custody.script = script
        let report = try await scene.look()
        #expect(report.listed == 210)
        #expect(Set(report.findings.map(\.transactionID)).count == 201)
    }

    @Test func `a list that loops, repeats, jumps or never ends is an error of that account`()
        async throws
    {
        let scene = try Scene()
        let full = try (1...64).map { try body(scene, $0) }
        let pages: [(String, @Sendable (Int, Int) throws(CustodyError) -> TransactionPage?)] = [
            ("pagination.next", { page, _ in TransactionPage(items: full, next: page) }),
            ("repeats a page", { page, _ in TransactionPage(items: full, next: page + 1) }),
            ("an empty page", { page, _ in TransactionPage(items: [], next: page + 1) }),
            ("pagination.next", { page, _ in TransactionPage(items: full, next: page + 2) }),
            ("more than was asked", { page, _ in TransactionPage(items: full + full, next: nil) }),
        ]
        for (problem, page) in pages {
            answer(scene, page)
            let report = try await scene.look()
            let told = report.problems.filter { $0.contains(problem) }
            #expect(told.count >= 1, "\(problem): \(report.problems)")
            #expect(report.horizon == nil && !report.isComplete)
        }
    }

    /// Two pages by turns, with times that are given for each transaction.
    private func rounds(
        _ time: @escaping @Sendable (Int) -> String
    ) async throws -> ReconcileReport {
        let scene = try Scene()
        let items = try (1...128).map { n in
            JSONValue.object([
                JSONMember("id", .string(try scene.id(n).text)),
                JSONMember("account_id", .string(scene.account.id.text)),
                JSONMember("type", .string("WITHDRAWAL")),
                JSONMember("state", .string("COMPLETED")),
                JSONMember("created_at", .string(time(n))),
            ])
        }
        answer(scene) { page, _ in
            TransactionPage(
                items: Array(page.isMultiple(of: 2) ? items[64...] : items[..<64]), next: page + 1)
        }
        return try await scene.look()
    }

    @Test func `pages that go round and round end, whatever times they show`() async throws {
        let sound = try await rounds { "2026-10-02T08:\(10 + $0 / 60):\(10 + $0 % 60 / 2)Z" }
        let equal = try await rounds { _ in "2026-10-02T08:00:00Z" }
        let none = try await rounds { _ in "yesterday" }
        for (report, problem) in [
            (sound, "back in time"), (equal, "repeats a page"), (none, "cannot be read"),
        ] {
            let isTold = report.problems.contains { $0.contains(problem) }
            #expect(isTold, "\(problem): \(report.problems)")
            #expect(report.horizon == nil)
        }
        #expect(equal.listed == 128 + 64)
    }

    @Test func `an item of another account, one without an id and one of another type`()
        async throws
    {
        let scene = try Scene()
        let items = [
            try body(scene, 1), try body(scene, 2, account: scene.treasury.id),
            .object([JSONMember("type", .string("WITHDRAWAL"))]),
            .object([JSONMember("type", .string("DEPOSIT"))]),
        ]
        answer(scene) { page, _ in TransactionPage(items: items, next: nil) }
        let report = try await scene.look()
        #expect(report.findings.contains { $0.account == scene.account })
        let foreign = report.problems.filter { $0.contains("account_id is not") }
        let nameless = report.problems.filter { $0.contains("id is not a string") }
        #expect(foreign.count == 2 && nameless.count == 2 && report.problems.count == 4)
    }

    @Test func `an account that cannot be read keeps no other from being looked at`() async throws {
        let scene = try Scene()
        let id = try scene.strange(1)
        var script = scene.custody.script
        script.fault = { [treasury = scene.treasury.id] _, call in
            if case .history(treasury, _, _, _) = call { .init(.notSent("down")) } else { nil }
        }
        scene.custody.script = script
        let report = try await scene.look()
        #expect(scene.classes(report) == [id: .unseen])
        #expect(report.problems.count == 1 && report.horizon == nil)
    }

    @Test func `of many ids none that was there is ever missed`() throws {
        let scene = try Scene()
        var seen = SeenTransactions()
        for n in 1...20_000 { seen.insert(try scene.id(n)) }
        var wrong = 0
        for n in 1...20_000 where !seen.mayContain(try scene.id(n)) { wrong += 1 }
        #expect(wrong == 0)
        var overlooked = 0
        for n in 20_001...40_000 where seen.mayContain(try scene.id(n)) { overlooked += 1 }
        #expect(overlooked < 20)
    }
}
