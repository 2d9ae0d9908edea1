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
            discussion: "Example:\n  countersign keys show keys/approval.json")

        @Argument(help: "The key file.")
        var file: String

        @OptionGroup var output: FormatOption

        func run() async throws {
            try await reporting {
                let part: PublicPart
                do throws(KeyFileError) { part = try KeyFile.publicPart(file) } catch {
                    throw Failure.invalid(error.description)
                }
                try KeysCommand.show(part, output.chosen())
            }
        }
    }

    private static func show(_ part: PublicPart, _ format: OutputFormat) {
        switch format {
        case .table: Console.print(part.publicKey.description)
        case .json:
            Console.print(
                .object([
                    JSONMember("type", .string("ed25519")),
                    JSONMember("pub_key", .string(part.publicKey.description)),
                    JSONMember("purpose", .optional(part.purpose?.rawValue)),
                    JSONMember("environment", .optional(part.environment)),
                ]))
        }
    }
}

extension KeyPurpose: ExpressibleByArgument {}
