import ApprovalCore
import ArgumentParser
import Foundation
import SQLiteLedger
import SodiumKeys

/// `countersign backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "A checked copy of the ledger, while the agent runs or not.",
        discussion: """
            FILE must not exist. The copy is the ledger as it was at one moment; every row of it is
            read and checked before it gets its name. It belongs to its owner alone, and the agent
            is never held up. Whatever goes wrong, nothing is left behind.

            Write down what it prints: the number of entries and the last entry's hash say whether
            a later copy continues this one.

            Example:
              countersign backup /var/backups/countersign/ledger-2026-10-02.sqlite
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    @Argument(help: "The new file, in a folder that exists.")
    var file: String

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let configuration = try self.configuration.load()
            let progress = ProgressLine("copied")
            let result: Result<LedgerBackup, SQLiteLedgerError>
            do throws(SQLiteLedgerError) {
                result = .success(
                    try await SQLiteLedger.backUp(
                        configuration.ledger.file, to: file, sha256: Sodium.sha256,
                        sha256OfPieces: Sodium.sha256OfPieces,
                        progress: { progress.show($0, of: $1) }))
            } catch { result = .failure(error) }
            progress.end()
            switch result {
            case .success(let backup): show(backup, format)
            case .failure(let error): throw Failure.failed("\(error)")
            }
        }
    }

    private func show(_ backup: LedgerBackup, _ format: OutputFormat) {
        switch format {
        case .json:
            Console.print(
                .object([
                    "file": .string(file), "entries": .integer(backup.entries),
                    "last_entry_sha256": .optional(backup.lastEntry?.description),
                    "bytes": .integer(backup.bytes), "sha256": .string(backup.sha256.description),
                ]))
        case .table:
            Console.print("file         \(file)")
            Console.print("entries      \(backup.entries)")
            Console.print("last entry   \(backup.lastEntry?.description ?? "none")")
            Console.print("bytes        \(backup.bytes)")
            Console.print("sha256       \(backup.sha256)")
        }
    }
}
