/// The members that a key file may have.
package enum KeyFileMember: String, Hashable, Sendable, CaseIterable {
    /// Always `ed25519`.
    case type
    /// The seed of 32 bytes in hexadecimal (RFC 8032, 5.1.5).
    case privateKey = "prv_key"
    /// The public key in hexadecimal.
    case publicKey = "pub_key"
    /// Optional: a ``KeyPurpose``.
    case purpose
    /// Optional: the environment that the key belongs to.
    case environment
    /// Optional: the name under which the platform knows the key.
    case keyID = "key_id"
}

/// What is wrong with the text of a key file. No case carries text of the file: it could be the
/// secret in the wrong place.
package enum KeyFileFault: Error, Hashable, Sendable {
    /// Not one JSON object of strings (RFC 8259).
    case notJSON
    /// A name that is not a ``KeyFileMember``.
    case unknownMember
    /// A member that stands twice.
    case duplicate(KeyFileMember)
    /// A member that must be there and is not.
    case missing(KeyFileMember)
    /// A value that is not a string.
    case notString(KeyFileMember)
    /// A backslash in a string: no member needs one.
    case escape
    /// A string that the member cannot have.
    case value(KeyFileMember)
}

/// Finds the members of a key file in place: it keeps offsets and copies nothing.
struct KeyFileScan {
    /// Where each value stands, without its quotation marks.
    private(set) var places: [KeyFileMember: Range<Int>] = [:]
    /// The offset that was reached: where the fault is, after one.
    private(set) var offset = 0

    /// Reads one JSON object whose values are strings; anything else is a fault.
    mutating func scan(_ text: borrowing Span<UInt8>) throws(KeyFileFault) {
        try expect("{", in: text)
        repeat {
            let member = try name(in: text)
            try expect(":", in: text)
            places[member] = try value(of: member, in: text)
        } while taken(",", in: text)
        try expect("}", in: text)
        skipBlanks(in: text)
        guard offset == text.count else { throw .notJSON }
        for member in [KeyFileMember.type, .privateKey, .publicKey] where places[member] == nil {
            throw .missing(member)
        }
    }

    /// The text of a member that is not secret, copied out; nil where it is absent. Afterwards
    /// ``offset`` tells where it stands.
    mutating func word(
        _ member: KeyFileMember, in text: borrowing Span<UInt8>
    ) throws(KeyFileFault) -> String? {
        guard member != .privateKey, let place = places[member] else { return nil }
        offset = place.lowerBound
        var bytes: [UInt8] = []
        for index in place { bytes.append(text[index]) }
        guard let word = String(validating: bytes, as: UTF8.self) else { throw .value(member) }
        return word
    }

    private mutating func name(
        in text: borrowing Span<UInt8>
    ) throws(KeyFileFault) -> KeyFileMember {
        skipBlanks(in: text)
        let start = offset
        let place = try string(in: text)
        let known = KeyFileMember.allCases.first { Self.equal(text, place, $0.rawValue) }
        guard let known else {
            offset = start
            throw .unknownMember
        }
        guard places[known] == nil else {
            offset = start
            throw .duplicate(known)
        }
        return known
    }

    private mutating func value(
        of member: KeyFileMember, in text: borrowing Span<UInt8>
    ) throws(KeyFileFault) -> Range<Int> {
        skipBlanks(in: text)
        guard offset < text.count else { throw .notJSON }
        guard text[offset] == UInt8(ascii: "\"") else { throw .notString(member) }
        let start = offset
        let place = try string(in: text)
        let fits =
            switch member {
            case .type: Self.equal(text, place, "ed25519")
            case .privateKey, .publicKey: Self.isHex(text, place)
            case .purpose, .environment, .keyID: (1...128).contains(place.count)
            }
        guard fits else {
            offset = start
            throw .value(member)
        }
        return place
    }

    private mutating func string(
        in text: borrowing Span<UInt8>
    ) throws(KeyFileFault) -> Range<Int> {
        try expect("\"", in: text)
        let start = offset
        while offset < text.count {
            switch text[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<(offset - 1)
            case UInt8(ascii: "\\"): throw .escape
            case 0..<0x20: throw .notJSON
            default: offset += 1
            }
        }
        throw .notJSON
    }

    private mutating func expect(
        _ sign: Unicode.Scalar, in text: borrowing Span<UInt8>
    ) throws(KeyFileFault) {
        guard taken(sign, in: text) else { throw .notJSON }
    }

    private mutating func taken(_ sign: Unicode.Scalar, in text: borrowing Span<UInt8>) -> Bool {
        skipBlanks(in: text)
        guard offset < text.count, text[offset] == UInt8(ascii: sign) else { return false }
        offset += 1
        return true
    }

    private mutating func skipBlanks(in text: borrowing Span<UInt8>) {
        while offset < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[offset]) { offset += 1 }
    }

    private static func equal(
        _ text: borrowing Span<UInt8>, _ place: Range<Int>, _ word: String
    ) -> Bool {
        guard place.count == word.utf8.count else { return false }
        var index = place.lowerBound
        for byte in word.utf8 {
            guard text[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private static func isHex(_ text: borrowing Span<UInt8>, _ place: Range<Int>) -> Bool {
        guard place.count == 64 else { return false }
        for index in place {
            switch text[index] {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: continue
            default: return false
            }
        }
        return true
    }
}
