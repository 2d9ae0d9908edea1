import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SQLiteLedger
import SodiumKeys

extension AuditCommand {
    /// `countersign audit show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Everything about one entry, or about one transaction in order.",
            discussion: """
                The sentences of reasons are made from what the entry has; where an entry keeps
                only a reason's code, its meaning stands there without the particulars.

                --leaf writes the entry's bytes exactly as they are hashed into the audit log, and
                nothing else. The leaf of a confirmed entry holds the signature, which approves the
                transaction for ever: keep it as you would keep a key. Nothing else shows it.

                Examples:
                  countersign audit show 1284
                  countersign audit show f4342c75f714405d89007ef13ce68688atrx
                  countersign audit show 1284 --leaf | sha256sum
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption

        @Argument(
            help: ArgumentHelp(
                "The number of an entry, or the id of a transaction.",
                valueName: "seq|transaction"),
            transform: Self.subject)
        var subject: Subject

        @Flag(help: "The bytes of this entry, as the audit log has them.")
        var leaf = false

        /// What is to be shown.
        enum Subject {
            case entry(Int64)
            case transaction(TransactionID)
        }

        func validate() throws {
            if leaf, case .transaction = subject {
                throw ValidationError("--leaf is of one entry; give its number")
            }
        }

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let configuration = try self.configuration.load()
                let reader = try Wiring.ledgerReader(configuration)
                switch subject {
                case .entry(let seq): try await show(entry: seq, reader, format)
                case .transaction(let id): try await show(transaction: id, reader, format)
                }
            }
        }

        private func show(
            entry seq: Int64, _ reader: SQLiteLedgerReader, _ format: OutputFormat
        ) async throws {
            let (entry, last) = try await Wiring.read {
                () async throws(LedgerError) -> (RecordedEntry?, Int64) in
                let last = try await reader.lastSeq()
                guard (1...max(1, last)).contains(seq) else { return (nil, last) }
                let page = try await reader.page(
                    EntryFilter(), in: seq...seq, needs: .everything)
                return (page.entries.first, last)
            }
            guard let entry else {
                throw Failure.failed(
                    last == 0
                        ? "the ledger has no entries yet"
                        : "the ledger has no entry \(seq); its entries are 1 to \(last)")
            }
            if leaf { return Console.write(entry.bytes, to: Console.results) }
            Self.show(entry, format)
        }

        private func show(
            transaction id: TransactionID, _ reader: SQLiteLedgerReader, _ format: OutputFormat
        ) async throws {
            let search = AuditSearch(
                reader: reader, filter: EntryFilter(transactions: [id]), needs: .everything,
                progress: ProgressLine("read", amongResults: true))
            var before: RecordedEntry?
            let outcome = try await search.run { entry in
                Self.show(entry, after: before, format)
                before = entry
            }
            guard outcome.found > 0 else {
                throw Failure.failed(
                    "no entry of the ledger is about transaction \(id); `countersign explain` "
                        + "asks the platform for it")
            }
            guard format == .table, let last = before else { return }
            Console.print(
                "\(outcome.found) entries; the last is \(last.kind.rawValue), entry \(last.seq)"
                    + (last.text("transaction_state").map { ": \($0)" } ?? ""))
        }

        /// One entry of a transaction; the transaction itself stands above the first entry, and
        /// again where another body of it was decided on.
        private static func show(
            _ entry: RecordedEntry, after before: RecordedEntry?, _ format: OutputFormat
        ) {
            guard format == .table else { return show(entry, format) }
            let shown = ShownEntry(entry: entry, sha256: Sodium.sha256, withTransaction: false)
            if before == nil || before?.transaction != entry.transaction {
                shown.heading.forEach { Console.print($0) }
            }
            shown.lines.forEach { Console.print($0) }
        }

        private static func show(_ entry: RecordedEntry, _ format: OutputFormat) {
            let shown = ShownEntry(entry: entry, sha256: Sodium.sha256)
            switch format {
            case .json: Console.print(shown.json)
            case .table: shown.lines.forEach { Console.print($0) }
            }
        }

        private static func subject(_ text: String) throws -> Subject {
            if let id = TransactionID(text) { return .transaction(id) }
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seq = Int64(text),
                seq > 0
            else {
                throw ValidationError(
                    "give the number of an entry (from 1), or the id of a transaction (36 "
                        + "characters of 0-9 and a-z)")
            }
            return .entry(seq)
        }
    }
}
