import ArgumentParser

/// `countersign audit`. Each verb has its own file, `Audit<Verb>Command.swift`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The evidence: what was decided and done, and why.",
        discussion: "Example:\n  countersign audit query --kind confirmed",
        subcommands: [
            Query.self, Show.self, Export.self, Prove.self, Verify.self, Replay.self,
            Rebuild.self,
        ])
}
