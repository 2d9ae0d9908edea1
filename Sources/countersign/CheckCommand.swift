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
            belongs to the entity and holds this key, and how the clocks differ. The policy's own
            tests are run; `countersign test` shows each of them.
            Exits 3 for any error, 2 for a test that fails or a warning with --strict, else 0.

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
            let policy = TestedPolicy(configuration)
            var (loaded, findings) = policy.directory.check()
            let tests = loaded.map(policy.test)
            findings += tests?.findings ?? []
            if let loaded { findings += try await Self.revisions(loaded, configuration) }
            for finding in findings {
                switch format {
                case .table: Console.print(finding.description)
                case .json: Console.print(finding.json)
                }
            }
            let keys = Result { try Wiring.keys(configuration, for: .approving) }
            var problems: [String] = []
            if case .failure(let failure as Failure) = keys { problems += failure.lines }
            do throws(Failure) { try configuration.checkCommand() } catch {
                problems += error.lines
            }
            if loaded == nil || findings.contains(where: { $0.severity == .error }) {
                problems.append("the policy is not valid: see the findings")
            }
            guard problems.isEmpty, let loaded, case .success(let keys) = keys else {
                throw Failure.invalid(problems)
            }
            let wiring = try Wiring(configuration, loaded)
            if online { try await ask(wiring, keys) }
            if let tests, !tests.failures.isEmpty { throw Failure.refused(tests.failures) }
            configuration.warnings.forEach { Console.note("countersign: warning: " + $0) }
            let warnings = findings.count + configuration.warnings.count
            if strict, warnings > 0 {
                throw Failure.refused(["\(warnings) warnings, and --strict makes them count"])
            }
            let metadata = wiring.policy.policy.metadata
            Console.note(
                "countersign: no errors; policy \(metadata.id), revision \(metadata.revision), "
                    + "digest \(wiring.policy.digest)"
                    + (tests.map(\.count) == 0 ? "" : ", tests passed: \(tests?.count ?? 0)"))
        }
    }

    /// Holds the revisions against the ledger, where there is one.
    private static func revisions(
        _ policy: LoadedPolicy, _ configuration: Configuration
    ) async throws(Failure) -> [Finding] {
        guard FileManager.default.fileExists(atPath: configuration.ledger.file) else { return [] }
        return try await Wiring.revisionFindings(
            policy, configuration, Wiring.ledgerReader(configuration))
    }

    private func ask(_ wiring: Wiring, _ keys: Keys) async throws {
        try await wiring.withCustody(keys) { try await wiring.preflight(keys, $0) }
        let maxSkew = wiring.policy.policy.settings.maxClockSkew
        if let doubt = wiring.clockWatch.doubt(maxSkew) {
            throw Failure.failed("\(doubt.message); set the clock (NTP)")
        }
        let skew = wiring.clockWatch.skew.map { "the clocks differ by about \($0) ms" }
        Console.note("countersign: the platform agrees; \(skew ?? "it did not tell its time")")
    }
}

extension Finding {
    /// `{"code","severity","file","line","column","path","message","fix"}`.
    var json: JSONValue {
        .object([
            JSONMember("code", .string(code.rawValue)),
            JSONMember("severity", .string(severity.rawValue)),
            JSONMember("file", .string(file)),
            JSONMember("line", .integer(position.line)),
            JSONMember("column", .integer(position.column)),
            JSONMember("path", .string(path.description)),
            JSONMember("message", .string(message)),
            JSONMember("fix", .optional(fix)),
        ])
    }
}
