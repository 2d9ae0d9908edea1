import Foundation
import ProgramTestKit
import Testing

/// INVARIANT: I4, I5. Agents that do not know of each other.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct TwoAgentsTests {
    @Test func `a second agent on one ledger does not start and says why`() async throws {
        try await Scene.play { scene in
            let ids = try await scene.create([AgentFolder.withdrawal()])
            let first = try scene.start()
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            let second = try await scene.folder.run("run", seconds: 30)
            #expect(second.code == 1)
            #expect(second.errors.contains("\(first.id)"), "\(second.errors)")
            let once = try await scene.once()
            #expect(once.code == 1)
            #expect(once.summary == nil)
            first.terminate()
            #expect(await first.end().code == 0)
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(ids))
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `two ledgers with one key never sign two messages for one transaction`()
        async throws
    {
        try await Scene.play(
            policy: Scene.unlimited, settings: ["accept_repeated_approvals": true]
        ) { scene in
            let other = try await AgentFolder()
            defer { other.remove() }
            for file in ["keys/api.json", "keys/approval.json", "policies/policy.yaml"] {
                try other.overwrite(file, with: scene.folder)
            }
            try other.connect(to: scene.sandbox.origin)
            try other.replace(in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1s")
            try await scene.add(
                [["probability": 0.5, "fault": ["kind": "latency", "milliseconds": 7]]],
                to: "faults")
            let agents = [try scene.start(), try scene.start(other)]
            for _ in 1...4 {
                try await scene.create(
                    (1...15).map { AgentFolder.withdrawal("-0.\(10 + $0)000000") })
                try await scene.create((1...5).map { AgentFolder.transfer("-\($0).00000000") })
            }
            try await scene.sandbox.report {
                ($0["transactions_by_state"] as? [String: Int])?["PENDING"] ?? 0 == 0
            }
            for agent in agents { agent.terminate() }
            for agent in agents { #expect(await agent.end().code == 0) }
            let report = try await scene.sandbox.report()
            #expect(report["transactions_with_several_challenges"] as? [String] == [])
            #expect(report["nonces_reused"] as? Int == 0)
            #expect(report["signature_failures"] as? Int == 0)
            #expect(try await scene.approved().count == 80)
            let ledgers = [
                try await Referee.entries(of: scene.folder), try await Referee.entries(of: other),
            ]
            let signed = ledgers.map { Set($0.filter { $0.kind == "signed" }.map(\.id)) }
            #expect(signed[0].union(signed[1]) == (try await scene.approved()))
            print("signed by one \(signed[0].count), by the other \(signed[1].count)")
            // What the other agent alone signed is unknown to this ledger, and the referee says so.
            let alone = try await Referee.problems(scene, .init(limit: nil))
            #expect(alone.isEmpty == signed[1].subtracting(signed[0]).isEmpty)
        }
    }
}

extension AgentFolder {
    /// Puts another folder's bytes into a file, which keeps its mode.
    func overwrite(_ file: String, with other: AgentFolder) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: other.path + "/" + file))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/" + file))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }
}
