import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Reconciling beside the agent, hour after hour.
@Suite struct ReconcilingTests {
    /// Runs it until it looked so many times; `between` is called after each look, from 1.
    private func run(
        _ scene: Scene, looks: Int, figures: Figures = Figures(),
        ledger: (any Ledger)? = nil, between: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> [ReconcileReport] {
        let reports = Gathered<ReconcileReport>()
        try await Reconciling(
            try scene.approver(ledger: ledger, figures: figures), history: scene.custody,
            records: scene.ledger.book
        ) { event in
            switch event {
            case .reconciled(let report): reports.add(report)
            case .failed: break
            }
            between(reports.all.count)
            if reports.all.count == looks { scene.stop.stop() }
        }.run()
        return reports.all
    }

    private func scopes(_ scene: Scene) -> [UnixTime] {
        scene.custody.calls.compactMap { call in
            if case .history(scene.account.id, let since, page: 1, _) = call { since } else { nil }
        }
    }

    @Test func `everything at the start and each day, and each hour what is new`() async throws {
        let scene = try Scene()
        try scene.strange(1)
        _ = try await run(scene, looks: 26)
        let pages = scene.custody.calls.count {
            if case .history(scene.account.id, _, _, _) = $0 { true } else { false }
        }
        #expect(pages == 26)
        #expect(scopes(scene).count == 24, "the first and one a day later are of everything")
        let waits = scene.clock.waits.filter { $0 > 1_000 }
        #expect(Set(waits) == [Reconciling.interval])
    }

    @Test func `the next look goes back to what was still PENDING`() async throws {
        let scene = try Scene()
        let old = try scene.withdrawal(1)
        scene.custody.set(old, "created_at", .string("2026-08-01T09:00:00.000Z"))
        let reports = try await run(scene, looks: 3) { look in
            if look == 2 { scene.custody.set(old, "state", .string("APPROVED")) }
        }
        #expect(reports.map(\.unexplained) == [0, 0, 1])
        #expect(scopes(scene).allSatisfy { $0.description == "2026-08-01T09:00:00.000Z" })
    }

    @Test func `an entry is written when the result is another, and only then`() async throws {
        let scene = try Scene()
        let reports = try await run(scene, looks: 6) { look in
            if look == 3 { _ = try? scene.strange(3_000) }
        }
        let entries = await scene.ledger.entries.filter { $0.kind == .reconciled }
        #expect(reports.map(\.unexplained) == [0, 0, 0, 1, 1, 1])
        #expect(entries.count == 2)
        #expect(entries.map { $0["trigger"]?.text } == ["start", "schedule"])
        let told = entries.last?["unexplained"]?.elements?.first
        let id = try scene.id(3_000)
        #expect(told?["transaction_id"]?.text == id.text)
        #expect(told?["class"]?.text == "unseen")
    }

    @Test func `each unexplained approval is counted once`() async throws {
        let scene = try Scene()
        let figures = Figures()
        _ = try await run(scene, looks: 30, figures: figures) { look in
            if look == 2 { for n in 3_000...3_004 { _ = try? scene.strange(n) } }
        }
        #expect(figures.snapshot.unexplained == 5)
        #expect(figures.snapshot.lastReconciled != nil)
    }

    @Test func `an outage is tried again soon, then less often, and nothing is written`()
        async throws
    {
        let scene = try Scene()
        var script = scene.custody.script
        script.fault = { _, call in
            if case .history = call { .init(.notSent("down")) } else { nil }
        }
        scene.custody.script = script
        let reports = try await run(scene, looks: 6)
        let waits = scene.clock.waits.filter { $0 > 1_000 }
        #expect(Array(waits.prefix(5)) == [300_000, 600_000, 1_200_000, 2_400_000, 3_600_000])
        #expect(reports.allSatisfy { !$0.isComplete })
    }

    @Test func `I10: a ledger that cannot record what was found ends the process`() async throws {
        let scene = try Scene()
        try scene.strange(1)
        let faulty = FaultyLedger(scene.ledger, failing: 1)
        await #expect(throws: Stop.self) { _ = try await run(scene, looks: 1, ledger: faulty) }
    }

    @Test func `people are told of it once, and again while it lasts`() async throws {
        let scene = try Scene()
        try scene.strange(1)
        let report = try await scene.look()
        var board = NoticeBoard()
        var told: [Int64] = []
        for hour in 0..<Int64(30) {
            let now = scene.clock.now().advanced(byMilliseconds: hour * 3_600_000)
            for case .notice(let notice) in board.found(report.findings, at: now) {
                #expect(notice.kind == .unexplained && notice.reasons.count == 1)
                told.append(hour)
            }
            _ = board.passed([], isComplete: true, at: now)
        }
        #expect(told == [0, 1, 5, 29])
    }

    @Test func `many unexplained approvals are told as a number, and hide no escalation's place`()
        async throws
    {
        let scene = try Scene()
        for n in 1...50 { try scene.strange(n) }
        let report = try await scene.look()
        var board = NoticeBoard()
        let told = board.found(report.findings, at: scene.clock.now())
        #expect(told.count == NoticeBoard.mostPerMinute + 1)
        #expect(told.last == .more(40, since: scene.clock.now()))
    }
}
