import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation
import SQLiteLedger

extension AuditCommand {
    /// `countersign audit prove`.
    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Evidence of one approval, or that there was none, for people outside.",
            discussion: """
                Writes the receipt of the transaction's confirmed approval (c2sp.org/tlog-proof, at
                most 4 KB), made from the published tiles. With --not-approved it writes one JSON
                document for a transaction that was not signed: its entries with proofs, the
                checkpoint, how many signatures the log has made up to there, and the last
                reconciliation.

                Exits 2 where what is asked for is not so, 1 where the transaction is unknown or
                not published yet.

                Examples:
                  countersign audit prove f4342c75f714405d89007ef13ce68688atrx --to a.tlog-proof
                  countersign audit prove --not-approved f4342c75f714405d89007ef13ce68688atrx
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption

        @Argument(
            help: "The transaction's id.",
            transform: { try EntryFilterOptions.transactionID($0) })
        var transaction: TransactionID

        @Flag(help: "Evidence for a transaction that was not signed.")
        var notApproved = false

        @Option(name: .customLong("to"), help: "A new file; stdout where it is not given.")
        var file: String?

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let configuration = try self.configuration.load()
                let reader = try Wiring.ledgerReader(configuration)
                let places = try Wiring.logPlaces(configuration, reader)
                let entries = try await Wiring.read {
                    () async throws(LedgerError) -> [LedgerEntry] in
                    try await reader.entries(about: transaction, limit: .max)
                }.map { (seq: $0.seq, kind: $0.kind) }
                let evidence: LogEvidence
                do throws(Stop) {
                    evidence =
                        notApproved
                        ? try await places.nothingSigned(for: transaction, entries)
                        : try await places.receipt(entries)
                } catch { throw Failure.failed(error.why) }
                try show(evidence, format)
            }
        }

        private func show(_ evidence: LogEvidence, _ format: OutputFormat) throws(Failure) {
            switch evidence {
            case .unknown:
                throw .failed("\(transaction): the ledger has no entry about this transaction")
            case .notPublished:
                throw .failed(
                    "\(transaction): what is to be proven is not published yet; the agent "
                        + "publishes within a minute, and when it stops")
            case .notConfirmed(let kind):
                throw .refused([
                    "\(transaction): no approval of it was confirmed (its last entry is "
                        + "'\(kind.rawValue)'); for one that was not signed use --not-approved"
                ])
            case .approved(let kind):
                throw .refused([
                    "\(transaction): the log has a '\(kind.rawValue)' entry about it: it cannot "
                        + "be shown that it was not signed"
                ])
            case .receipt(let receipt):
                guard format == .json else { return try write(receipt.bytes) }
                let text = String(decoding: receipt.bytes, as: UTF8.self)
                try write(
                    Self.line([
                        "transaction_id": .string(transaction.text),
                        "index": .integer(receipt.index), "receipt": .string(text),
                    ]))
            case .document(let document): try write((document.canonicalBytes ?? []) + [0x0A])
            }
        }

        private static func line(_ members: KeyValuePairs<String, JSONValue>) -> [UInt8] {
            let object = JSONValue.object(members.map { JSONMember($0.key, $0.value) })
            return (object.canonicalBytes ?? []) + [0x0A]
        }

        private func write(_ bytes: [UInt8]) throws(Failure) {
            guard let file else { return Console.write(bytes, to: STDOUT_FILENO) }
            do {
                try Data(bytes).write(to: URL(filePath: file), options: .withoutOverwriting)
            } catch {
                throw .failed(
                    "\(file) cannot be written: \(error.localizedDescription); name a new file in "
                        + "a folder that exists")
            }
        }
    }
}
