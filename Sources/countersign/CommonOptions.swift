import ArgumentParser
import Foundation

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// `--format`, or `COUNTERSIGN_FORMAT`.
struct FormatOption: ParsableArguments {
    @Option(help: "How results are printed: table or json.")
    var format: OutputFormat?

    /// The format in force; throws where the environment says something else.
    func chosen() throws(Failure) -> OutputFormat {
        if let format { return format }
        guard let word = ProcessInfo.processInfo.environment["COUNTERSIGN_FORMAT"] else {
            return .table
        }
        guard let format = OutputFormat(rawValue: word) else {
            throw .invalid("COUNTERSIGN_FORMAT is neither table nor json; set one of them")
        }
        return format
    }
}

/// `--config`, or `COUNTERSIGN_CONFIG`.
struct ConfigurationOption: ParsableArguments {
    @Option(help: "The configuration (default: COUNTERSIGN_CONFIG, or countersign.yaml).")
    var config: String?

    /// The file that is meant.
    var path: String {
        config ?? ProcessInfo.processInfo.environment["COUNTERSIGN_CONFIG"] ?? "countersign.yaml"
    }

    /// The ledger that the configuration names, whatever else is wrong with it.
    func ledgerFile() throws(Failure) -> String { try Configuration.ledgerFile(path) }

    /// Reads it, or tells everything that is wrong with it.
    func load() throws(Failure) -> Configuration {
        try Configuration.load(path)
    }
}

/// The environment may set two things; nobody redirects an approver by any other.
enum Environment {
    /// What OpenSSL would read from it: a file that receives session keys, other authorities,
    /// other settings. And ICU_DATA, a folder of other time zones: a policy's hours and calendar
    /// windows must not depend on who started the agent.
    private static let dropped = [
        "SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "OPENSSL_MODULES",
        "ICU_DATA",
    ]

    /// Forgets what would change how TLS or time zones work; to be called before anything else.
    static func drop() {
        for name in dropped { unsafe unsetenv(name) }
    }

    static func check() throws(Failure) {
        let unknown = ProcessInfo.processInfo.environment.keys.filter {
            $0.hasPrefix("COUNTERSIGN_")
                && !["COUNTERSIGN_CONFIG", "COUNTERSIGN_FORMAT"].contains($0)
        }
        guard unknown.isEmpty else {
            throw .invalid(
                "\(unknown.sorted().joined(separator: ", ")): the environment sets only "
                    + "COUNTERSIGN_CONFIG and COUNTERSIGN_FORMAT; unset it")
        }
    }
}
