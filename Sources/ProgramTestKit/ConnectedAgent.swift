import Foundation

/// An agent's folder and a sandbox of its own that know each other.
package struct ConnectedAgent {
    package let folder: AgentFolder
    package let sandbox: SandboxProcess

    /// Runs `body` with a new agent and a new sandbox that has these transactions; both are gone
    /// afterwards. `change` sees the scenario before the sandbox does.
    package static func with(
        _ transactions: [[String: Any]] = [],
        change: (inout [String: Any]) -> Void = { _ in },
        _ body: (ConnectedAgent) async throws -> Void
    ) async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        let sandbox = try await SandboxProcess()
        do {
            var scenario = folder.scenario
            change(&scenario)
            try await sandbox.control("POST", "scenario", scenario)
            try folder.connect(to: sandbox.origin)
            let agent = ConnectedAgent(folder: folder, sandbox: sandbox)
            try await agent.add(transactions)
            try await body(agent)
        } catch {
            await sandbox.stop()
            throw error
        }
        await sandbox.stop()
    }

    /// Adds PENDING transactions on the platform and gives their ids.
    @discardableResult
    package func add(_ transactions: [[String: Any]]) async throws -> [String] {
        let answer = try await sandbox.control("POST", "transactions", transactions)
        return (answer as? [String: Any])?["ids"] as? [String] ?? []
    }

    /// One pass, its results as JSON.
    package func pass(_ flags: String...) async throws -> Program.Result {
        try await Program("countersign").run(
            ["run", "--once", "--format", "json", "--config", folder.configuration] + flags)
    }

    /// Runs `body` beside `countersign run` of this folder, which is ended afterwards.
    package func running(
        environment: [String: String] = [:], _ body: (RunningProgram) async throws -> Void
    ) async throws {
        let program = try folder.start("run", environment: environment)
        do { try await body(program) } catch {
            program.kill()
            _ = await program.end()
            throw error
        }
        program.kill()
        _ = await program.end()
    }
}
