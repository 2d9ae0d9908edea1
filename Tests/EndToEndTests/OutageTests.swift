import Foundation
import ProgramTestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct OutageTests {
    @Test func `an outage sees at most one request a second, and the work goes on after it`()
        async throws
    {
        try await Scene.play(policy: Scene.unlimited) { scene in
            try await scene.create([AgentFolder.withdrawal()])
            let agent = try scene.start()
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
            try await scene.add(
                [["fault": ["kind": "status", "status": 503]]], to: "faults")
            try await scene.create((1...40).map { _ in AgentFolder.withdrawal() })
            // The breaker opens after ten failures and the budget of ten retries is spent.
            let struck = { (report: [String: Any]) in report["faults_struck"] as? Int ?? 0 }
            try await scene.sandbox.report { struck($0) >= 20 }
            let (first, began) = (struck(try await scene.sandbox.report()), ContinuousClock.now)
            try await scene.sandbox.report { struck($0) >= first + 4 }
            #expect(ContinuousClock.now - began >= .seconds(2.5))

            try await scene.clear("faults")
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 41 }
            agent.terminate()
            #expect(await agent.end().code == 0)
            // The last of them may be approved there and not confirmed here yet.
            _ = try await scene.settle()
            let problems = try await Referee.problems(scene, .init(limit: nil))
            #expect(problems == [])
        }
    }
}
