import ArgumentParser
import Glibc

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
            ResumeCommand.self, ReconcileCommand.self, DoctorCommand.self, BackupCommand.self,
            VersionCommand.self,
        ])

    /// Runs what the command line asks for, and leaves with its exit code.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            leave(0)
        } catch {
            let (code, text) = (exitCode(for: error).rawValue, fullMessage(for: error))
            if !text.isEmpty {
                Console.write(
                    Array((text + "\n").utf8), to: code == 0 ? STDOUT_FILENO : STDERR_FILENO)
            }
            leave(code)
        }
    }

    /// Ends the process without `atexit`: OpenSSL frees there what libcurl's thread, which nobody
    /// can join, may still need for its own end. That was a crash in one of 2,000 runs.
    private static func leave(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
