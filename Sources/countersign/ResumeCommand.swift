import ArgumentParser

/// `countersign resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on approving, and asking groups, after a stop.",
        discussion: """
            Removes the file HALT, by which a person stopped approvals, and the file GROUP-HALT,
            by which the agent stopped asking groups; both stand beside the ledger. Find out first
            why they are there: `countersign status`.

            Example:
              countersign resume --config /etc/countersign/countersign.yaml
            """)

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        try await reporting {
            let ledger = try configuration.ledgerFile()
            let approvals = try HaltFile(besideLedger: ledger).resume()
            let groups = try GroupHaltFile(besideLedger: ledger).resume()
            if approvals { Console.note("resumed: approvals go on") }
            if groups { Console.note("resumed: groups are asked again") }
            if !approvals && !groups { Console.note("nothing to do: it is not halted") }
        }
    }
}
