extension JSONParser {
    /// The decoded text between two quotes, checked to be valid UTF-8.
    mutating func string() throws(JSONError) -> String {
        let start = offset
        offset += 1
        // Up to the first byte that is not taken as it stands.
        var all: UInt8 = 0
        while let byte, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            all |= byte
            offset += 1
        }
        // ASCII is always valid.
        if all < 0x80, byte == UInt8(ascii: "\"") {
            offset += 1
            return String(decoding: bytes[(start + 1)..<(offset - 1)], as: UTF8.self)
        }
        var text = bytes[(start + 1)..<offset]
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let decoded = String(validating: text, as: UTF8.self) else {
                    throw JSONError(.invalidUTF8, at: firstInvalid(from: start), in: bytes)
                }
                return decoded
            case UInt8(ascii: "\\"):
                text.append(contentsOf: try escape())
            case 0x00...0x1F:
                throw error(.controlCharacter)
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    /// Where the text read since `start` stops being UTF-8; escapes are ASCII and so never it.
    private func firstInvalid(from start: Int) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes[start..<offset].makeIterator()
        var place = start
        while case .valid(let scalar) = parser.parseScalar(from: &rest) { place += scalar.count }
        return place
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        offset += 1
        guard let byte else { throw error(.unexpectedEnd) }
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            offset += 1
            return Array(String(Character(try unicodeEscape())).utf8)
        default: throw error(.invalidEscape)
        }
        offset += 1
        return [plain]
    }

    /// The scalar of `\uXXXX`, or of a pair of them, after the first `\u`.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = offset - 2
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw JSONError(.loneSurrogate, at: start, in: bytes)
        }
        let second = try fourDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(
                0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw JSONError(.loneSurrogate, at: start, in: bytes) }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte else { throw error(.unexpectedEnd) }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw error(.invalidEscape)
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }
}
