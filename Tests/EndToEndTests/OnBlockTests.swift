import Foundation
import ProgramTestKit
import Testing

/// `on_block: cancel` over real sockets.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct OnBlockTests {
    private static func policy(mostPerHour: Int) -> [(String, String)] {
        [
            (
                "  default_action: block\n",
                "  default_action: block\n  on_block: cancel\n"
                    + "  max_cancels_per_hour: \(mostPerHour)\n"
            )
        ]
    }

    private static func blocked() -> [String: Any] {
        AgentFolder.withdrawal(to: AgentFolder.ID.blocked)
    }

    private static func state(_ scene: Scene, _ id: String) async throws -> String? {
        try await scene.described().first { $0.id == id }?.state
    }

    @Test func `what a block rule blocks is cancelled at the platform, and nothing else is`()
        async throws
    {
        try await Scene.play(policy: Self.policy(mostPerHour: 10)) { scene in
            let ids = try await scene.create([
                Self.blocked(), AgentFolder.withdrawal(to: "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
                AgentFolder.withdrawal(), AgentFolder.withdrawal("-0.80000000"),
            ])
            let dry = try await scene.once("--dry-run")
            #expect(dry.code == 0 && dry.summary?["cancelled"] == nil)
            #expect(try await Self.state(scene, ids[0]) == "PENDING")
            let pass = try await scene.once()
            #expect(pass.code == 0 && pass.summary?["cancelled"] == 1, "\(pass.errors)")
            #expect(pass.summary?["block"] == 2)
            var states: [String?] = []
            for id in ids { states.append(try await Self.state(scene, id)) }
            #expect(states == ["CANCELLED", "PENDING", "APPROVED", "PENDING"])
            let kinds = try await Referee.entries(of: scene.folder)
            #expect(kinds.filter { $0.kind == "cancelled" }.count == 1)
            #expect(try await Referee.problems(scene) == [])
            // What is over is not PENDING any more.
            #expect(try await scene.once().items.count == 2)
        }
    }

    @Test func `no more are cancelled in an hour than the policy says, restarts or not`()
        async throws
    {
        try await Scene.play(policy: Self.policy(mostPerHour: 2)) { scene in
            try await scene.create((1...4).map { _ in Self.blocked() })
            #expect(try await scene.once().summary?["cancelled"] == 2)
            for _ in 1...2 {
                let pass = try await scene.once()
                #expect(pass.summary?["cancelled"] == nil && pass.summary?["block"] == 2)
            }
            let states = try await scene.described().map(\.state).sorted()
            #expect(states == ["CANCELLED", "CANCELLED", "PENDING", "PENDING"])
        }
    }

    @Test func `a lost answer to a cancellation is read, and a halt lets none go out`()
        async throws
    {
        try await Scene.play(policy: Self.policy(mostPerHour: 10)) { scene in
            try await scene.create([Self.blocked()])
            #expect(try await scene.folder.run("halt", "--reason", "a drill").code == 0)
            let halted = try await scene.once()
            #expect(halted.summary?["cancelled"] == nil && halted.summary?["block"] == 1)
            #expect(try await scene.folder.run("resume").code == 0)
            try await scene.add(
                [
                    [
                        "match": ["path_regex": "/cancel$"],
                        "fault": ["kind": "drop", "when": "after"],
                    ]
                ],
                to: "faults")
            let pass = try await scene.once()
            #expect(pass.code == 0 && pass.summary?["cancelled"] == 1, "\(pass.errors)")
            let report = try await scene.sandbox.report()
            let posts = (report["requests_by_endpoint"] as? [String: Int])?["POST cancel"]
            #expect(posts == 1)
        }
    }

    @Test func `the table says cancelled`() async throws {
        try await Scene.play(policy: Self.policy(mostPerHour: 10)) { scene in
            try await scene.create([Self.blocked()])
            let result = try await scene.folder.run("run", "--once")
            #expect(result.code == 0)
            #expect(result.lines.contains { $0.hasSuffix("  cancelled") })
            #expect(result.output.contains("1 seen: 1 block; 0 confirmed, 1 cancelled"))
        }
    }
}
