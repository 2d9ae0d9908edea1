extension JSONValue {
    /// The deepest nesting of arrays and objects that is read.
    package static let maximumDepth = 64

    /// Strict RFC 8259: one value, no BOM, no comments, no trailing commas, no NaN, no duplicate
    /// names (compared after decoding, byte for byte), no lone surrogates, valid UTF-8, depth up to
    /// ``maximumDepth``. Numbers keep their text.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }
}

/// A recursive descent over bytes; depth is bounded, so the stack is too.
struct JSONParser {
    let bytes: [UInt8]
    var offset = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark) }
        skipSpace()
        guard offset < bytes.count else { throw error(.empty) }
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    func error(_ problem: JSONError.Problem) -> JSONError {
        JSONError(problem, at: offset, in: bytes)
    }

    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard let byte else { throw error(.unexpectedEnd) }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
        default: throw error(.unexpectedByte)
        }
    }

    private mutating func word(
        _ word: String, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        for expected in word.utf8 {
            guard take(expected) else {
                throw error(byte == nil ? .unexpectedEnd : .unexpectedByte)
            }
        }
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error(.tooDeep) }
        offset += 1
        skipSpace()
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipSpace()
            elements.append(try value(depth: depth))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return .array(elements) }
            throw error(byte == nil ? .unexpectedEnd : .unexpectedByte)
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error(.tooDeep) }
        offset += 1
        skipSpace()
        var members: [JSONMember] = []
        var names = NamesSeen()
        if take(UInt8(ascii: "}")) { return .object(members) }
        members.reserveCapacity(8)
        while true {
            skipSpace()
            let start = offset
            guard byte == UInt8(ascii: "\"") else {
                throw error(byte == nil ? .unexpectedEnd : .unexpectedByte)
            }
            let name = try string()
            guard names.isNew(name, among: members) else {
                throw JSONError(.duplicateName, at: start, in: bytes)
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else {
                throw error(byte == nil ? .unexpectedEnd : .unexpectedByte)
            }
            skipSpace()
            members.append(JSONMember(name, try value(depth: depth)))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return .object(members) }
            throw error(byte == nil ? .unexpectedEnd : .unexpectedByte)
        }
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, kept as text.
    private mutating func number() throws(JSONError) -> String {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        guard let first = byte, (0x30...0x39).contains(first) else { throw error(.invalidNumber) }
        while let byte, (0x30...0x39).contains(byte) { offset += 1 }
    }
}

/// The names of an object so far. A few are compared one by one, which is faster than hashing;
/// many are hashed, so that a hostile object takes no longer than its length.
private struct NamesSeen {
    private static let few = 16
    private var many: Set<Verbatim> = []

    /// Whether none of the members, which are all that came before, has this name.
    mutating func isNew(_ name: String, among members: [JSONMember]) -> Bool {
        guard members.count >= Self.few else {
            // By place: an element that is taken out is copied.
            return !members.indices.contains { members[$0].name.isVerbatim(name) }
        }
        if many.isEmpty { many = Set(members.map { Verbatim($0.name) }) }
        return many.insert(Verbatim(name)).inserted
    }
}
