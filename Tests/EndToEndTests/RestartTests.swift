import Foundation
import ProgramTestKit
import Testing

/// A start with something changed since the stop.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RestartTests {
    @Test func `what a new revision blocks is not delivered although it is signed`() async throws {
        try await Scene.play { scene in
            let blocked = try await scene.create([AgentFolder.withdrawal("-0.10000000")])
            let others = try await scene.create([
                AgentFolder.withdrawal("-0.20000000", to: AgentFolder.ID.coldWallet)
            ])
            try await scene.leaveSigned(2)
            let rule = "  - id: blocked-addresses\n    action: block\n"
            try scene.folder.replace(
                in: "policies/policy.yaml", rule,
                "  - id: no-exchanges\n    action: block\n    destination: { tags: [\"exchange\"] }\n"
                    + rule)
            try scene.revise(2)
            let attempts = try await Self.attempts(scene, blocked[0])
            for _ in 1...2 {
                let pass = try await scene.once()
                #expect(pass.code == 4)
                #expect(pass.item(blocked[0])?.codes.contains("DELIVERY_HELD_BACK") == true)
                #expect(pass.item(blocked[0])?.outcome == "quarantined")
            }
            #expect(try await scene.approved() == Set(others))
            #expect(try await Self.attempts(scene, blocked[0]) == attempts)
            // It stays reserved: 0.1005 and 0.2005 of 1.0 are used.
            let next = try await scene.create([
                AgentFolder.withdrawal("-0.50000000", to: AgentFolder.ID.coldWallet),
                AgentFolder.withdrawal("-0.25000000", to: AgentFolder.ID.coldWallet),
            ])
            let pass = try await scene.once()
            #expect(
                pass.items.count { next.contains($0.id ?? "") && $0.outcome == "confirmed" } == 1)

            try scene.folder.replace(in: "policies/policy.yaml", "[\"exchange\"]", "[\"nothing\"]")
            try scene.revise(3)
            let last = try await scene.once()
            #expect(last.item(blocked[0])?.outcome == "confirmed", "\(last.errors)")
            #expect(try await scene.approved().count == 3)
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `another approval key than the registered one does not start`() async throws {
        try await Scene.play { scene in
            let ids = try await scene.create((1...2).map { _ in AgentFolder.withdrawal() })
            try await scene.leaveSigned(2)
            let other = try await AgentFolder()
            defer { other.remove() }
            let own = try scene.folder.read("keys/approval.json")
            try scene.folder.overwrite("keys/approval.json", with: other)
            let pass = try await scene.once()
            #expect(pass.code == 3)
            #expect(pass.errors.contains("pub_key"), "\(pass.errors)")
            #expect(try await scene.approved() == [])
            // Where the platform knows the other key, what was signed is not signed again.
            try await scene.sandbox.control(
                "POST", "scenario",
                [
                    "approval_methods": [
                        [
                            "id": AgentFolder.ID.method, "entity_id": AgentFolder.ID.entity,
                            "type": "DSA_ED25519", "state": "ACTIVATED",
                            "pub_key": other.approvalKey,
                        ]
                    ]
                ])
            let second = try await scene.once()
            #expect(second.code == 4)
            #expect(ids.allSatisfy { second.item($0)?.codes.contains("KEY_UNUSABLE") == true })
            #expect(try await scene.approved() == [])

            try scene.folder.write("keys/approval.json", own)
            try await scene.sandbox.control("POST", "scenario", scene.folder.scenario)
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(ids))
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `an older revision, or the same with other bytes, does not start`() async throws {
        try await Scene.play { scene in
            try scene.revise(2)
            #expect(try await scene.once().code == 0)
            try await scene.create([AgentFolder.withdrawal()])
            try scene.folder.replace(in: "policies/policy.yaml", "revision: 2", "revision: 1")
            let older = try await scene.once()
            #expect(older.code == 3)
            #expect(older.errors.contains("revision 1"), "\(older.errors)")
            try scene.folder.replace(in: "policies/policy.yaml", "revision: 1", "revision: 2")
            try scene.folder.replace(in: "policies/policy.yaml", "1.00000000", "9.00000000")
            let same = try await scene.once()
            #expect(same.code == 3)
            #expect(same.errors.contains("revision 2"), "\(same.errors)")
            #expect(try await scene.approved() == [])
            try scene.revise(3)
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved().count == 1)
            #expect(try await Referee.problems(scene) == [])
        }
    }

    private static func attempts(_ scene: Scene, _ id: String) async throws -> Int? {
        try await scene.described().first { $0.id == id }?.attempts.count
    }
}
