import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Each check is made false by its own cause, and by no other.
@Suite struct ReadinessTests {
    private static let now = Sample.now

    /// Readiness where all is well but for what is given.
    private func readiness(
        policyDoubt: Reason? = nil, reviewBy: UnixTime? = nil, keyDoubt: Reason? = nil,
        ledger: Result<LedgerCondition, LedgerError> = .success(LedgerCondition(freeBytes: 1)),
        clockDoubt: Reason? = nil, lastCompletePass: UnixTime? = now, pollInterval: Int64 = 15_000,
        halt: Halt? = nil
    ) throws -> Readiness {
        let base = try Scene().policy().policy
        let policy = Policy(
            metadata: Metadata(id: "p", revision: 3, reviewBy: reviewBy), settings: base.settings,
            assets: Array(base.assets.values), accounts: Array(base.accounts.values),
            rules: base.rules, limits: base.limits, guards: base.guards,
            addressBook: base.addressBook)
        return Readiness(
            Readiness.Findings(
                now: Self.now,
                policy: LoadedPolicy(policy: policy, digest: TestSHA256.hash([1]), files: []),
                policyDoubt: policyDoubt, keyDoubt: keyDoubt, ledger: ledger,
                clockDoubt: clockDoubt, skew: 12, lastCompletePass: lastCompletePass,
                pollInterval: pollInterval, halt: halt))
    }

    private func failing(_ readiness: Readiness) -> [Readiness.Name] {
        readiness.checks.filter { !$0.isOK }.map(\.name)
    }

    @Test func `with all well every check is true and says how it is`() throws {
        let ready = try readiness()
        #expect(ready.isReady && failing(ready) == [])
        #expect(ready.checks.map(\.name) == Readiness.Name.allCases)
        #expect(ready.checks.allSatisfy { !$0.message.isEmpty })
        #expect(ready.json["ready"] == .bool(true))
    }

    @Test func `a policy that is not in force yet is not active`() throws {
        let found = try readiness(policyDoubt: .policyNotActive("it takes effect at noon"))
        #expect(failing(found) == [.policyActive])
    }

    @Test func `a policy that should have been reviewed is not active`() throws {
        #expect(failing(try readiness(reviewBy: Self.now)) == [.policyActive])
        let later = Self.now.advanced(byMilliseconds: 1)
        #expect(failing(try readiness(reviewBy: later)) == [])
    }

    @Test func `a key that the platform does not have is not registered`() throws {
        let found = try readiness(keyDoubt: .keyUnusable("another pub_key"))
        #expect(failing(found) == [.approvalKeyRegistered])
        #expect(!found.isReady)
    }

    @Test func `a ledger that failed is not writable`() throws {
        let found = try readiness(ledger: .failure(.unavailable("the disk is gone")))
        #expect(failing(found) == [.ledgerWritable])
        #expect(found.checks.contains { $0.message.contains("the disk is gone") })
    }

    @Test func `a clock in doubt is not within bounds`() throws {
        let found = try readiness(clockDoubt: .clockSkew(milliseconds: 90_000))
        #expect(failing(found) == [.clockWithinBounds])
    }

    @Test func `no poll, or none for three intervals and a minute, is not recent`() throws {
        #expect(failing(try readiness(lastCompletePass: nil)) == [.pollRecent])
        func age(_ milliseconds: Int64, _ interval: Int64) throws -> [Readiness.Name] {
            failing(
                try readiness(
                    lastCompletePass: Self.now.advanced(byMilliseconds: -milliseconds),
                    pollInterval: interval))
        }
        #expect(try age(60_000, 1_000) == [])
        #expect(try age(60_001, 1_000) == [.pollRecent])
        #expect(try age(180_000, 60_000) == [])
        #expect(try age(180_001, 60_000) == [.pollRecent])
    }

    @Test func `a first pass that goes on is recent for a minute, once the platform was heard`()
        throws
    {
        func ready(after milliseconds: Int64, skew: Int64? = 12) throws -> [Readiness.Name] {
            var findings = Readiness.Findings(
                now: Self.now, policy: try Scene().policy(), policyDoubt: nil, keyDoubt: nil,
                ledger: .success(LedgerCondition(freeBytes: 1)), clockDoubt: nil, skew: skew,
                lastCompletePass: nil, pollInterval: 15_000, halt: nil)
            findings.firstPassSince = Self.now.advanced(byMilliseconds: -milliseconds)
            return failing(Readiness(findings))
        }
        #expect(try ready(after: 60_000) == [])
        #expect(try ready(after: 60_001) == [.pollRecent])
        #expect(try ready(after: 1_000, skew: nil) == [.pollRecent])
    }

    @Test func `a halt by a person is told with who and why`() throws {
        let found = try readiness(halt: Halt(since: nil, by: "anna", why: "drill"))
        #expect(failing(found) == [.notHalted])
        #expect(found.checks.last?.message == "halted by anna: drill")
    }

    @Test func `the body names each check with its sentence`() throws {
        let json = try readiness(halt: Halt(since: nil, by: "anna", why: "drill")).json
        #expect(json["ready"] == .bool(false))
        guard case .object(let members)? = json["checks"] else {
            Issue.record("no checks")
            return
        }
        #expect(
            members.map(\.name) == [
                "policy_active", "approval_key_registered", "ledger_writable",
                "clock_within_bounds", "poll_recent", "not_halted",
            ])
        for member in members {
            #expect(member.value["ok"] == .bool(member.name != "not_halted"))
            #expect(member.value["message"]?.text?.isEmpty == false)
        }
    }

    @Test func `the parts of an agent are asked, and the ledger is only looked at`() async throws {
        let scene = try Scene()
        let findings = await Readiness.Findings(
            policies: ActivePolicy(try scene.policy()), clockWatch: scene.clockWatch,
            ledger: scene.ledger, haltSwitch: scene.halt, lastCompletePass: scene.clock.now(),
            pollInterval: 15_000, now: scene.clock.now(), keyDoubt: nil)
        #expect(Readiness(findings).isReady)
        #expect(await scene.ledger.entries.isEmpty)
    }
}
