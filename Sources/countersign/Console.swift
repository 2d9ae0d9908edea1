import ApprovalCore
import Foundation

/// The two streams: results on stdout, everything for people on stderr.
enum Console {
    /// One line of result.
    static func print(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// One JSON object on a line of its own.
    static func print(_ json: JSONValue) {
        FileHandle.standardOutput.write(Data((json.canonicalBytes ?? []) + [0x0A]))
    }

    /// A message for a person.
    static func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// Whether colour is welcome on stdout: a terminal, and no `NO_COLOR`.
    static var hasColour: Bool {
        ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true
            && isatty(STDOUT_FILENO) == 1
    }

    /// Text from outside, safe for a terminal: printable ASCII, the rest as `?`.
    static func safe(_ text: String) -> String {
        String(
            decoding: text.utf8.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
    }
}
