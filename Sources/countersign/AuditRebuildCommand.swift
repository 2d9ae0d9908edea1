import ApprovalAgent
import ApprovalCore
import ArgumentParser
import AuditFiles
import Foundation

extension AuditCommand {
    /// `countersign audit rebuild`.
    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the audit directory anew from the ledger.",
            discussion: """
                DIR must be missing or empty. It gets every tile and bundle, byte for byte as they
                were published, the last checkpoint that was signed and the receipts. Only the
                public part of the log key is read. Stop the agent before DIR takes the place of
                ledger.audit_directory.

                Example:
                  countersign audit rebuild /var/lib/countersign/audit.new
                """)

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: FormatOption

        @Argument(help: "A folder that is missing or empty.")
        var directory: String

        func run() async throws {
            try await reporting {
                let format = try output.chosen()
                let configuration = try self.configuration.load()
                let reader = try Wiring.ledgerReader(configuration)
                try prepare()
                let places = try Wiring.logPlaces(
                    configuration, reader, directory: AuditDirectory(directory))
                let size: Int64?
                do throws(Stop) { size = try await places.rebuild() } catch {
                    throw Failure.failed(error.why)
                }
                guard let size else {
                    throw Failure.failed(
                        "\(configuration.ledger.file): no checkpoint was ever signed; "
                            + "`countersign run` makes the first")
                }
                switch format {
                case .table: Console.print("\(directory): \(size) entries")
                case .json:
                    Console.print(
                        .object(["directory": .string(directory), "entries": .integer(size)]))
                }
            }
        }

        private func prepare() throws(Failure) {
            let files = FileManager.default
            do {
                if files.fileExists(atPath: directory) {
                    guard try files.contentsOfDirectory(atPath: directory).isEmpty else {
                        throw Failure.failed(
                            "\(directory) is not empty; name a folder that is missing or empty")
                    }
                    return
                }
                try files.createDirectory(
                    atPath: directory, withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700])
            } catch let failure as Failure {
                throw failure
            } catch {
                throw .failed("\(directory) cannot be made: \(error.localizedDescription)")
            }
        }
    }
}
