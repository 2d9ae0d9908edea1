import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation
import PolicyYAML
import SQLiteLedger
import SodiumKeys

extension AuditCommand {
    /// `countersign audit replay`.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Do everything that the ledger records again, and compare.",
            discussion: """
                From the ledger alone, offline and without keys: every decision is decided again
                byte for byte, every binding and challenge rebuilt, every hash and signature
                checked, the sums of the limits added up. The first difference names its stage
                (exit 2). docs/replay.md says what this proves and what it does not.

                Examples:
                  countersign audit replay
                  countersign audit replay --ledger copy.sqlite --all --format json
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption

        @Option(help: "A ledger to replay (default: the one that the configuration names).")
        var ledger: String?

        @Option(help: "Entries before this number are taken as they are.")
        var since: Int64 = 1

        @Option(help: "The last entry to replay (default: the last that there is).")
        var until: Int64?

        @Flag(help: "Go on after the first difference, and tell the first 1,000.")
        var all = false

        func validate() throws {
            guard since >= 1 else { throw ValidationError("--since is a number from 1 on") }
            guard until ?? since >= since else {
                throw ValidationError("--until is not before --since")
            }
        }

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                do throws(SodiumError) { try Sodium.start() } catch {
                    throw Failure.failed("signatures cannot be verified: \(error)")
                }
                let path = try ledger ?? configuration.ledgerFile()
                let width = max(1, ProcessInfo.processInfo.activeProcessorCount)
                let source = try Self.open(path, width: width)
                let last = try await Wiring.read { () async throws(LedgerError) in
                    try await source.lastEntry()
                }
                let range = ApprovalAgent.Replay.Range(
                    since: since, until: min(until ?? last, last), tellsAll: all)
                let replay = ApprovalAgent.Replay(
                    source, load: Self.load, sha256: Sodium.sha256,
                    verifies: { Sodium.verify($0, of: $1, by: $2) }, width: width)
                let progress = ProgressLine("replayed")
                let start = ContinuousClock.now
                let tally = try await Wiring.read { () async throws(LedgerError) in
                    try await replay.run(range) { divergence in
                        progress.end()
                        Self.show(divergence, format)
                    } progress: {
                        progress.show($0, of: range.until)
                    }
                }
                progress.end()
                Self.show(tally, range, seconds: start.duration(to: .now).seconds, format)
                guard tally.divergences == 0 else {
                    throw Failure.refused([
                        "the ledger does not replay: \(path) is not what an agent wrote"
                    ])
                }
            }
        }

        private static func open(
            _ path: String, width: Int
        ) throws(Failure) -> SQLiteReplayedLedger {
            do throws(SQLiteLedgerError) {
                return try SQLiteReplayedLedger.open(
                    at: path, width: width, sha256: Sodium.sha256)
            } catch { throw .failed("\(error)") }
        }

        /// As it was loaded when it was activated; dates are not judged again.
        private static let load: ReplayLoader = { files in
            let directory = PolicyDirectory(
                path: "", shownAs: "policies", sha256: Sodium.sha256)
            let (loaded, findings) = directory.check(files: files)
            return loaded.map { .success($0) }
                ?? .failure(
                    PolicyRejected(
                        findings: findings.filter { $0.severity == .error }.map(\.description)))
        }

        private static func show(_ divergence: Divergence, _ format: OutputFormat) {
            switch format {
            case .json: Console.print(divergence.json)
            case .table:
                let about = divergence.transactionID.map { " of \($0)" } ?? ""
                Console.print(
                    "entry \(divergence.seq), \(divergence.kind?.rawValue ?? "missing")\(about): "
                        + "\(divergence.stage.rawValue)\n"
                        + "  expected \(Console.safe(divergence.expected))\n"
                        + "  found    \(Console.safe(divergence.found))")
            }
        }

        private static func show(
            _ tally: ReplayTally, _ range: ApprovalAgent.Replay.Range, seconds: Double,
            _ format: OutputFormat
        ) {
            let text = String(format: "%.3f", seconds)
            switch format {
            case .json:
                Console.print(
                    .object([
                        JSONMember(
                            "summary",
                            .object(
                                [
                                    JSONMember("since", .integer(range.since)),
                                    JSONMember("until", .integer(range.until)),
                                ] + tally.members + [JSONMember("seconds", .string(text))]))
                    ]))
            case .table: tally.lines(seconds: text).forEach { Console.print($0) }
            }
        }
    }
}

extension ReplayTally {
    /// What a person reads: what was done, then what could not be done.
    fileprivate func lines(seconds: String) -> [String] {
        let done = [
            "entries                \(entries)", "decided again          \(decisions)",
            "limits added up        \(usages)", "bound again            \(bindings)",
            "signatures verified    \(signatures)", "policies loaded        \(policies)",
            "seconds                \(seconds)", "divergences            \(divergences)",
        ]
        let notes: [(Int64, String)] = [
            (taken, "entries before --since: taken as they are"),
            (erased, "not done again: a body is erased; its hash still stands in the entry"),
            (
                tooLittle,
                "not done again: not enough was recorded (by an earlier build of the agent)"
            ),
            (unsummed, "limits not added up: an approval before them cannot be read"),
            (withoutKey, "confirmed without the signature: the key was gone after a restart"),
            (unknownPolicy, "held under a policy that was never activated: its result alone"),
        ]
        return done + notes.filter { $0.0 > 0 }.map { "note                   \($0.0) \($0.1)" }
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
