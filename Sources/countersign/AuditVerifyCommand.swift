import ApprovalAgent
import ApprovalCore
import ArgumentParser
import AuditFiles
import Foundation
import SodiumKeys

extension AuditCommand {
    /// `countersign audit verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that the log is complete and unchanged, offline.",
            discussion: """
                Without DIR: the configured ledger and its audit directory, and that both say the
                same. With DIR: any copy of an audit directory, with the log's public key alone.

                Exit 0: verified. 2: it is not the log that was signed; the verdict names the first
                bad entry and what was done to it: edited, removed, reordered, truncated, forked,
                rolled_back, or signed_by_another_key. 1: something could not be read, or the agent
                was stopped while it published (verdict unfinished).

                A copy proves itself only with a key that did not come with it, and shows that
                nothing was cut off its end only with --since.

                Examples:
                  countersign audit verify
                  countersign audit verify copy/ --key 'log.example+1a2b3c4d+AQ…' --since kept.note
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption

        @Argument(help: "A copy of an audit directory (default: the configured one).")
        var directory: String?

        @Option(help: "The log's public key, as its vkey has it, or a file with it.")
        var key: String?

        @Option(help: "A checkpoint that was kept from earlier: a file.")
        var since: String?

        func validate() throws {
            guard key == nil || directory != nil else {
                throw ValidationError("--key belongs to a DIR; the configured log has its own key")
            }
        }

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let report = try await verified()
                report.show(format)
                if let fault = report.fault { throw Failure.refused([fault.description]) }
                if report.isUnfinished {
                    throw Failure.failed(
                        "\(report.directory)/checkpoint: a later one was signed, and is not "
                            + "published yet: the agent was stopped between the two. All that it is "
                            + "of is there and verified; start the agent, which publishes it")
                }
            }
        }

        private func verified() async throws -> LogReport {
            guard let directory else {
                return try await LedgerVerification(try configuration.load()).run(since: kept())
            }
            let key = try self.key.map(Self.key) ?? Self.ownKey(of: directory)
            let verification = LogVerification(directory: directory, key: key)
            return try verification.run(since: kept())
        }

        private func kept() throws(Failure) -> [KeptNote] {
            guard let since else { return [] }
            guard let bytes = FileManager.default.contents(atPath: since) else {
                throw .failed("\(since): the checkpoint of --since cannot be read")
            }
            guard let note = SignedNote(parsing: bytes.map { $0 }) else {
                throw .failed("\(since): it is not a checkpoint: a signed note, unchanged")
            }
            return [KeptNote(file: since, note: note)]
        }

        /// The key itself, or a file that holds it.
        private static func key(_ text: String) throws(Failure) -> VerifierKey {
            if let key = read(text) { return key }
            guard let bytes = FileManager.default.contents(atPath: text) else {
                throw .invalid(
                    "--key: it is neither a public key in the form name+id+base64, as the file "
                        + "vkey has it, nor a file that can be read")
            }
            guard let key = read(String(decoding: bytes, as: UTF8.self)) else {
                throw .invalid(
                    "\(text): it does not hold a public key, name+id+base64, on one line")
            }
            return key
        }

        private static func ownKey(of directory: String) throws(Failure) -> VerifierKey {
            let bytes: [UInt8]?
            do throws(LogDirectoryError) {
                bytes = try AuditDirectory(directory).read("vkey")
            } catch {
                throw .failed(error.description)
            }
            guard let bytes else {
                throw .failed(
                    "\(directory)/vkey: it is not there; give the log's public key with --key")
            }
            guard let key = read(String(decoding: bytes, as: UTF8.self)) else {
                throw .invalid(
                    "\(directory)/vkey: it is no public key, name+id+base64; give it with --key")
            }
            Console.note(
                "WARNING: the key came with the copy: whoever made the copy may have made the key "
                    + "too. Compare it with the one that you were given, or give it with --key: "
                    + "\(key)")
            return key
        }

        private static func read(_ text: String) -> VerifierKey? {
            let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
            return VerifierKey(text: line, Sodium.sha256).flatMap {
                Sodium.isValid($0.publicKey) ? $0 : nil
            }
        }
    }
}
