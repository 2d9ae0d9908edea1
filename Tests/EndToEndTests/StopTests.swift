import Foundation
import ProgramTestKit
import Testing

/// A halt and a stop in the middle of work.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct StopTests {
    private static func accepted(_ report: [String: Any]) -> Int {
        report["approvals_accepted"] as? Int ?? 0
    }

    private static func lists(_ report: [String: Any]) -> Int {
        (report["requests_by_endpoint"] as? [String: Int])?["GET list"] ?? 0
    }

    /// 300 that are allowed, on a platform that is slow enough to be met at work.
    private static func work(_ scene: Scene) async throws {
        try await scene.create((1...300).map { _ in AgentFolder.transfer() })
        try await scene.add(
            [
                [
                    "match": ["path_regex": "approval_requests"],
                    "fault": ["kind": "latency", "milliseconds": 60],
                ]
            ], to: "faults")
    }

    @Test func `a halt stops approvals while the agent runs, and a resume goes on`() async throws {
        try await Scene.play { scene in
            try await Self.work(scene)
            let agent = try scene.start()
            try await scene.sandbox.report { Self.accepted($0) >= 5 }
            #expect(try await scene.folder.run("halt", "--reason", "a drill").code == 0)
            // Two whole passes later nothing of the first is under way.
            let lists = Self.lists(try await scene.sandbox.report())
            let halted = try await scene.sandbox.report { Self.lists($0) >= lists + 4 }
            #expect(Self.accepted(halted) < 300)
            let later = try await scene.sandbox.report { Self.lists($0) >= lists + 8 }
            #expect(Self.accepted(later) == Self.accepted(halted))
            let before = later["approvals_attempted"] as? Int
            #expect(before == halted["approvals_attempted"] as? Int)

            #expect(try await scene.folder.run("resume").code == 0)
            try await scene.sandbox.report { Self.accepted($0) == 300 }
            agent.terminate()
            #expect(await agent.end().code == 0)
            #expect(try await Referee.problems(scene) == [])
            let kinds = try await Referee.entries(of: scene.folder).map(\.kind)
            #expect(
                kinds.filter { ["started", "halted", "resumed", "stopped"].contains($0) }
                    == ["started", "halted", "resumed", "stopped"])
            print("halted after \(Self.accepted(halted)) approvals")
        }
    }

    @Test func `a halt holds back what is signed, and a resume delivers it`() async throws {
        try await Scene.play { scene in
            let ids = try await scene.create((1...3).map { _ in AgentFolder.withdrawal() })
            try await scene.leaveSigned(3)
            #expect(try await scene.folder.run("halt", "--reason", "a drill").code == 0)
            let attempts = try await scene.sandbox.report()["approvals_attempted"] as? Int
            let pass = try await scene.once()
            #expect(pass.code == 4)
            #expect(ids.allSatisfy { pass.item($0)?.codes.contains("HALTED") == true })
            #expect(
                try await scene.sandbox.report()["approvals_attempted"] as? Int == attempts)
            #expect(try await scene.folder.run("resume").code == 0)
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(ids))
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `SIGTERM during work finishes what is signed and closes the ledger`() async throws {
        try await Scene.play { scene in
            try await Self.work(scene)
            let agent = try scene.start()
            try await scene.sandbox.report { Self.accepted($0) >= 5 }
            agent.terminate()
            #expect(await agent.end().code == 0)
            let files = try FileManager.default.contentsOfDirectory(
                atPath: scene.folder.path + "/state")
            #expect(!files.contains { $0.hasSuffix("-wal") || $0.hasSuffix("-shm") }, "\(files)")
            let stopped = Self.accepted(try await scene.sandbox.report())
            #expect(stopped < 300)
            #expect(try await Referee.problems(scene) == [])
            let states = try await scene.states()
            for state in ["intended", "requested", "signed", "delivered"] {
                #expect(states[state, default: 0] == 0, "\(state): \(states)")
            }
            #expect(states["confirmed"] == stopped)
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved().count == 300)
            #expect(try await Referee.problems(scene) == [])
            print("stopped after \(stopped) approvals")
        }
    }

    @Test func `stops in the middle of work put nothing off`()
        async throws
    {
        try await Scene.play { scene in
            try scene.folder.replace(
                in: "countersign.yaml", "max_concurrency: 16", "max_concurrency: 1")
            try await Self.work(scene)
            for round in 1...8 {
                let agent = try scene.start()
                try #require(await agent.errorLine(holding: "\"started\"") != nil)
                try await scene.sandbox.report(within: 20) { Self.accepted($0) >= round }
                agent.terminate()
                #expect(await agent.end().code == 0)
            }
            #expect(Self.accepted(try await scene.sandbox.report()) < 300)
            try await scene.clear("faults")
            let pass = try await scene.once()
            #expect(pass.code == 0, "\(Set(pass.items.flatMap(\.codes)))")
            #expect(try await scene.approved().count == 300)
            #expect(try await Referee.problems(scene) == [])
        }
    }
}
