import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What lost entries signed and the platform still shows PENDING is never signed again.
@Suite struct RecallTests {
    private func lost(
        _ ids: [TransactionID], isSigned: Bool = true, account: AccountID? = nil
    ) async throws -> LostEntries {
        let (scene, older) = (try LogScene(), try LogScene())
        let directory = InMemoryLogDirectory()
        for id in ids {
            let message = account.map { JSONMember("message", .string("account_id: \($0)")) }
            try await scene.ledger.append(
                isSigned ? .signed : .asked, about: id, entry: [message].compactMap(\.self),
                now: scene.clock.now())
        }
        let mark = InMemoryHighWaterMark()
        _ = try await scene.publisher(directory, mark).publish()
        return try await older.places(directory, mark).lostEntries()
    }

    private func accept(_ scene: Scene, _ lost: LostEntries) async throws -> Acceptance.Outcome {
        let policy = try scene.policy()
        try await scene.ledger.activate(policy, now: scene.clock.now()) {}
        return try await Acceptance(
            try scene.reconciliation(), ledger: scene.ledger, policy: policy,
            word: .init(by: "bora", why: "the disk was lost"), isAfterLoss: true, lost: lost,
            sha256: TestSHA256.hash
        ).run()
    }

    @Test(arguments: [true, false])
    func `what is PENDING and was signed or asked for is accepted, counts and stays unsigned`(
        isSigned: Bool
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, amount: "0.90000000")
        let approved = try scene.strange(2, amount: "0.50000000")
        let outcome = try await accept(scene, try await lost([id, approved], isSigned: isSigned))
        #expect(outcome.recalled == [id] && outcome.accepted == 1 && outcome.uncounted == [])
        #expect(outcome.report.isComplete)
        let entry = await scene.ledger.entries.last { $0.kind == .reconciled }
        let told = entry?["accepted"]?.elements?.first
        #expect(told?["class"]?.text == "lost" && told?["state"]?.text == "PENDING")
        // 2 BTC a day, of which 1.4 are spent.
        let fits = try scene.withdrawal(10, amount: "0.50000000")
        let exceeds = try scene.withdrawal(11, amount: "0.20000000")
        try await scene.pass()
        #expect(try scene.report(of: fits).outcome == .confirmed)
        #expect(try scene.codes(of: exceeds) == ["LIMIT_EXCEEDED"])
        #expect(try scene.codes(of: id) == ["IN_PROGRESS"])
        #expect(scene.custody.approvals.map(\.transaction) == [fits])
        // In another amount neither.
        scene.custody.set(id, "amount", .string("-0.00100000"))
        try await scene.pass()
        #expect(scene.custody.approvals.map(\.transaction) == [fits])
        #expect(try await accept(scene, try await lost([id])).recalled == [], "once is enough")
    }

    @Test func `without what is lost it would be signed again`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, amount: "0.90000000")
        #expect(try await accept(scene, LostEntries()).recalled == [])
        try await scene.pass()
        #expect(scene.custody.approvals.map(\.transaction) == [id])
    }

    @Test func `what this ledger decided on and the lost entries signed is accepted`() async throws
    {
        let scene = try Scene()
        scene.halt.halt(by: "bora")
        let id = try scene.withdrawal(1)
        try await scene.pass()
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        #expect(try await accept(scene, try await lost([id])).recalled == [id])
    }

    @Test func `what this ledger signed itself is left to it`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        scene.custody.set(id, "state", .string("PENDING"))
        #expect(try await accept(scene, try await lost([id])).recalled == [])
    }

    @Test func `what no account shows any more is kept uncounted, where its account is known`()
        async throws
    {
        let scene = try Scene()
        let (gone, nowhere) = (try scene.id(1), try scene.id(2))
        let known = try await lost([gone], account: scene.account.id)
        let outcome = try await accept(scene, known)
        #expect(outcome.recalled == [gone] && outcome.uncounted == [gone])
        #expect(try await scene.ledger.item(gone)?.state == .accepted)
        let unknown = try await accept(scene, try await lost([nowhere], isSigned: false))
        #expect(unknown.recalled == [] && unknown.unplaced == [nowhere])
        #expect(unknown.report.isComplete)
        // It comes back, and is not signed.
        try scene.withdrawal(1)
        try await scene.pass()
        #expect(scene.custody.approvals.isEmpty)
    }

    @Test func `what cannot be read stays open, and so does the loss`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        var script = scene.custody.script
        script.fault = { _, call in
            if case .transaction = call { .init(.notSent("down")) } else { nil }
        }
        scene.custody.script = script
        let outcome = try await accept(scene, try await lost([id]))
        #expect(outcome.recalled == [] && !outcome.report.isComplete)
        let told = outcome.report.problems.filter { $0.contains(id.text) }
        #expect(told.count == 1)
    }

    @Test func `an approval that nothing can count stays open after a loss`() async throws {
        let scene = try Scene()
        let id = try scene.strange(1)
        scene.custody.set(id, "amount", .string("-0.123456789012"))
        let outcome = try await accept(scene, LostEntries())
        #expect(outcome.accepted == 0 && outcome.uncounted == [])
        #expect(!outcome.report.isComplete && outcome.remaining.unexplained == 1)
        let told = outcome.report.problems.filter { $0.contains(id.text) }
        #expect(told.count == 1 && told.first?.contains("stays open") == true)
        #expect(try await scene.ledger.item(id) == nil)
    }
}
