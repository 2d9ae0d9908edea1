import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct HappyPathTests {
    @Test func `a PENDING withdrawal that the policy grants is approved and confirmed`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let summary = try await scene.pass()

        let request = try #require(scene.custody.requests(of: id).first)
        #expect(
            scene.custody.calls == [
                .method(scene.methodID), .entity(scene.account.entityID),
                .account(scene.account.id),
                .list(scene.account.id, page: 1, size: 64),
                .account(scene.treasury.id),
                .list(scene.treasury.id, page: 1, size: 64),
                .transaction(id), .create(id), .transaction(id), .approve(request),
                .request(request), .transaction(id),
            ])
        #expect(
            await scene.ledger.kinds(of: id) == [
                .decided, .requested, .signed, .delivered, .confirmed,
            ])
        #expect(try scene.report(of: id).outcome == .confirmed)
        #expect(try scene.report(of: id).requestID == request)
        #expect(summary.exitCode == 0)
        #expect(summary.outcomes == [.confirmed: 1])
        #expect(scene.custody.transactionState(id) == "APPROVED")
        try await scene.expectSafe()
    }
}
