import ApprovalCore
import ArgumentParser

/// `countersign version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Version and commit.",
        discussion: "Example:\n  countersign version --format json")

    @OptionGroup var output: FormatOption

    func run() async throws {
        try await reporting {
            switch try output.chosen() {
            case .table: Console.print("countersign \(Version.engine) (\(BuildCommit.text))")
            case .json:
                Console.print(
                    .object([
                        JSONMember("version", .string(Version.engine)),
                        JSONMember("commit", .string(BuildCommit.text)),
                    ]))
            }
        }
    }
}
