import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SQLiteLedger
import SodiumKeys

extension AuditCommand {
    /// `countersign audit export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write entries for other programs: JSON lines, CSV or OCSF events.",
            discussion: """
                jsonl  one entry a line, its canonical bytes
                csv    RFC 4180 with a header; no cell of it is taken for a formula (docs/audit.md)
                ocsf   one event a line, OCSF 1.8.0 API Activity (class 6003), for a SIEM

                No export holds a signature: the SHA-256 of it stands in its place. FILE is written
                whole or not at all, for its owner alone. Without filters everything is exported.

                \(EntryFilterOptions.explanation)

                Examples:
                  countersign audit export --as csv --to october.csv --since 2026-10-01 \
                --until 2026-10-31
                  countersign audit export --as ocsf --to - | siem-forwarder
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption
        @OptionGroup(title: "Filters") var filters: EntryFilterOptions

        @Option(name: .customLong("as"), help: "The form.")
        var form: Form

        @Option(name: .customLong("to"), help: "The new file; - is stdout.")
        var target: String

        @Flag(help: "Replace FILE where it exists.")
        var force = false

        @Option(help: "Of more entries that match only the newest so many are exported.")
        var limit: Int?

        /// The forms of an export.
        enum Form: String, ExpressibleByArgument, CaseIterable {
            case jsonl, csv, ocsf
        }

        func validate() throws {
            if let limit, limit <= 0 { throw ValidationError("--limit is a number above 0") }
            if target.isEmpty { throw ValidationError("--to is a file's name, or - for stdout") }
        }

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let configuration = try self.configuration.load()
                let reader = try Wiring.ledgerReader(configuration)
                let file = try ExportFile(target, mayReplace: force)
                if form == .csv { try file.write(CSVRow.line(EntryRow.columns)) }
                let search = AuditSearch(
                    reader: reader, filter: filters.filter,
                    needs: form == .jsonl ? .bytes : .everything,
                    progress: ProgressLine("exported", amongResults: true))
                let line = line(origin: configuration.ledger.origin)
                let outcome = try await search.run(newest: limit) { try file.write(line($0)) }
                try file.finish()
                try await search.remark(outcome, limit: limit)
                tell(file, outcome, format)
            }
        }

        /// One entry in the form that is asked for, its line end included.
        private func line(origin: String) -> (RecordedEntry) -> [UInt8] {
            switch form {
            case .jsonl: { $0.disclosedBytes(Sodium.sha256) + [0x0A] }
            case .csv: { CSVRow.line(EntryRow.cells($0, Sodium.sha256)) }
            case .ocsf:
                { entry in
                    let event = OCSFEvent(origin: origin, sha256: Sodium.sha256)
                    return (event.json(entry).canonicalBytes ?? []) + [0x0A]
                }
            }
        }

        /// What came of it: on stdout, unless the export itself is there.
        private func tell(
            _ file: ExportFile, _ outcome: AuditSearch.Outcome, _ format: OutputFormat
        ) {
            let range = [outcome.first, outcome.last].compactMap { $0.map(String.init) }
            let summary =
                "\(outcome.found) entries"
                + (range.isEmpty ? "" : " (\(range.joined(separator: " to ")))")
                + ", \(file.bytes) bytes"
            guard !file.isStdout else { return Console.note(summary) }
            switch format {
            case .table: Console.print("\(file.target): \(summary)")
            case .json:
                Console.print(
                    .object([
                        "file": .string(file.target), "as": .string(form.rawValue),
                        "entries": .integer(outcome.found), "bytes": .integer(file.bytes),
                        "first_seq": outcome.first.map { .integer($0) } ?? .null,
                        "last_seq": outcome.last.map { .integer($0) } ?? .null,
                    ]))
            }
        }
    }
}
