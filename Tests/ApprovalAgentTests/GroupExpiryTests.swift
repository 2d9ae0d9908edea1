import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// The time that people have: when it is over, who says so, and what is cancelled then.
@Suite struct GroupExpiryTests {
    private static let hour: Int64 = 3_600_000

    @Test func `a time that a wrong clock tells ends nothing, and cancels nothing`() async throws {
        let group = try GroupScene(onExpiry: .cancel)
        let id = try group.scene.withdrawal(1)
        let approver = try group.scene.approver(policy: group.policy())
        try await group.scene.pass(approver)
        let usual = group.scene.custody.script.before
        group.change {
            $0.before = { [clock = group.scene.clock, watch = group.scene.clockWatch] _, _ in
                watch.observe(
                    platform: clock.now().advanced(byMilliseconds: -2 * Self.hour),
                    local: clock.now())
            }
        }
        group.scene.clock.advance(milliseconds: 2 * Self.hour)
        try await group.scene.pass(approver)
        #expect(try await group.asking(id).end == nil)
        #expect(try group.scene.codes(of: id) == ["CLOCK_SKEW"])
        group.change { $0.before = usual }
        group.scene.clock.advance(milliseconds: -2 * Self.hour)
        try await group.scene.pass(approver)
        #expect(try group.scene.codes(of: id) == ["QUORUM_WAITING"])
        #expect(!group.scene.custody.calls.contains(.cancel(id)))
    }

    @Test func `what enough people approved after the time is not cancelled`() async throws {
        let group = try GroupScene(onExpiry: .cancel)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        group.scene.clock.advance(milliseconds: Self.hour)
        group.scene.halt.halt()
        try await group.pass()
        #expect(try await group.asking(id).end == .expired)
        group.scene.halt.resume()
        // Both members' requests show the approval already; what they are for does not yet.
        try group.approve("ceo", "coo")
        group.change {
            $0.transaction = { _, _, members in members.with("state", "PENDING") }
            $0.request = { _, _, members in
                members.isPart ? members : members.with("state", "PENDING")
            }
        }
        try await group.pass()
        #expect(!group.scene.custody.calls.contains(.cancel(id)))
        group.change {
            $0.transaction = { $2 }
            $0.request = { $2 }
        }
        try await group.pass()
        #expect(try await group.state(id) == .confirmed)
    }

    @Test func `what is approved while the time is looked at is not cancelled`() async throws {
        let group = try GroupScene(onExpiry: .cancel)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        group.scene.clock.advance(milliseconds: Self.hour)
        let request = try await group.asking(id).requestID
        let usual = group.scene.custody.script.before
        group.change {
            // The transaction shows it later than the request does.
            $0.transaction = { _, _, members in members.with("state", "PENDING") }
            $0.before = { [custody = group.scene.custody, board = group.board] n, call in
                await usual(n, call)
                guard case .method(board.methodID) = call else { return }
                custody.approveWithoutMembers(request)
            }
        }
        try await group.pass()
        #expect(!group.scene.custody.calls.contains(.cancel(id)))
    }

    @Test func `a policy of yesterday cancels nothing`() async throws {
        let group = try GroupScene(onExpiry: .cancel)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        group.scene.clock.advance(milliseconds: Self.hour)
        let today = Quorum(
            group: group.board, minApprovals: 2, ask: group.board.members, order: .parallel,
            expiresAfter: Self.hour, onExpiry: .escalate)
        try await group.pass(group.policy(revision: 2, quorum: today))
        #expect(try group.scene.codes(of: id) == ["QUORUM_EXPIRED"])
        #expect(!group.scene.custody.calls.contains(.cancel(id)))
    }

    @Test func `a group that is never shown again keeps nothing from ending`() async throws {
        let group = try GroupScene(.sequential)
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        var hidden = group.platformGroup
        hidden.isShown = false
        group.scene.custody.set(hidden)
        group.scene.clock.advance(milliseconds: Self.hour)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["QUORUM_EXPIRED"])
    }

    @Test(arguments: ["APPROVED", "PENDING"])
    func `what enough people approved and the platform does not is told after the time`(
        _ request: String
    ) async throws {
        let group = try GroupScene()
        let id = try group.scene.withdrawal(1)
        try await group.pass()
        try group.approve("ceo", "coo")
        group.change {
            $0.transaction = { _, _, members in members.with("state", "PENDING") }
            $0.request = { _, _, members in
                members.isPart ? members : members.with("state", request)
            }
        }
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["QUORUM_WAITING"])
        group.scene.clock.advance(milliseconds: Self.hour)
        try await group.pass()
        #expect(try group.scene.codes(of: id) == ["PLATFORM_UNAVAILABLE"])
        #expect(try group.scene.report(of: id).decision.action == .hold)
        #expect(try await group.state(id) == .asked)
    }
}
