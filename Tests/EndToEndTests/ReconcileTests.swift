import Foundation
import ProgramTestKit
import Testing

/// Approvals that others made, seen by the real program on a real platform.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ReconcileTests {
    @Test func `a key that is used elsewhere is unseen, and the running agent tells of it`()
        async throws
    {
        try await Scene.play { scene in
            try await scene.create([AgentFolder.withdrawal()])
            #expect(try await scene.once().code == 0)
            let quiet = try await scene.folder.run("reconcile")
            #expect(quiet.code == 0, "\(quiet.errors)")
            #expect(quiet.output.contains("ours 1"))
            let strange = try await scene.create([
                AgentFolder.withdrawal(fields: ["state": "COMPLETED"])
            ])
            let found = try await scene.folder.run("reconcile", "--format", "json")
            #expect(found.code == 2, "\(found.errors)")
            #expect(found.objects.first?["transaction_id"] as? String == strange[0])
            #expect(found.objects.first?["class"] as? String == "unseen")
            let agent = try scene.start()
            let line = await agent.errorLine(holding: "unexplained approval")
            #expect(line?.contains(strange[0]) == true && line?.contains("unseen") == true)
            let beside = try await scene.folder.run("reconcile")
            #expect(beside.code == 2, "it works while the agent runs: \(beside.errors)")
            let refused = try await scene.folder.run("reconcile", "--accept", "--why", "known")
            #expect(refused.code == 1 && refused.errors.contains("stop it first"))
            agent.terminate()
            #expect(await agent.end().code == 0)
            let entries = try await Referee.entries(of: scene.folder)
            let told = entries.filter { $0.kind == "reconciled" }
            #expect(told.count == 1 && told.first?.text.contains(strange[0]) == true)
        }
    }

    @Test func `by the last verdict: a person's approval is quiet, that of a blocked one is not`()
        async throws
    {
        try await Scene.play { scene in
            let ids = try await scene.create([
                AgentFolder.withdrawal("-3.00000000"),
                AgentFolder.withdrawal(to: AgentFolder.ID.blocked),
            ])
            let pass = try await scene.once()
            #expect(pass.item(ids[0])?.action == "escalate")
            #expect(pass.item(ids[1])?.action == "block")
            for id in ids {
                try await scene.sandbox.control(
                    "PATCH", "transactions/\(id)", ["state": "APPROVED"])
            }
            let found = try await scene.folder.run("reconcile", "--format", "json")
            let classes = found.objects.compactMap { $0["class"] as? String }
            #expect(found.code == 2 && classes == ["against_policy"], "\(found.output)")
            #expect(found.objects.first?["transaction_id"] as? String == ids[1])
            let accepted = try await scene.folder.run(
                "reconcile", "--accept", "--why", "checked with compliance")
            #expect(accepted.code == 0, "\(accepted.errors)")
            #expect(try await scene.folder.run("reconcile").code == 0)
        }
    }

    @Test func `a platform that lies about its list is told, and nothing is missed for it`()
        async throws
    {
        try await Scene.play { scene in
            let transactions = (0..<70).map { n in
                AgentFolder.withdrawal(
                    fields: [
                        "state": "COMPLETED",
                        "created_at": "2026-10-02T08:\(10 + n / 60):\(10 + n % 60 / 2)Z",
                    ])
            }
            try await scene.create(transactions)
            let other = try await scene.folder.run("reconcile", "--format", "json")
            #expect(other.objects.filter { $0["class"] as? String == "unseen" }.count == 70)
            try await scene.add(
                [["kind": "pagination", "fault": "loop", "endpoint": "list"]], to: "hostile")
            let looped = try await scene.folder.run("reconcile")
            #expect(looped.code != 0 && looped.errors.contains("pagination.next"))
            try await scene.clear("hostile")
            try await scene.add([["kind": "ignore_filters"]], to: "hostile")
            let wide = try await scene.folder.run("reconcile", "--format", "json")
            #expect(wide.objects.filter { $0["class"] as? String == "unseen" }.count == 70)
        }
    }
}
