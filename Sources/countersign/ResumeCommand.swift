import ArgumentParser

/// `countersign resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on approving after a halt.",
        discussion: "Example:\n  countersign resume --config /etc/countersign/countersign.yaml")

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        try await reporting {
            let file = try configuration.haltFile()
            Console.note(
                try file.resume() ? "resumed: approvals go on" : "nothing to do: it is not halted")
        }
    }
}
