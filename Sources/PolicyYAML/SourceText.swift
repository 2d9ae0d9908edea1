/// The text of a file beside the parser's reading of it, to see how a quoted value was written.
struct SourceText {
    /// How a quoted text can say other than what a reader of the file sees.
    enum Disguise {
        /// A character by its number.
        case code
        /// A line that goes on in the next one without a space.
        case joinedLines

        var message: String {
            switch self {
            case .code: "a character may not be written by its number (\\x, \\u or \\U)"
            case .joinedLines: "a backslash at the end of a line, which joins words, is not allowed"
            }
        }

        var fix: String {
            switch self {
            case .code: "write the character itself, or \\\\ for a backslash"
            case .joinedLines: "write it on one line"
            }
        }
    }

    private let bytes: [UInt8]
    private let hasBackslash: Bool
    /// The parser counts characters: the byte at which the one of `index` begins.
    private var index = 0
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hasBackslash = bytes.contains(UInt8(ascii: "\\"))
    }

    /// The first disguise in a text in double quotes that stands between these characters, counted
    /// from 0. To be asked in the order of the file.
    mutating func disguise(from start: Int, to end: Int) -> Disguise? {
        guard hasBackslash else { return nil }
        advance(to: start)
        let first = offset
        advance(to: end)
        var rest = bytes[first..<offset]
        while let place = rest.firstIndex(of: UInt8(ascii: "\\")) {
            switch rest[place...].dropFirst().first {
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"): return .code
            case UInt8(ascii: "\n"): return .joinedLines
            default: rest = rest[place...].dropFirst(2)
            }
        }
        return nil
    }

    private mutating func advance(to target: Int) {
        while index < target, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            index += 1
        }
    }
}
