/// Why a text is no JSON.
package struct JSONSyntaxError: Error, Equatable {
    /// Offset of the first byte that does not fit.
    package let offset: Int
    /// What was expected there.
    package let expected: String
}

/// A strict reader of RFC 8259 text; duplicate names are kept in order.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private static let depthLimit = 64

    /// The value of the whole text.
    static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSON {
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        if parser.position != bytes.count { throw parser.error("end of text") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ expected: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, expected: expected)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func take(_ byte: Unicode.Scalar) throws(JSONSyntaxError) {
        guard next == UInt8(ascii: byte) else { throw error("'\(byte)'") }
        position += 1
    }

    private mutating func takes(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(JSONSyntaxError) -> JSON {
        guard let byte = next else { throw error("a value") }
        switch byte {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value")
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw error(word) }
        position += word.utf8.count
        return value
    }

    private mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        if depth > Self.depthLimit { throw error("at most \(Self.depthLimit) levels") }
        position += 1
        skipSpace()
    }

    private mutating func object() throws(JSONSyntaxError) -> JSON {
        try enter()
        defer { depth -= 1 }
        var members: [JSON.Member] = []
        if takes("}") { return .object([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a name in quotes") }
            let name = try string()
            skipSpace()
            try take(":")
            skipSpace()
            members.append(JSON.Member(name, try value()))
            skipSpace()
            if takes("}") { return .object(members) }
            try take(",")
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSON {
        try enter()
        defer { depth -= 1 }
        var elements: [JSON] = []
        if takes("]") { return .array([]) }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if takes("]") { return .array(elements) }
            try take(",")
        }
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        if position == start { throw error("a digit") }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = position
        _ = takes("-")
        if !takes("0") { try digits() }
        if takes(".") { try digits() }
        if takes("e") || takes("E") {
            if !takes("+") { _ = takes("-") }
            try digits()
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        var content: [UInt8] = []
        while true {
            guard let byte = next else { throw error("a closing quote") }
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw error("UTF-8")
                }
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &content)
            case 0..<0x20: throw error("no control character")
            default:
                content.append(byte)
                position += 1
            }
        }
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = next else { throw error("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if (0xD800..<0xDC00).contains(code) {
                try take("\\")
                try take("u")
                let low = try codeUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw error("a low surrogate") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("a high surrogate") }
            content.append(contentsOf: String(scalar).utf8)
        default: throw error("an escape")
        }
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let unit = Hex.bytes(String(decoding: bytes[position..<position + 4], as: UTF8.self))
        else { throw error("four hexadecimal digits") }
        position += 4
        return UInt32(unit[0]) << 8 | UInt32(unit[1])
    }
}

extension JSON {
    /// Reads strict JSON text: no comments, trailing commas, byte order mark or lone surrogates.
    package init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        self = try JSONParser.parse(bytes)
    }
}
