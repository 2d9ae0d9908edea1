import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization
import Testing

/// Another policy comes in while the agent runs.
@Suite struct ReloadTests {
    @Test func `a policy that is not accepted changes nothing, is recorded and told`() async throws
    {
        let desk = try Desk()
        try desk.scene.withdrawal(1)
        desk.puts(PolicyRejected(findings: ["policy.yaml:1:1: error E001: x", "second"]))
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1: desk.reloads.ring()
            case .reloadRefused(let findings, let staying):
                #expect(findings == ["policy.yaml:1:1: error E001: x", "second"])
                #expect(staying.policy.metadata.revision == 1)
                _ = try? desk.scene.withdrawal(2)
                desk.bell.ring()
            case .passed where desk.scene.custody.approvals.count == 2: desk.stop()
            default: break
            }
        }
        let rejected = await desk.scene.ledger.entries.filter { $0.kind == .policyRejected }
        #expect(rejected.count == 1)
        #expect(
            rejected.first?["findings"]?.elements?.first?.text?.hasPrefix("policy.yaml") == true)
        #expect(rejected.first?["findings_in_all"] == .integer(2))
        #expect(rejected.first?["rejected"] == .null)
        #expect(rejected.first?["policy"]?["revision"] == .integer(1))
        #expect(await desk.revisions == [1, 1])
        #expect(await desk.kinds.count { $0 == .policyActivated } == 1)
    }

    @Test func `a policy that is accepted decides from the next transaction on`() async throws {
        let desk = try Desk()
        let first = try desk.scene.withdrawal(1)
        let second = try desk.scene.id(2)
        let next = try desk.scene.policy(revision: 2, blocksExchange: true)
        desk.puts(next)
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1:
                _ = try? desk.scene.withdrawal(2)
                desk.reloads.ring()
            case .reloaded(let policy): #expect(policy.digest == next.digest)
            // The reload itself asks for a pass.
            case .passed where desk.isReloaded: desk.stop()
            default: break
            }
        }
        let decided = await desk.scene.ledger.entries.filter { $0.kind == .decided }
        #expect(decided.compactMap(\.id) == [first, second])
        let digests = decided.map { $0["policy"]?["digest"]?.text }
        #expect(digests == [try desk.scene.policy().digest.description, next.digest.description])
        #expect(await desk.revisions == [1, 2])
        #expect(decided.last?["result"]?["action"]?.text == "block")
        #expect(desk.scene.custody.approvals.map(\.transaction) == [first])
    }

    private func reloadInFlight(dayLimit: String) async throws -> (Desk, Set<TransactionID>) {
        let desk = try Desk()
        let (first, second) = (try desk.scene.withdrawal(1), try desk.scene.withdrawal(2))
        desk.puts(try desk.scene.policy(dayLimit: dayLimit, revision: 2))
        let usual = desk.scene.custody.script.before
        desk.scene.custody.script.before = { [desk] n, call in
            await usual(n, call)
            guard call == .create(first) else { return }
            desk.reloads.ring()
            await desk.reloaded.wait()
        }
        try await desk.run { event, desk in
            if case .passed = event { desk.stop() }
        }
        return (desk, [first, second])
    }

    @Test func `a transaction in flight keeps the policy that it began with`() async throws {
        let (desk, transactions) = try await reloadInFlight(dayLimit: "0.90000000")
        #expect(Set(desk.scene.custody.approvals.map(\.transaction)) == transactions)
        #expect(await desk.revisions == [1, 1])
        let third = try desk.scene.withdrawal(3, amount: "0.20000000")
        let next = try desk.scene.policy(dayLimit: "0.90000000", revision: 2)
        try await desk.scene.pass(try desk.scene.approver(policy: next, stop: StopSwitch()))
        #expect(try desk.scene.codes(of: third) == ["LIMIT_EXCEEDED"])
    }

    @Test func `what the new policy would not allow is not signed any more`() async throws {
        let (desk, _) = try await reloadInFlight(dayLimit: "0.30000000")
        let first = try desk.scene.withdrawal(1)
        #expect(!desk.scene.custody.approvals.map(\.transaction).contains(first))
        #expect(await desk.revisions.contains(2))
    }

    @Test func `the same policy again is unchanged, and writes nothing`() async throws {
        let desk = try Desk()
        desk.puts(try desk.scene.policy())
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1: desk.reloads.ring()
            case .reloadUnchanged: desk.stop()
            default: break
            }
        }
        #expect(await desk.kinds == [.policyActivated, .started, .stopped])
    }

    /// What makes a sound policy unfit to decide here and now.
    enum Flaw: CaseIterable {
        case lowerRevision, otherBytes, notYetEffective, clockInDoubt
        case noApprover, otherAccount, unreachable
    }

    /// The usual rules, and one by which this agent would sign for the account.
    private func rules(of scene: Scene, for account: PolicyAccount) throws -> [Rule] {
        let usual = try scene.policy().policy.rules
        let payouts = try #require(usual.first { $0.id == "payouts" })
        let conditions = payouts.conditions.map { condition -> Condition in
            guard case .source = condition else { return condition }
            return .source(SourceCondition(accounts: [account.id]))
        }
        return usual + [Rule(id: "more-payouts", action: .allow, conditions: conditions)]
    }

    @Test(arguments: Flaw.allCases)
    func `a policy that does not fit is refused, and the old one stays`(flaw: Flaw) async throws {
        let desk = try Desk(revision: 5)
        let scene = desk.scene
        let (next, words) = try flawed(flaw, scene)
        desk.puts(next)
        let told = Gathered<String>()
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1:
                if flaw == .unreachable {
                    desk.scene.custody.script.fault = { _, _ in
                        ScriptedCustody.Fault(.notSent("refused"))
                    }
                }
                if flaw == .clockInDoubt {
                    let now = desk.scene.clock.now()
                    desk.scene.clockWatch.observe(
                        platform: now.advanced(byMilliseconds: 90_000), local: now)
                }
                desk.reloads.ring()
            case .reloadRefused(let findings, let staying):
                findings.forEach(told.add)
                #expect(staying.policy.metadata.revision == 5)
                desk.stop()
            case .reloaded, .reloadUnchanged: desk.stop()
            default: break
            }
        }
        #expect(told.all.count == 1)
        #expect(told.all.first?.contains(words) == true, "\(told.all)")
        let rejected = await scene.ledger.entries.filter { $0.kind == .policyRejected }
        #expect(rejected.count == 1)
        #expect(rejected.first?["rejected"]?["digest"]?.text == next.digest.description)
        #expect(try await scene.ledger.overview().policyRevision == 5)
    }

    private func flawed(_ flaw: Flaw, _ scene: Scene) throws -> (LoadedPolicy, String) {
        let elsewhere = PolicyAccount(
            name: "elsewhere", id: try #require(AccountID("99999999999999999999999999999999acct")),
            entityID: scene.account.entityID, asset: scene.account.asset)
        let stranger = PolicyAccount(
            name: "stranger", id: elsewhere.id,
            entityID: try #require(EntityID("880bbac68a34add190786b9c74f4c82fenty")),
            asset: scene.account.asset)
        let own = [scene.account, scene.treasury]
        return switch flaw {
        case .lowerRevision:
            (try scene.policy(revision: 4), "policy.yaml: revision 4 is lower than 5")
        case .otherBytes: (try scene.policy(upTo: "0.50000000", revision: 5), "raise it")
        case .notYetEffective:
            (
                try scene.policy(
                    revision: 6, effectiveFrom: scene.clock.now().advanced(byMilliseconds: 90_000)),
                "it takes effect at 2026-10-02 09:02 UTC"
            )
        case .clockInDoubt:
            (
                try scene.policy(revision: 6, effectiveFrom: scene.clock.now()),
                "the clock is in doubt"
            )
        case .noApprover:
            (
                try scene.policy(
                    revision: 6, rules: rules(of: scene, for: stranger), accounts: own + [stranger]),
                "account stranger: no approver is configured"
            )
        case .otherAccount:
            (
                try {
                    let shown = PolicyAccount(
                        name: "elsewhere", id: elsewhere.id, entityID: stranger.entityID,
                        asset: elsewhere.asset)
                    scene.custody.add(shown)
                    return try scene.policy(revision: 6, accounts: own + [elsewhere])
                }(), "account elsewhere: it belongs to another entity"
            )
        case .unreachable:
            (
                try scene.policy(revision: 6, accounts: own + [elsewhere]),
                "cannot be held against the platform"
            )
        }
    }

    @Test func `rings during a reload add up to one more`() async throws {
        let desk = try Desk()
        let loads = Gathered<Int>()
        desk.onLoad { [desk] () throws(PolicyRejected) in
            loads.add(1)
            if loads.all.count == 1 { for _ in 1...5 { desk.reloads.ring() } }
            throw PolicyRejected(findings: ["still wrong"])
        }
        let refusals = Gathered<Int>()
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1: desk.reloads.ring()
            case .reloadRefused:
                refusals.add(1)
                if refusals.all.count == 2 { desk.stop() }
            default: break
            }
        }
        #expect(loads.all.count == 2)
        #expect(await desk.kinds.count { $0 == .policyRejected } == 2)
    }

    @Test func `accounts that a new policy adds are watched from the next pass on`() async throws {
        let desk = try Desk(accounts: 1)
        desk.puts(try desk.scene.policy(revision: 2))
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1: desk.reloads.ring()
            case .passed where desk.isReloaded: desk.stop()
            default: break
            }
        }
        let listed = desk.scene.custody.calls.compactMap { call in
            if case .list(let account, _, _) = call { account } else { nil }
        }
        #expect(listed.first == desk.scene.account.id)
        #expect(listed.filter { $0 == desk.scene.treasury.id }.count == 1)
    }

    @Test func `a reload that has begun when the agent stops ends without a trace`() async throws {
        let desk = try Desk()
        desk.onLoad { [desk] () throws(PolicyRejected) in
            desk.stop()
            throw PolicyRejected(findings: ["never told"])
        }
        desk.reloads.ring()
        let told = Gathered<String>()
        try await desk.run { event, _ in
            if case .reloadRefused = event { told.add("refused") }
        }
        #expect(await desk.kinds.last == .stopped)
        #expect(await desk.kinds.filter { $0 == .policyRejected }.count == told.all.count)
    }

    @Test(arguments: [InMemoryLedger.Call.prepare, .activate])
    func `I10: a ledger that fails while a policy comes in ends the process`(
        call: InMemoryLedger.Call
    ) async throws {
        let desk = try Desk()
        desk.puts(try desk.scene.policy(revision: 2))
        let book = desk.scene.ledger.book
        let usual = desk.scene.custody.script.before
        desk.scene.custody.script.before = { n, custodyCall in
            await usual(n, custodyCall)
            // Planned once the start is over.
            if n == 1 { await book.fail(call) }
        }
        await #expect(throws: Stop.self) {
            try await desk.run { event, desk in
                if case .passed = event, desk.count(event) == 1 { desk.reloads.ring() }
                if case .reloaded = event { desk.stop() }
            }
        }
        #expect(await !desk.kinds.contains(.stopped))
        #expect(await desk.kinds.count { $0 == .policyActivated } == 1)
    }

    @Test func `more findings than an entry holds are cut, and counted`() async throws {
        let desk = try Desk()
        let long = String(repeating: "\u{10FFFF}", count: 5_000)
        desk.puts(PolicyRejected(findings: (1...500).map { "\($0) \(long)" }))
        try await desk.run { event, desk in
            switch event {
            case .passed where desk.count(event) == 1: desk.reloads.ring()
            case .reloadRefused: desk.stop()
            default: break
            }
        }
        let entry = await desk.scene.ledger.entries.first { $0.kind == .policyRejected }
        #expect(entry?["findings_in_all"] == .integer(500))
        #expect(entry?["findings"]?.elements?.count == 32)
    }
}
