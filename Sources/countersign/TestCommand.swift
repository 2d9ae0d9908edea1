import ApprovalAgent
import ArgumentParser
import Foundation
import PolicyYAML
import SodiumKeys

/// `countersign test`.
struct TestCommand: AsyncParsableCommand {
    /// How the results are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case pretty, json, junit
    }

    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the policy's own tests: tests/*_test.yaml in the policy's directory.",
        discussion: """
            Nothing is asked of the platform or the ledger: each test has its own
            clock and its own past. How tests are written: docs/testing.md.
            Exits 3 for any error in the policy or its tests, 2 where a test fails
            or there is none to run, else 0. --coverage changes no exit code.

            Examples:
              countersign test
              countersign test --coverage
              countersign test --format junit > policy-tests.xml
            """)

    @OptionGroup var configuration: ConfigurationOption

    @Flag(help: "List the rules, limits, patterns and guards that no test exercises.")
    var coverage = false

    @Option(help: "How results are printed: pretty, json or junit.")
    var format: Format?

    func run() async throws {
        try await reporting {
            let format = try chosen()
            let directory = try PolicyPlace(self.configuration.path)
            let (found, findings) = PolicyDirectory(
                path: directory.path, shownAs: directory.shownAs, sha256: Sodium.sha256
            ).check()
            try Self.refuse(findings, format)
            guard let loaded = found else { throw Failure.invalid("the policy is not valid") }
            guard loaded.files.contains(where: { $0.path.hasPrefix("tests/") }) else {
                throw Failure.refused([
                    "\(directory.shownAs): there are no tests to run; "
                        + "write tests/NAME_test.yaml (docs/testing.md)"
                ])
            }
            let (report, more) = PolicyTests.run(loaded, shownAs: directory.shownAs)
            try Self.refuse(more, format)
            show(report, format, places: PolicyTests.places(loaded), directory.shownAs)
            guard report.isPassed else {
                throw Failure.refused(["\(report.failed) of \(report.results.count) tests failed"])
            }
        }
    }

    /// `--format`, or COUNTERSIGN_FORMAT, where `table` is `pretty`.
    private func chosen() throws(Failure) -> Format {
        if let format { return format }
        switch ProcessInfo.processInfo.environment["COUNTERSIGN_FORMAT"] {
        case nil, "table": return .pretty
        case "json": return .json
        case .some:
            throw .invalid("COUNTERSIGN_FORMAT is neither table nor json; set one of them")
        }
    }

    private static func refuse(_ findings: [Finding], _ format: Format) throws(Failure) {
        let errors = findings.filter { $0.severity == .error }
        guard !errors.isEmpty else { return }
        if format == .json { errors.forEach { Console.print($0.json) } }
        throw .invalid(errors.map(\.description))
    }

    private func show(
        _ report: PolicyTestReport, _ format: Format,
        places: [PolicyTestCoverage.Subject: SourcePosition], _ shownAs: String
    ) {
        switch format {
        case .pretty: report.lines(colour: Console.hasColour).forEach { Console.print($0) }
        case .junit: report.junit.forEach { Console.print($0) }
        case .json:
            report.results.forEach { Console.print($0.json) }
            Console.print(report.summaryJSON)
        }
        guard coverage, format != .json else { return }
        let lines = report.coverage.lines { subject in
            places[subject].map { "\(shownAs)/policy.yaml:\($0.line):\($0.column)" }
        }
        for line in lines {
            if format == .pretty { Console.print(line) } else { Console.note(line) }
        }
    }
}

/// Where the policy stands, from a configuration of which nothing else is used: tests need no
/// platform, key or ledger.
private struct PolicyPlace {
    let path: String
    /// As it is written.
    let shownAs: String

    init(_ configuration: String) throws(Failure) {
        let bytes: [UInt8]
        do throws(FileProblem) {
            bytes = try FileBytes.read(configuration, limit: YAMLLimits().bytes)
        } catch {
            throw .invalid(
                "\(error); `countersign init DIR` writes one, and --config names another")
        }
        let findings = Findings(file: configuration)
        let root = YAMLDocument.open(bytes: bytes, findings: findings)
        guard let fields = root?.fields(),
            let directory = fields.required("policy")?.fields()?.required("directory")?.string()
        else { throw .invalid(findings.sorted.map(\.description)) }
        shownAs = directory
        let folder = (configuration as NSString).deletingLastPathComponent
        path =
            directory.hasPrefix("/") || folder.isEmpty ? directory : "\(folder)/\(directory)"
    }
}
