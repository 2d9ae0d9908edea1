import ArgumentParser

/// The command line. One file per command; the wiring is in Wiring.swift.
@main
struct Countersign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersign",
        abstract: "Approves custody transactions that the policy allows, and proves what it did.",
        discussion: """
            Start with `countersign init DIR`, then edit DIR/countersign.yaml and DIR/policies.
            `countersign check` finds what is wrong; `countersign run --once --dry-run` shows what
            would happen without signing anything.

            Exit codes: 0 done, 1 could not do it, 2 the answer is no, 3 invalid configuration,
            key or policy, 4 could not be decided, 64 usage.
            """,
        subcommands: [
            InitCommand.self, KeysCommand.self, CheckCommand.self, TestCommand.self,
            RunCommand.self,
            ExplainCommand.self, AuditCommand.self, StatusCommand.self, HaltCommand.self,
            ResumeCommand.self, DoctorCommand.self, BackupCommand.self,
            VersionCommand.self,
        ])
}
