/// One Swift file as lines, and the same with comments and the contents of texts, raw identifiers
/// and patterns blanked out, so that a word in a sentence is never taken for code.
struct SwiftSource {
    let path: String
    let lines: [String]
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.split(text)
        var blanker = Blanker(bytes: Array(text.utf8))
        code = Self.split(String(decoding: blanker.blanked(), as: UTF8.self))
    }

    private static func split(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Modules that the file imports.
    var imports: Set<String> {
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)?import\s+(?:(?:struct|class|enum|protocol|func|typealias|let|var)\s+)?(\w+)/
        return Set(code.compactMap { $0.firstMatch(of: pattern).map { String($0.1) } })
    }

    /// Functions, initialisers and subscripts with the number of their lines, braces included.
    var functions: [(line: Int, count: Int)] {
        let start = /(?:^|\s)(?:func\s|init[?!]?\s*[(<]|deinit\s*\{|subscript\s*[(<])/
        return code.indices.compactMap { index in
            guard code[index].contains(start) else { return nil }
            return end(of: index).map { (index + 1, $0 - index + 1) }
        }
    }

    /// Names of the functions that have no body: what a protocol requires.
    var requirements: Set<String> {
        let names = code.indices.compactMap { index -> String? in
            guard let match = code[index].firstMatch(of: /^\s*(?:mutating\s+)?func\s+(\w+)/) else {
                return nil
            }
            return end(of: index) == nil ? String(match.1) : nil
        }
        return Set(names)
    }

    /// The line of the brace that closes the body begun at or after `start`; nil without a body.
    private func end(of start: Int) -> Int? {
        var (braces, round) = (0, 0)
        for index in start..<code.count {
            if index > start, braces == 0, round == 0, code[index].trimmed.hasPrefix("}") {
                return nil
            }
            for byte in code[index].utf8 {
                switch byte {
                case UInt8(ascii: "("): round += 1
                case UInt8(ascii: ")"): round -= 1
                case UInt8(ascii: "{"): braces += 1
                case UInt8(ascii: "}"):
                    braces -= 1
                    if braces == 0 { return index }
                    if braces < 0 { return nil }
                default: break
                }
            }
            let next = index + 1 < code.count ? code[index + 1].trimmed : ""
            let goesOn =
                round > 0
                || ["{", "async", "throws", "->", "where", "("].contains { next.hasPrefix($0) }
            if braces == 0, !goesOn { return nil }
        }
        return nil
    }
}

extension String {
    var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// Replaces what is no code by spaces; line breaks stay.
private struct Blanker {
    let bytes: [UInt8]
    var output: [UInt8] = []
    var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func blanked() -> [UInt8] {
        code(until: nil)
        return output
    }

    private func sees(_ text: String) -> Bool { bytes[place...].starts(with: text.utf8) }

    private mutating func keep() {
        output.append(bytes[place])
        place += 1
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<min(count, bytes.count - place) {
            output.append(bytes[place] == 0x0A ? 0x0A : 0x20)
            place += 1
        }
    }

    /// Code up to the closing parenthesis of an interpolation, or to the end.
    private mutating func code(until closing: UInt8?) {
        var depth = 0
        while place < bytes.count {
            if sees("//") {
                while place < bytes.count, bytes[place] != 0x0A { blank() }
            } else if sees("/*") {
                comment()
            } else if sees("\"") || sees("#\"") || sees("##\"") {
                text()
            } else if sees("`") {
                keep()
                while place < bytes.count, bytes[place] != UInt8(ascii: "`") { blank() }
                if place < bytes.count { keep() }
            } else if startsRegex {
                keep()
                while place < bytes.count, !sees("/"), !sees("\n") { blank(sees("\\") ? 2 : 1) }
            } else {
                if closing != nil, bytes[place] == UInt8(ascii: "(") { depth += 1 }
                if let closing, bytes[place] == closing {
                    if depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    /// Whether a slash begins a literal, as it does after an opening or a comma and before no space.
    private var startsRegex: Bool {
        guard sees("/"), !sees("/ "), let before = output.last(where: { $0 != 0x20 && $0 != 0x0A })
        else { return false }
        return "(,=:[".utf8.contains(before)
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if sees("/*") {
                depth += 1
                blank(2)
            } else if sees("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && place < bytes.count
    }

    private mutating func text() {
        var hashes = 0
        while sees("#") {
            hashes += 1
            keep()
        }
        let pounds = String(repeating: "#", count: hashes)
        let quote = sees("\"\"\"") ? "\"\"\"" : "\""
        for _ in quote.utf8 { keep() }
        while place < bytes.count, !sees(quote + pounds) {
            if sees("\\" + pounds + "(") {
                blank(2 + hashes)
                code(until: UInt8(ascii: ")"))
                blank()
            } else if sees("\\"), hashes == 0 {
                blank(2)
            } else {
                blank()
            }
        }
        for _ in (quote + pounds).utf8 where place < bytes.count { keep() }
    }
}
