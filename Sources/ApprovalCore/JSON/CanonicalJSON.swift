extension JSONValue {
    /// The canonical bytes of RFC 8785: names sorted by their UTF-16 code units, no white space,
    /// the shortest escapes.
    ///
    /// Nil where a number is not an integer within ±(2^53 − 1): an entry writes money as text.
    package var canonicalBytes: [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(isContainer ? Self.usual : 0)
        guard appendCanonical(to: &bytes) else { return nil }
        return bytes
    }

    /// What most entries fit into.
    private static let usual = 2_048

    private var isContainer: Bool {
        switch self {
        case .array(let elements): !elements.isEmpty
        case .object: true
        case .null, .bool, .number, .string: false
        }
    }

    private func appendCanonical(to bytes: inout [UInt8]) -> Bool {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .string(let text): Self.appendQuoted(text, to: &bytes)
        case .number:
            guard let integer, integer.magnitude <= 9_007_199_254_740_991 else { return false }
            bytes.append(contentsOf: String(integer).utf8)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                guard elements[index].appendCanonical(to: &bytes) else { return false }
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            return Self.appendMembers(members, to: &bytes)
        }
        return true
    }

    private static func appendMembers(_ members: [JSONMember], to bytes: inout [UInt8]) -> Bool {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for place in order(of: members) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            appendQuoted(members[place].name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            guard members[place].value.appendCanonical(to: &bytes) else { return false }
        }
        bytes.append(UInt8(ascii: "}"))
        return true
    }

    /// The places of the members by their names. Most objects are few members, or sorted already.
    private static func order(of members: [JSONMember]) -> [Int] {
        // For ASCII the order of bytes is that of UTF-16 code units.
        let isASCII = members.indices.allSatisfy { place in
            members[place].name.utf8.allSatisfy { $0 < 0x80 }
        }
        func precedes(_ left: Int, _ right: Int) -> Bool {
            let (left, right) = (members[left].name, members[right].name)
            return isASCII
                ? left.utf8.lexicographicallyPrecedes(right.utf8)
                : left.utf16.lexicographicallyPrecedes(right.utf16)
        }
        let places = Array(members.indices)
        let isSorted = places.dropFirst().allSatisfy { !precedes($0, $0 - 1) }
        return isSorted ? places : places.sorted(by: precedes)
    }

    private static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        let isPlain = bytes[start...].allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !isPlain else {
            bytes.append(UInt8(ascii: "\""))
            return
        }
        bytes.removeSubrange(start...)
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
