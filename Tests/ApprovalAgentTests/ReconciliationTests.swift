import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What the platform shows as approved, held against the ledger, and the reverse.
@Suite struct ReconciliationTests {
    @Test func `what was signed here is ours, and reconciling only asks`() async throws {
        let scene = try Scene()
        try scene.withdrawal(1)
        try await scene.pass()
        let writes = await scene.ledger.writes
        let before = scene.custody.calls.count
        let report = try await scene.look()
        #expect(report.approvals == [.ours: 1] && report.isComplete && report.listed == 1)
        #expect(report.findings == [] && report.unapproved == [])
        let commands = scene.custody.calls.dropFirst(before).filter { !$0.isQuestion }
        #expect(commands == [])
        #expect(await scene.ledger.writes == writes)
    }

    @Test func `an approval is classed by the last verdict on it`() async throws {
        let scene = try Scene()
        let human = try await scene.approved(1, amount: "1.00000000")
        let blocked = try await scene.approved(2, amount: "0.1", address: Scene.frozen)
        let unseen = try scene.strange(3)
        scene.halt.halt(by: "bora")
        let held = try await scene.approved(4, amount: "0.40000000")
        let report = try await scene.look()
        let verdicts = report.findings.reduce(into: [:]) { $0[$1.transactionID] = $1.verdict }
        #expect(scene.classes(report) == [blocked: .againstPolicy, unseen: .unseen])
        #expect(verdicts == [blocked: .block])
        // The first was allowed and signed; the last was held for the halt.
        #expect(report.approvals[.ours] == 1 && report.approvals[.human] == 1)
        #expect(await scene.ledger.kinds(of: human).contains(.signed))
        #expect(await scene.ledger.kinds(of: held) == [.decided])
    }

    @Test func `what the policy allowed and somebody else approved is unsigned, and alarms`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        var script = scene.custody.script
        // Its request is the platform's to refuse: it is decided, reserved, and let go.
        script.fault = { _, call in
            if case .create = call { .init(.refused(status: 409)) } else { nil }
        }
        scene.custody.script = script
        try await scene.pass()
        #expect(await scene.ledger.kinds(of: id).last == .released)
        scene.custody.set(id, "state", .string("COMPLETED"))
        let report = try await scene.look()
        #expect(scene.classes(report) == [id: .unsigned])
        #expect(report.findings.first?.verdict == .allow)
    }

    @Test func `a verdict on what was approved already takes no block back`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1, amount: "0.10000000", address: Scene.frozen)
        try await scene.pass()
        // It is listed as PENDING once more, and read as APPROVED.
        var script = scene.custody.script
        script.transaction = { _, _, members in
            members.map { $0.name == "state" ? JSONMember("state", .string("APPROVED")) : $0 }
        }
        scene.custody.script = script
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["NOT_PENDING"])
        scene.custody.set(id, "state", .string("APPROVED"))
        #expect(scene.classes(try await scene.look()) == [id: .againstPolicy])
    }

    @Test func `seen first when it was approved already is unseen`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        var script = scene.custody.script
        script.transaction = { _, _, members in
            members.map { $0.name == "state" ? JSONMember("state", .string("APPROVED")) : $0 }
        }
        scene.custody.script = script
        try await scene.pass()
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        scene.custody.set(id, "state", .string("APPROVED"))
        #expect(scene.classes(try await scene.look()) == [id: .unseen])
    }

    @Test func `another amount than the signed one is told, with the field`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        scene.custody.set(id, "amount", .string("-0.90000000"))
        let report = try await scene.look()
        #expect(scene.classes(report) == [id: .changed])
        #expect(report.findings.first?.fields == ["amount"])
    }

    @Test func `a list that shows another amount is no evidence`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        scene.custody.set(id, "amount", .string("-0.90000000"))
        var script = scene.custody.script
        script.transaction = { _, _, members in
            members.map {
                $0.name == "amount" ? JSONMember("amount", .string("-0.40000000")) : $0
            }
        }
        scene.custody.script = script
        #expect(try await scene.look().approvals == [.ours: 1])
    }

    @Test(arguments: [
        ("PENDING", 1), ("CANCELLED", 1), ("STRANGE", 1), ("FAILED", 0),
    ])
    func `confirmed here and something else there is late at once, but for FAILED`(
        state: String, late: Int
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        scene.custody.set(id, "state", .string(state))
        let report = try await scene.look()
        #expect(report.late == late && report.failed == 1 - late)
        #expect(report.unapproved.map(\.transactionID) == (late == 1 ? [id] : []))
    }

    @Test func `what is signed has an hour to become approved`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        var script = scene.custody.script
        script.fault = { _, call in
            if case .approve = call { .init(.ambiguous("lost")) } else { nil }
        }
        scene.custody.script = script
        try await scene.pass()
        scene.custody.script = Scene.honest(scene.custody.script)
        scene.custody.set(id, "state", .string("PENDING"))
        let soon = try await scene.look()
        #expect(soon.unapproved.map(\.isLate) == [false] && soon.late == 0)
        scene.clock.advance(milliseconds: Reconciliation.grace)
        #expect(try await scene.look().late == 1)
    }

    @Test func `what was signed and is listed no more is asked for by its id`() async throws {
        let scene = try Scene()
        let (gone, hidden) = (try scene.withdrawal(1), try scene.withdrawal(2))
        try await scene.pass()
        var script = scene.custody.script
        script.historyPage = { _, _ in TransactionPage(items: [], next: nil) }
        script.fault = { _, call in
            call == .transaction(gone) ? .init(.refused(status: 404)) : nil
        }
        scene.custody.script = script
        let report = try await scene.look()
        #expect(report.unapproved.map(\.transactionID) == [gone])
        #expect(report.unapproved.first?.state == nil && report.late == 1)
        #expect(report.problems == ["\(hidden) is APPROVED and was not listed"])
    }

    @Test func `a state that the guide does not know is told, for it may be an approval`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.strange(1, state: "SETTLED")
        let report = try await scene.look()
        #expect(report.listed == 1 && report.approvals.isEmpty && !report.isComplete)
        let told = report.problems.filter { $0.contains(id.text) && $0.contains("may be approved") }
        #expect(told.count == 1, "\(report.problems)")
    }

    @Test func `accounts without end end, and one that is shown twice is listed once`()
        async throws
    {
        let scene = try Scene()
        let custody = EndlessAccounts(history: scene.custody)
        let report = try await Reconciliation(
            history: custody, records: scene.ledger.book, clock: scene.clock,
            policy: try scene.policy().policy, entities: [scene.account.entityID]
        ).run(.everything)
        #expect(report.problems.count == 1 && !report.isComplete)
        #expect(report.problems.first?.contains("repeats a page") == true, "\(report.problems)")
        #expect(report.uncoveredInAll == 1)
    }

    @Test func `accounts that no policy covers are listed`() async throws {
        let scene = try Scene()
        let other = try #require(AccountID("00000000000000000000000000000009acct"))
        scene.custody.add(
            PolicyAccount(
                name: "other", id: other, entityID: scene.account.entityID,
                asset: scene.account.asset))
        let report = try await scene.look()
        #expect(report.uncovered.map(\.accountID) == [other.text])
        #expect(report.uncoveredInAll == 1 && report.isComplete)
    }
}

/// A platform whose list of accounts shows the same account twice on every page.
private struct EndlessAccounts: CustodyHistory {
    let history: any CustodyHistory

    func history(
        of account: PolicyAccount, since: UnixTime?, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        try await history.history(of: account, since: since, page: page, size: size)
    }

    func accounts(
        of entity: EntityID, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let one = JSONValue.object(["id": .string("00000000000000000000000000000009acct")])
        return TransactionPage(items: [one, one], next: page + 1)
    }

    func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        try await history.transaction(id, of: account)
    }
}

/// The class of each state and verdict, one by one.
@Suite struct ExplanationTests {
    private func transaction() throws -> Transaction {
        let sample = try Sample()
        return try sample.transaction(sample.withdrawal())
    }

    @Test(arguments: [
        (Decision.Action?.none, ApprovalClass.unseen), (.allow, .unsigned),
        (.block, .againstPolicy), (.escalate, .human), (.hold, .human),
    ])
    func `where nothing was signed the verdict tells`(
        verdict: Decision.Action?, classed: ApprovalClass
    ) throws {
        let transaction = try transaction()
        for state in [ItemState.decided, .released, .intended, .requested, .failed] {
            let record = ApprovalRecord(
                item: Kept.item(transaction, state), verdict: verdict, signedAt: nil)
            #expect(ApprovalRecord?(record).explanation(of: transaction) == classed)
        }
    }

    @Test func `no entry, only a quarantine, a conflict, an acceptance, people asked`() throws {
        let transaction = try transaction()
        func classed(_ state: ItemState) -> ApprovalClass {
            ApprovalRecord?(
                ApprovalRecord(
                    item: Kept.item(transaction, state), verdict: .allow, signedAt: nil)
            ).explanation(of: transaction)
        }
        let quarantined = ApprovalRecord(item: nil, verdict: .hold, signedAt: nil)
        #expect(ApprovalRecord?.none.explanation(of: transaction) == .unseen)
        #expect(ApprovalRecord?(quarantined).explanation(of: transaction) == .human)
        #expect(classed(.conflict) == .conflict)
        #expect(classed(.accepted) == .accepted)
        #expect(classed(.asked) == .asked)
    }

    @Test func `a signed message is compared line by line, its state apart`() throws {
        let transaction = try transaction()
        let amount = try #require(transaction.field("amount").text)
        func classed(_ lines: String, account: AccountID? = nil) -> ApprovalClass {
            let item = Kept.item(
                transaction, .confirmed, challenge: Kept.signed(lines), account: account)
            return ApprovalRecord?(ApprovalRecord(item: item, verdict: .allow, signedAt: nil))
                .explanation(of: transaction)
        }
        let id = "id: \(transaction.id)\n"
        #expect(classed(id + "amount: \(amount)\nstate: OTHER") == .ours)
        #expect(classed(id + "amount: \(amount)1") == .changed)
        #expect(classed(id + "amount:") == .changed)
        #expect(classed(id + "amount: \(amount)\nno line") == .changed)
        let other = try #require(AccountID("00000000000000000000000000000009acct"))
        #expect(classed(id + "amount: \(amount)", account: other) == .changed)
    }

    @Test func `after a loss people's approvals count as spent too, and our own never`() {
        let always = ApprovalClass.allCases.filter { $0.counts(afterLoss: false) }
        let afterLoss = ApprovalClass.allCases.filter { $0.counts(afterLoss: true) }
        #expect(always == [.againstPolicy, .unseen, .unsigned, .conflict])
        #expect(Set(afterLoss) == Set(always + [.human, .asked]))
        #expect(ApprovalClass.allCases.allSatisfy { !$0.remedy.isEmpty })
    }
}
