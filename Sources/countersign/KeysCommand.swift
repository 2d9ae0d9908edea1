import ApprovalCore
import ArgumentParser
import SodiumKeys

/// `countersign keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make and show Ed25519 key files.",
        discussion: "Example:\n  countersign keys create --purpose approval keys/approval.json",
        subcommands: [Create.self, Show.self])

    /// `countersign keys create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key file, mode 0600; nothing is overwritten.",
            discussion: "Example:\n  countersign keys create --purpose approval keys/approval.json")

        @Option(help: "What the key is for: api, approval or log.")
        var purpose: KeyPurpose

        @Option(help: "The environment that the key is for; another one refuses it.")
        var environment: String?

        @Argument(help: "The file to write.")
        var file: String

        @OptionGroup var output: FormatOption

        func run() async throws {
            try await reporting {
                let part: PublicPart
                do throws(KeyFileError) {
                    part = try KeyFile.create(file, purpose: purpose, environment: environment)
                } catch { throw Failure.failed(error.description) }
                Console.note("wrote \(file) (mode 0600); keep it out of backups that others read")
                try KeysCommand.show(part, output.chosen())
            }
        }
    }

    /// `countersign keys show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the public part, as the platform's registration wants it.",
            discussion: """
                With --origin also the verifier key under which auditors check the audit log.

                Examples:
                  countersign keys show keys/approval.json
                  countersign keys show keys/log.json --origin countersign.example/treasury
                """)

        @Argument(help: "The key file.")
        var file: String

        @Option(help: "The log's name, ledger.origin: shows its verifier key too.")
        var origin: String?

        @OptionGroup var output: FormatOption

        func run() async throws {
            try await reporting {
                let part: PublicPart
                do throws(KeyFileError) { part = try KeyFile.publicPart(file) } catch {
                    throw Failure.invalid(error.description)
                }
                try KeysCommand.show(part, output.chosen(), try verifierKey(part))
            }
        }

        private func verifierKey(_ part: PublicPart) throws(Failure) -> VerifierKey? {
            guard let origin else { return nil }
            guard part.purpose == nil || part.purpose == .log else {
                throw .failed("\(file): --origin is for the log's key, and this is another")
            }
            guard let key = VerifierKey(name: origin, publicKey: part.publicKey, Sodium.sha256)
            else {
                throw .failed(
                    "--origin: a log's name is 1 to 255 bytes without white space and '+'")
            }
            return key
        }
    }

    private static func show(
        _ part: PublicPart, _ format: OutputFormat, _ verifierKey: VerifierKey? = nil
    ) {
        switch format {
        case .table:
            Console.print(part.publicKey.description)
            if let verifierKey { Console.print(verifierKey.description) }
        case .json:
            Console.print(
                .object(
                    [
                        JSONMember("type", .string("ed25519")),
                        JSONMember("pub_key", .string(part.publicKey.description)),
                        JSONMember("purpose", .optional(part.purpose?.rawValue)),
                        JSONMember("environment", .optional(part.environment)),
                    ] + (verifierKey.map { [JSONMember("vkey", .string($0.description))] } ?? [])))
        }
    }
}

extension KeyPurpose: ExpressibleByArgument {}
