import ApprovalCore
import Foundation
import Logging

/// Log lines on stderr: JSON, or text on a terminal. Messages are constant; metadata holds ids,
/// digests and codes, never a signature, an amount or text that somebody else chose.
struct StandardErrorLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let isTerminal = isatty(STDERR_FILENO) == 1

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = SystemClock().now().description
        guard !isTerminal else {
            let details = all.map { " \($0.key)=\(Console.safe("\($0.value)"))" }.joined()
            Console.note("\(time) \(event.level) \(event.message)\(details)")
            return
        }
        let members =
            [
                JSONMember("time", .string(time)),
                JSONMember("level", .string(event.level.rawValue)),
                JSONMember("message", .string("\(event.message)")),
            ] + all.map { JSONMember($0.key, .string("\($0.value)")) }
        let line = JSONValue.object(members).canonicalBytes ?? []
        Console.write(line + [0x0A], to: STDERR_FILENO)
    }

    /// A logger whose every line names the environment.
    static func logger(environment: String) -> Logger {
        var logger = Logger(label: "countersign") { _ in StandardErrorLog() }
        logger[metadataKey: "environment"] = "\(environment)"
        return logger
    }
}
