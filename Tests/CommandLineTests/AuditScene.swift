import Foundation
import ProgramTestKit

/// An agent whose ledger holds each verdict, for the verbs of `audit`.
struct AuditScene {
    let agent: ConnectedAgent
    /// The transactions: allowed, blocked, escalated by a rule, escalated by a limit.
    let allowed: String
    let blocked: String
    let large: String
    let limited: String

    /// A reference that a spreadsheet would calculate.
    static let formula = "=1+1;@x"

    /// Runs `body` on a ledger after one pass over four transactions.
    static func with(_ body: (AuditScene) async throws -> Void) async throws {
        let batch = [
            AgentFolder.withdrawal("-0.45000000", fields: ["reference": formula]),
            AgentFolder.withdrawal(to: AgentFolder.ID.blocked),
            AgentFolder.withdrawal("-0.80000000"),
            AgentFolder.withdrawal("-0.45000000", to: AgentFolder.ID.coldWallet),
            AgentFolder.withdrawal("-0.45000000"),
        ]
        try await ConnectedAgent.with { agent in
            var ids: [String] = []
            // One after the other, so that the limit meets the last of them.
            for transaction in batch {
                ids += try await agent.add([transaction])
                let pass = try await agent.pass()
                guard pass.code == 0 else {
                    throw SandboxProcess.Failure(description: "pass: \(pass.errors)")
                }
            }
            try await body(
                AuditScene(
                    agent: agent, allowed: ids[0], blocked: ids[1], large: ids[2],
                    limited: ids[4]))
        }
    }

    /// Runs an audit verb on the ledger.
    func audit(_ words: String...) async throws -> Program.Result {
        try await Program("countersign").run(
            ["audit"] + words + ["--config", agent.folder.configuration])
    }

    /// The kinds of the entries that these filters let through.
    func kinds(_ filters: String...) async throws -> [String] {
        let result = try await Program("countersign").run(
            ["audit", "query", "--format", "json", "--config", agent.folder.configuration] + filters
        )
        return result.objects.compactMap { $0["kind"] as? String }
    }

    /// The signature of the allowed one, as only its leaf shows it.
    func signature() async throws -> String {
        let confirmed = try await audit(
            "query", "--transaction", allowed, "--kind", "confirmed", "--format", "json")
        let seq = confirmed.objects.first?["seq"] as? Int ?? 0
        let leaf = try await audit("show", String(seq), "--leaf")
        return leaf.objects.first?["signature"] as? String ?? ""
    }
}
