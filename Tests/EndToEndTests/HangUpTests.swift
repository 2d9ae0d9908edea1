import Foundation
import ProgramTestKit
import Testing

/// SIGHUP where it is not expected.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HangUpTests {
    @Test func `many hang-ups at work end nothing, and each policy is loaded at most once more`()
        async throws
    {
        try await Scene.play { scene in
            let ids = try await scene.create((1...30).map { _ in AgentFolder.transfer() })
            let agent = try scene.start()
            try #require(await agent.errorLine(holding: "\"started\"") != nil)
            for _ in 1...50 { agent.hangUp() }
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 30 }
            try #require(await agent.errorLine(holding: "policy unchanged") != nil)
            agent.terminate()
            let end = await agent.end()
            #expect(end.code == 0)
            let loads = end.errors.split(separator: "\n").filter { $0.contains("policy unchanged") }
            #expect((1...51).contains(loads.count))
            #expect(try await scene.approved() == Set(ids))
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `a single pass takes no notice of a hang-up`() async throws {
        try await Scene.play { scene in
            let ids = try await scene.create((1...20).map { _ in AgentFolder.transfer() })
            try await scene.add(
                [["match": [:], "fault": ["kind": "latency", "milliseconds": 20]]], to: "faults")
            let pass = try scene.startOnce()
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int ?? 0 >= 1 }
            for _ in 1...5 { pass.hangUp() }
            let end = await pass.end()
            #expect(end.code == 0, "\(end.errors)")
            #expect(try await scene.approved() == Set(ids))
        }
    }
}
