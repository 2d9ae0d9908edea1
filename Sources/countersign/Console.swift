import ApprovalCore
import Foundation
import Synchronization

/// The two streams: results on stdout, everything for people on stderr.
enum Console {
    /// Where results go.
    static let results = STDOUT_FILENO

    /// One line of result.
    static func print(_ line: String) {
        write(Array((line + "\n").utf8), to: STDOUT_FILENO)
    }

    /// One JSON object on a line of its own.
    static func print(_ json: JSONValue) {
        write((json.canonicalBytes ?? []) + [0x0A], to: STDOUT_FILENO)
    }

    /// A message for a person.
    static func note(_ line: String) {
        write(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// Whether some result could not be written: a full disk, a closed pipe. It ends nothing, and
    /// is told by the exit code.
    static var lostOutput: Bool { lost.withLock { $0 } }
    private static let lost = Mutex(false)

    /// Writes all of it, or remembers that it could not. A message that is lost is lost.
    static func write(_ bytes: [UInt8], to file: Int32) {
        if !writeAll(bytes, to: file), file == STDOUT_FILENO { lost.withLock { $0 = true } }
    }

    /// Writes all of it; false, with `errno`, where it could not.
    static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.write(file, $0.baseAddress, $0.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
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
