import Foundation
import ProgramTestKit

/// From the creation of a withdrawal, which the platform tells by a callback, to the agent's word
/// that it is confirmed: milliseconds, sorted. The agent polls once an hour, so nothing else tells
/// it. What the creation itself takes is counted too.
func callbackDelays(count: Int) async throws -> [Double] {
    var delays: [Double] = []
    try await ConnectedAgent.with { agent in
        try agent.folder.listen()
        let changes = [
            ("countersign.yaml", "poll_interval: 15s", "poll_interval: 1h"),
            (
                "policies/policy.yaml", "max_amount: \"1.00000000\"",
                "max_amount: \"99999.00000000\""
            ), ("policies/policy.yaml", "max_count: 40", "max_count: 1000000"),
        ]
        for (file, old, new) in changes { try agent.folder.replace(in: file, old, new) }
        try await agent.running { program in
            let operations = try await AgentPages(of: program, door: "operations")
            let callbacks = try await AgentPages(of: program, door: "callbacks")
            try await operations.get("/readyz") { $0.status == 200 }
            let url = callbacks.origin.replacingOccurrences(of: "localhost", with: "127.0.0.1")
            try await agent.sandbox.control("POST", "callbacks", ["url": url + "/callbacks"])
            for _ in 0..<count {
                let begin = ContinuousClock.now
                let id = try await agent.add([AgentFolder.withdrawal("-0.00100000")]).first ?? ""
                let line = await program.errorLine {
                    $0.contains(id) && $0.contains("\"outcome\":\"confirmed\"")
                }
                guard line != nil else {
                    throw SandboxProcess.Failure(
                        description: "not confirmed: \(program.errorsSoFar.suffix(2_000))")
                }
                let delay = ContinuousClock.now - begin
                delays.append(
                    Double(delay.components.attoseconds) / 1e15
                        + Double(delay.components.seconds) * 1_000)
            }
        }
    }
    return delays.sorted()
}
