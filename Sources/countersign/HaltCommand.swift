import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation

/// `countersign halt`.
struct HaltCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "Stop approving now.",
        discussion: """
            Creates the file HALT beside the ledger. The agent looks for it inside every
            reservation and before every approval it sends; it works with the agent, the ledger
            and the platform down.

            Example:
              countersign halt --reason "address list under review, OPS-4411"
            """)

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: "Why, for those who find it.")
    var reason: String

    func run() async throws {
        try await reporting {
            let file = HaltFile(besideLedger: try configuration.ledgerFile())
            let person = ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName()
            try file.halt(
                Halt(since: SystemClock().now(), by: Console.safe(person), why: reason))
            Console.note("halted: no approval is signed or sent while \(file.path) exists")
        }
    }
}
