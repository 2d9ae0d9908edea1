import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SQLiteLedger
import SodiumKeys

extension AuditCommand {
    /// `countersign audit query`.
    struct Query: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the ledger's entries, oldest first.",
            discussion: """
                \(EntryFilterOptions.explanation)

                With --format json each line is an entry's canonical bytes, but for the signature
                of a confirmed one, in whose place its SHA-256 stands.

                Examples:
                  countersign audit query --since 2026-10-01 --until 2026-10-31 --action block
                  countersign audit query --transaction f4342c75f714405d89007ef13ce68688atrx
                  countersign audit query --kind signed --format json
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption
        @OptionGroup(title: "Filters") var filters: EntryFilterOptions

        @Option(help: "Of more entries that match only the newest so many are listed.")
        var limit = 1_000

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit is a number above 0") }
        }

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let configuration = try self.configuration.load()
                let reader = try Wiring.ledgerReader(configuration)
                let search = AuditSearch(
                    reader: reader, filter: filters.filter,
                    needs: format == .table ? .everything : .bytes,
                    progress: ProgressLine("read", amongResults: true))
                var isFirst = true
                let outcome = try await search.run(newest: limit) { entry in
                    switch format {
                    case .json:
                        Console.write(
                            entry.disclosedBytes(Sodium.sha256) + [0x0A], to: Console.results)
                    case .table:
                        if isFirst { Console.print(EntryLine.headings) }
                        Console.print(EntryLine.of(entry))
                    }
                    isFirst = false
                }
                try await search.remark(outcome, limit: limit)
            }
        }
    }
}
