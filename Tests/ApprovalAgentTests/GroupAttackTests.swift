import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization
import Testing

/// A platform that lies while people are asked, and everything that may come in between.
@Suite struct GroupAttackTests {
    private static let hour: Int64 = 3_600_000

    // Who is asked, and when nobody is.

    @Test func `nobody else is asked for an entity that may not act any more`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        group.change { $0.entity = { _, members in members.with("state", "LOCKED") } }
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["ENTITY_NOT_ACTIVE"])
        #expect(group.asked(id) == ["ceo"])
    }

    @Test func `nobody else is asked where little room is left`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        await group.scene.ledger.book.leave(freeBytes: 1_000_000)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["DISK_FULL"])
        #expect(group.asked(id) == ["ceo"])
    }

    @Test func `a group that changes between two members is asked no further`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        let usual = group.scene.custody.script.before
        group.change {
            $0.before = { [custody = group.scene.custody, group = group.platformGroup] n, call in
                await usual(n, call)
                guard case .createPart = call else { return }
                var changed = group
                changed.quorum = 1
                custody.set(changed)
            }
        }
        try await group.pass()
        #expect(group.asked(id) == ["ceo"])
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_CHANGED"])
    }

    @Test func `a halt between the record and the request keeps it here`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        let halting = SteppingLedger(group.scene.ledger) { [halt = group.scene.halt] step in
            guard case .asked(let asking) = step, asking.members[0].begun == 1 else { return }
            halt.halt()
        }
        let approver = try group.scene.approver(ledger: halting, policy: group.policy())
        try await group.scene.pass(approver)
        #expect(group.asked(id) == [])
        #expect(try group.scene.codes(of: id) == ["HALTED"])
    }

    @Test func `a policy that asks others, and comes in before the first is asked, asks nobody`()
        async throws
    {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        let scene = group.scene
        scene.clockWatch.observe(platform: scene.clock.now(), local: scene.clock.now())
        let (reloads, reloaded) = (Bell(), Signal())
        let today = Quorum(
            group: group.board, minApprovals: 1, ask: group.board.members, order: .sequential,
            expiresAfter: Self.hour, onExpiry: .escalate)
        let next = try group.policy(revision: 2, quorum: today)
        let usual = scene.custody.script.before
        group.change {
            $0.before = { n, call in
                await usual(n, call)
                guard call == .create(id) else { return }
                reloads.ring()
                await reloaded.wait()
            }
        }
        try await Agent(
            try scene.approver(policy: group.policy(), clock: PatientClock()), bell: Bell(),
            reloading: Reloading(bell: reloads) { () async throws(PolicyRejected) in next },
            concurrency: 1, pollInterval: 15_000
        ) { [stop = scene.stop] event in
            if case .reloaded = event { reloaded.fire() }
            if case .passed = event { stop.stop() }
        }.run()
        #expect(group.asked(id) == [])
        #expect(try await group.state(id) == .released)
    }

    // What is shown of requests.

    @Test func `one request is never the request of two members`() async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        let first = Mutex<String?>(nil)
        group.change {
            // Who is to answer it is not shown, as in the guide's examples.
            $0.request = { id, _, members in
                guard members.isPart else { return members }
                let one = first.withLock { first in
                    first = first ?? id.text
                    return first ?? id.text
                }
                return members.with("id", one).filter {
                    !["entity_id", "approval_method_id"].contains($0.name)
                }
            }
        }
        try await group.pass()
        let requests = try await group.asking(id).members.flatMap(\.requests)
        #expect(Set(requests).count == requests.count)
        #expect(try group.scene.codes(of: id) == ["FOREIGN_REQUEST"])
    }

    @Test(arguments: ["resource_id", "type", "state", "entity_id"])
    func `a GROUP request that turns into another one is not asked in`(_ name: String)
        async throws
    {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        group.change {
            $0.creatingReads = 2
            $0.request = { _, read, members in
                read < 3
                    ? members : members.with(name, "00000000000000000000000000000009atrx")
            }
        }
        try await group.pass()
        #expect(group.asked(id) == [])
        #expect(try group.scene.codes(of: id) == ["FOREIGN_REQUEST"])
        #expect(try await group.state(id) == .released)
    }

    @Test(arguments: ["gone", "resource_id"])
    func `a member's request that cannot be told hides no end`(_ lie: String) async throws {
        for end in ["APPROVED", "CANCELLED"] {
            let group = try GroupScene()
            let id = try group.scene.withdrawal(1)
            try await group.pass()
            let asking = try await group.asking(id)
            let hidden = try #require(asking.members[2].requests.first)
            group.change {
                $0.fault = { _, call in
                    lie == "gone" && call == .request(hidden)
                        ? .init(.refused(status: 404)) : nil
                }
                $0.request = { request, _, members in
                    request == hidden ? members.with(lie, "another") : members
                }
            }
            try await group.pass()
            #expect(try group.scene.report(of: id).decision.action == .hold)
            #expect(await group.scene.ledger.kinds(of: id).contains(.quarantined))
            if end == "APPROVED" {
                group.scene.custody.approveWithoutMembers(asking.requestID)
            } else {
                group.scene.custody.set(id, "state", .string(end))
            }
            try await group.pass()
            #expect(try await group.state(id) == (end == "APPROVED" ? .conflict : .failed))
            #expect((group.scene.groupSwitch.current() != nil) == (end == "APPROVED"))
        }
    }

    @Test(arguments: ["PENDING", "CANCELLED", "FAILED", "CREATING", "OTHER", "gone", "type"])
    func
        `a transaction that is approved without our people stops groups, whatever its request says`(
            _ lie: String
        ) async throws
    {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo")
        let request = try await group.asking(id).requestID
        group.scene.custody.approveWithoutMembers(request)
        group.change {
            $0.fault = { _, call in
                lie == "gone" && call == .request(request) ? .init(.refused(status: 404)) : nil
            }
            $0.request = { shown, _, members in
                guard shown == request else { return members }
                return members.with(lie == "type" ? "type" : "state", lie)
            }
        }
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_APPROVED_BY_OTHERS"])
        #expect(try await group.state(id) == .conflict)
        #expect(group.scene.groupSwitch.current() != nil)
    }

    @Test
    func
        `a request of a group that was answered before anybody was asked stops groups, whatever its type is said to be`()
        async throws
    {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        let stopping = StoppingLedger(group.scene.ledger, at: .requested, written: true)
        await #expect(throws: Stop.self) {
            try await group.scene.pass(
                try group.scene.approver(ledger: stopping, policy: group.policy()))
        }
        group.scene.custody.approveWithoutMembers(
            try #require(group.scene.custody.requests(of: id).first))
        group.change { $0.request = { _, _, members in members.with("type", "SMS") } }
        try await group.pass()
        #expect(try await group.state(id) == .conflict)
        #expect(group.scene.groupSwitch.current() != nil)
    }

    @Test func `what ended an asking stands in its entry`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        var changed = group.platformGroup
        changed.quorum = 1
        group.scene.custody.set(changed)
        try await group.pass()
        let entry = try #require(await group.scene.ledger.entries(of: id, .asked).last)
        let reason = try #require(entry["reasons"]?.elements?.first)
        #expect(reason["code"]?.text == "GROUP_CHANGED")
        #expect("\(reason)".contains("its quorum is 1"))
    }

    @Test func `a platform that is gone for long puts what people were asked off by no day`()
        async throws
    {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        group.change {
            $0.fault = { _, call in
                if case .transaction = call { .init(.refused(status: 404)) } else { nil }
            }
        }
        for _ in 0..<12 { try await group.pass() }
        let retryAt = try #require(try await group.scene.ledger.item(id)?.retryAt)
        #expect(retryAt <= group.scene.clock.now().advanced(byMilliseconds: 1_800_000))
        #expect(try group.scene.codes(of: id) == ["PLATFORM_REFUSED"])
    }

    @Test func `a quorum that is lowered after the last step confirms nothing`() async throws {
        let group = try GroupScene(.sequential, minApprovals: 1)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        var lowered = group.platformGroup
        lowered.quorum = 1
        group.scene.custody.set(lowered)
        try group.approve("ceo")
        #expect(group.scene.custody.transactionState(id) == "APPROVED")
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["GROUP_CHANGED"])
        #expect(try await group.state(id) == .conflict)
        #expect(group.scene.groupSwitch.current() != nil)
    }

    @Test func `others may make up the quorum where enough of our own people approved it`()
        async throws
    {
        let group = try GroupScene(.sequential, minApprovals: 1)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        let request = try await group.asking(id).requestID
        group.scene.custody.approveAsStranger(try group.member("cfo"), in: request)
        try group.approve("ceo")
        try await group.pass()
        #expect(try await group.state(id) == .confirmed)
        #expect(group.scene.groupSwitch.current() == nil)
    }

    @Test func `a halt while a repetition waits asks nobody`() async throws {
        let group = try GroupScene(.sequential)
        let scene = group.scene
        let id = try scene.withdrawal(1)
        group.change {
            $0.fault = { _, call in
                guard case .createPart = call else { return nil }
                scene.halt.halt()
                return .init(.throttled(status: 429, retryAfter: 2_000))
            }
        }
        let retrying = RetryingCustody(scene.custody, clock: scene.clock) { 0.5 }
        try await scene.pass(scene.approver(custody: retrying, policy: group.policy()))
        let parts = scene.custody.calls.count { if case .createPart = $0 { true } else { false } }
        #expect(parts == 1)
        #expect(group.asked(id) == [])
        #expect(try await group.asking(id).members[0].begun == 0)
    }
}
