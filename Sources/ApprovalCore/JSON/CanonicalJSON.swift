extension JSONValue {
    /// The canonical bytes of RFC 8785: names sorted by their UTF-16 code units, no white space,
    /// the shortest escapes.
    ///
    /// Nil where a number is not an integer within ±(2^53 − 1): an entry writes money as text.
    package var canonicalBytes: [UInt8]? {
        var bytes: [UInt8] = []
        guard appendCanonical(to: &bytes) else { return nil }
        return bytes
    }

    private func appendCanonical(to bytes: inout [UInt8]) -> Bool {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .string(let text): Self.appendQuoted(text, to: &bytes)
        case .number:
            guard let integer, integer.magnitude <= 9_007_199_254_740_991 else { return false }
            bytes += String(integer).utf8
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                guard element.appendCanonical(to: &bytes) else { return false }
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            return Self.appendMembers(members, to: &bytes)
        }
        return true
    }

    private static func appendMembers(_ members: [JSONMember], to bytes: inout [UInt8]) -> Bool {
        // For ASCII the order of bytes is that of UTF-16 code units.
        let isASCII = members.allSatisfy { $0.name.utf8.allSatisfy { $0 < 0x80 } }
        let sorted = members.sorted {
            isASCII
                ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
                : $0.name.utf16.lexicographicallyPrecedes($1.name.utf16)
        }
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in sorted.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendQuoted(member.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            guard member.value.appendCanonical(to: &bytes) else { return false }
        }
        bytes.append(UInt8(ascii: "}"))
        return true
    }

    private static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !isPlain else {
            bytes += text.utf8
            bytes.append(UInt8(ascii: "\""))
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x00...0x1F: bytes += ("\\u00" + [byte].hex).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
