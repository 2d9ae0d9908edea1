import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SQLiteLedger

/// `countersign audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The evidence: what was decided and done, and why.",
        discussion: "Example:\n  countersign audit query --kind confirmed",
        subcommands: [Query.self])

    /// `countersign audit query`.
    struct Query: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the ledger's entries, oldest first.",
            discussion: """
                With --format json each line is an entry's canonical bytes.

                Examples:
                  countersign audit query --transaction f4342c75f714405d89007ef13ce68688atrx
                  countersign audit query --kind signed --format json
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption

        @Option(help: "Only entries about this transaction.")
        var transaction: TransactionID?

        @Option(help: "Only entries of this kind, such as decided or confirmed.")
        var kind: EntryKind?

        @Option(help: "The latest so many entries are looked at.")
        var limit = 1_000

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit is a number above 0") }
        }

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let configuration = try self.configuration.load()
                let reader = try Wiring.ledgerReader(configuration)
                let entries = try await Wiring.read {
                    () async throws(LedgerError) -> [LedgerEntry] in
                    guard let transaction else { return try await reader.entries(limit: limit) }
                    return try await reader.entries(about: transaction, limit: limit)
                }
                for entry in entries where kind == nil || entry.kind == kind {
                    Self.show(entry, format)
                }
            }
        }

        private static func show(_ entry: LedgerEntry, _ format: OutputFormat) {
            switch format {
            case .json: Console.print(String(decoding: entry.body, as: UTF8.self))
            case .table:
                let body = try? JSONValue(parsing: entry.body)
                Console.print(
                    "\(entry.seq)  \(entry.time)  \(entry.kind.rawValue)  "
                        + "\(entry.transactionID?.text ?? "-")  \(detail(body))")
            }
        }

        /// What a person wants to know of an entry at a glance.
        private static func detail(_ body: JSONValue?) -> String {
            let result = body?["result"] ?? body
            let codes = result?["reasons"]?.elements?.compactMap { $0["code"]?.text } ?? []
            let words = [
                result?["action"]?.text, codes.isEmpty ? nil : codes.joined(separator: ","),
                body?["approval_request_id"]?.text,
                body?["challenge_sha256"]?.text.map { "sha256 \($0.prefix(16))" },
                body?["transaction_state"]?.text,
                body?["asking"].flatMap(Asking.init(json:))?.sentence,
                body?["policy"]?["digest"]?.text.map { "policy \($0.prefix(16))" },
            ]
            return words.compactMap { $0 }.joined(separator: "  ")
        }
    }
}

extension EntryKind: ExpressibleByArgument {}

extension TransactionID: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
