import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation
import PolicyYAML
import SodiumKeys

/// `countersign check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with configuration, keys, policy and address book.",
        discussion: """
            Offline, unless --online asks the platform whether the approval method is ACTIVATED,
            belongs to the entity and holds this key, and how the clocks differ.
            Exits 3 for any error, 2 for a warning with --strict, else 0.

            Examples:
              countersign check
              countersign check --online --strict
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    @Flag(help: "Ask the platform too.")
    var online = false

    @Flag(help: "Make warnings count.")
    var strict = false

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let configuration = try self.configuration.load()
            let (loaded, findings) = Wiring.policyDirectory(configuration).check()
            findings.forEach { Self.show($0, format) }
            let keys = Result { try Wiring.keys(configuration, for: .approving) }
            var problems: [String] = []
            if case .failure(let failure as Failure) = keys { problems += failure.lines }
            if loaded == nil || findings.contains(where: { $0.severity == .error }) {
                problems.append("the policy is not valid: see the findings")
            }
            guard problems.isEmpty, case .success(let keys) = keys else {
                throw Failure.invalid(problems)
            }
            let wiring = try Wiring(self.configuration)
            if online { try await ask(wiring, keys) }
            if strict, !findings.isEmpty {
                throw Failure.refused(["\(findings.count) warnings, and --strict makes them count"])
            }
            let metadata = wiring.policy.policy.metadata
            Console.note(
                "countersign: no errors; policy \(metadata.id), revision \(metadata.revision), "
                    + "digest \(wiring.policy.digest)")
        }
    }

    private func ask(_ wiring: Wiring, _ keys: Keys) async throws {
        try await wiring.withCustody(keys) { try await wiring.preflight(keys, $0) }
        if let doubt = wiring.clockWatch.doubt {
            throw Failure.failed("\(doubt.message); set the clock (NTP)")
        }
        let skew = wiring.clockWatch.skew.map { "the clocks differ by about \($0) ms" }
        Console.note("countersign: the platform agrees; \(skew ?? "it did not tell its time")")
    }

    private static func show(_ finding: Finding, _ format: OutputFormat) {
        switch format {
        case .table: Console.print(finding.description)
        case .json:
            Console.print(
                .object([
                    JSONMember("code", .string(finding.code.rawValue)),
                    JSONMember("severity", .string(finding.severity.rawValue)),
                    JSONMember("file", .string(finding.file)),
                    JSONMember("line", .integer(finding.position.line)),
                    JSONMember("column", .integer(finding.position.column)),
                    JSONMember("path", .string(finding.path.description)),
                    JSONMember("message", .string(finding.message)),
                    JSONMember("fix", .optional(finding.fix)),
                ]))
        }
    }
}
