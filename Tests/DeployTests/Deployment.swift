import Foundation
import Testing

/// The files that an installation is made of, and what stands in them.
enum Deployment {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ file: String) -> String { root.appending(path: file).path }

    static func text(_ file: String) throws -> String {
        try String(contentsOf: root.appending(path: file), encoding: .utf8)
    }

    /// The lines that are neither empty nor a comment.
    static func statements(_ file: String) throws -> [String] {
        try text(file).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// Every metric in a PromQL text, by the name under which it is documented.
    static func metrics(in text: String) -> Set<String> {
        Set(
            text.matches(of: /\b(?:countersign|process)_[a-z_]+/).map { match in
                let name = String(match.output)
                return name.replacing(/_bucket$/, with: "")
            })
    }

    /// The metrics of the table in docs/operations.md.
    static func documentedMetrics() throws -> Set<String> {
        let rows = try text("docs/operations.md").matches(
            of: /\n\| `((?:countersign|process)_[a-z_]+)(?:\{[a-z,]+\})?` \|/)
        return Set(rows.map { String($0.output.1) })
    }
}

/// One rule of deploy/alerts.yml, read line by line: the file keeps to one form.
struct Alert {
    let name: String
    let expression: String
    let text: String

    static func all() throws -> [Alert] {
        try Deployment.text("deploy/alerts.yml").split(separator: "- alert: ").dropFirst().map {
            let text = String($0)
            let name = String(text.prefix { !$0.isNewline })
            let expression = text.firstMatch(of: /expr: (?s)(.*?)\n +(?:for|labels):/)
            return Alert(
                name: name, expression: String(try #require(expression).output.1), text: text)
        }
    }

    /// What stands behind `name:` on its line, without quotation marks.
    func value(_ name: String) -> String? {
        guard let start = text.firstRange(of: " \(name): ") else { return nil }
        return text[start.upperBound...].prefix { !$0.isNewline && $0 != "}" }
            .trimmingCharacters(in: CharacterSet(charactersIn: " \""))
    }
}

/// A program of the system that tests ask, where it is installed.
enum Tool: String {
    case promtool
    case systemdAnalyze = "systemd-analyze"
    case readelf

    /// The Debian package that has it.
    var package: String {
        switch self {
        case .promtool: "prometheus"
        case .systemdAnalyze: "systemd"
        case .readelf: "binutils"
        }
    }

    /// What the log of a skipped test says.
    var absence: Comment {
        "\(rawValue) is not installed: apt-get install --no-install-recommends \(package)"
    }

    var path: String? {
        ["/usr/local/bin", "/usr/bin", "/bin"].map { "\($0)/\(rawValue)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    var isInstalled: Bool { path != nil }

    /// Runs it to its end in the repository; what it printed on both streams.
    func run(_ arguments: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = arguments
        process.currentDirectoryURL = Deployment.root
        process.environment = ["LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "NO_COLOR": "1"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
