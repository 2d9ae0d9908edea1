import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What the agent counts of itself.
@Suite struct FiguresTests {
    @Test func `a pass counts what it saw, decided, signed and confirmed`() async throws {
        let scene = try Scene()
        let figures = Figures()
        try scene.withdrawal(1)
        try scene.withdrawal(2, address: Scene.frozen)
        try scene.withdrawal(3, amount: "1.90000000")
        let approver = try scene.approver(figures: figures)
        try await scene.pass(approver)
        try await scene.pass(approver)
        let snapshot = figures.snapshot
        #expect(snapshot.seen == [.withdrawal: 3])
        #expect(snapshot.decisions == [.allow: 1, .block: 4])
        #expect(snapshot.refusals["RULE_BLOCK"] == 2)
        #expect(snapshot.signatures == 1)
        #expect(snapshot.confirmed == 1)
        #expect(snapshot.latency.count == 1)
        #expect(snapshot.lastPass == scene.clock.now())
        #expect(snapshot.isLastPassComplete)
        #expect(snapshot.queue == 2)
        #expect(snapshot.failures == [:])
        let stages = Set(snapshot.stages.keys)
        #expect(stages == [.read, .decide, .request, .bind, .sign, .deliver, .confirm])
    }

    @Test func `what does not come to its end counts by stage`() async throws {
        let scene = try Scene()
        let figures = Figures()
        var script = scene.custody.script
        script.fault = { _, call in
            if case .create = call { .init(.refused(status: 500)) } else { nil }
        }
        scene.custody.script = script
        try scene.withdrawal(1)
        let summary = try await scene.pass(scene.approver(figures: figures))
        #expect(summary.actions == [.hold: 1])
        #expect(figures.snapshot.failures == [.request: 1])
        #expect(figures.snapshot.confirmed == 0)
    }

    @Test func `how full a limit is counts as it was asked for last`() async throws {
        let scene = try Scene()
        let figures = Figures()
        try scene.withdrawal(1, amount: "0.50000000")
        try scene.withdrawal(2, amount: "0.50000000")
        try await scene.pass(scene.approver(figures: figures))
        let ratio = try #require(figures.snapshot.limits["day"])
        #expect(ratio > 0.24 && ratio < 0.26)
    }

    @Test func `a histogram counts each within its bound`() {
        var histogram = Histogram(bounds: [0.01, 0.1])
        for milliseconds: Int64 in [1, 10, 11, 100, 101, 5_000] {
            histogram.add(milliseconds: milliseconds)
        }
        #expect(histogram.counts == [2, 2])
        #expect(histogram.count == 6)
        #expect(histogram.sum == 5_223)
    }
}
