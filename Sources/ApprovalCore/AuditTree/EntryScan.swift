/// What an entry says of itself at its top level, found without building a tree of it.
package struct EntryHead {
    package fileprivate(set) var version: Int64?
    package fileprivate(set) var seq: Int64?
    /// Where its values stand, without their quotes; nil where they are no text.
    package fileprivate(set) var kind: Range<Int>?
    package fileprivate(set) var environment: Range<Int>?
    package fileprivate(set) var time: Range<Int>?
    /// Nil where it is not there; with what stands around it where it is no text.
    package fileprivate(set) var transactionID: Range<Int>?

    fileprivate init() {}

    /// The head of an entry; nil where this is not one object of canonical JSON.
    package init?(of entry: [UInt8]) {
        guard let head = EntryScan.head(of: entry, in: entry.indices) else { return nil }
        self = head
    }
}

/// Reads one entry of a bundle and says whether it is canonical JSON (RFC 8785) as
/// ``JSONValue/canonicalBytes`` writes it.
struct EntryScan {
    private static let (yes, no, nothing) = (
        Array("true".utf8), Array("false".utf8), Array("null".utf8)
    )
    private static let (version, seq, kind, environment, time, transactionID) = (
        Array("v".utf8), Array("seq".utf8), Array("kind".utf8), Array("environment".utf8),
        Array("time".utf8), Array("transaction_id".utf8)
    )

    private let bytes: [UInt8]
    private let range: Range<Int>
    private var offset: Int
    private var head = EntryHead()
    /// Whether some byte is none of ASCII's, so that the text has to be seen to be UTF-8.
    private var isWide = false
    /// Whether some name can be ordered only once it is decoded.
    private var isUncertain = false

    /// The head of the entry; nil where it is not one canonical object.
    static func head(of bytes: [UInt8], in range: Range<Int>) -> EntryHead? {
        var scan = EntryScan(bytes, range)
        guard scan.byte == UInt8(ascii: "{"), scan.object(depth: 1),
            scan.offset == range.upperBound
        else { return nil }
        if scan.isUncertain {
            let entry = Array(bytes[range])
            guard let value = try? JSONValue(parsing: entry), value.canonicalBytes == entry else {
                return nil
            }
        } else if scan.isWide {
            guard String(validating: bytes[range], as: UTF8.self) != nil else { return nil }
        }
        return scan.head
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        self.range = range
        offset = range.lowerBound
    }

    private var byte: UInt8? { offset < range.upperBound ? bytes[offset] : nil }

    private mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "{"): object(depth: depth + 1)
        case UInt8(ascii: "["): array(depth: depth + 1)
        case UInt8(ascii: "\""): string() != nil
        case UInt8(ascii: "t"): word(Self.yes)
        case UInt8(ascii: "f"): word(Self.no)
        case UInt8(ascii: "n"): word(Self.nothing)
        default: number() != nil
        }
    }

    private mutating func word(_ word: [UInt8]) -> Bool {
        for expected in word where !take(expected) { return false }
        return true
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth <= JSONValue.maximumDepth else { return false }
        offset += 1
        if take(UInt8(ascii: "]")) { return true }
        while value(depth: depth) {
            if take(UInt8(ascii: "]")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
        return false
    }

    private mutating func object(depth: Int) -> Bool {
        guard depth <= JSONValue.maximumDepth else { return false }
        offset += 1
        if take(UInt8(ascii: "}")) { return true }
        var last: Range<Int>?
        while byte == UInt8(ascii: "\"") {
            guard let name = string(isName: true), last.map({ rises(from: $0, to: name) }) ?? true,
                take(UInt8(ascii: ":"))
            else { return false }
            let start = offset
            guard value(depth: depth) else { return false }
            if depth == 1 { note(name, start..<offset) }
            last = name
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
        return false
    }

    private func rises(from last: Range<Int>, to name: Range<Int>) -> Bool {
        isUncertain || bytes[last].lexicographicallyPrecedes(bytes[name])
    }

    private mutating func note(_ name: Range<Int>, _ value: Range<Int>) {
        let text = bytes[value.lowerBound] == UInt8(ascii: "\"")
        let inside = text ? value.lowerBound + 1..<value.upperBound - 1 : nil
        if isNamed(name, Self.version) {
            head.version = integer(value)
        } else if isNamed(name, Self.seq) {
            head.seq = integer(value)
        } else if isNamed(name, Self.kind) {
            head.kind = inside
        } else if isNamed(name, Self.environment) {
            head.environment = inside
        } else if isNamed(name, Self.time) {
            head.time = inside
        } else if isNamed(name, Self.transactionID) {
            head.transactionID = inside ?? value
        }
    }

    private func isNamed(_ name: Range<Int>, _ known: [UInt8]) -> Bool {
        name.count == known.count && bytes[name].elementsEqual(known)
    }

    private func integer(_ value: Range<Int>) -> Int64? {
        Int64(String(decoding: bytes[value], as: UTF8.self))
    }

    /// A whole number within ±(2^53 − 1) in its only form.
    private mutating func number() -> Int64? {
        let isNegative = take(UInt8(ascii: "-"))
        let start = offset
        var value: Int64 = 0
        while let byte, (0x30...0x39).contains(byte), offset - start < 17 {
            value = value * 10 + Int64(byte - 0x30)
            offset += 1
        }
        let digits = offset - start
        guard digits > 0, value <= 9_007_199_254_740_991,
            bytes[start] != 0x30 || (digits == 1 && !isNegative)
        else { return nil }
        return isNegative ? -value : value
    }

    /// A text with the shortest escapes; gives where it stands without its quotes.
    private mutating func string(isName: Bool = false) -> Range<Int>? {
        offset += 1
        let start = offset
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<offset - 1
            case UInt8(ascii: "\\"):
                guard escape() else { return nil }
                if isName { isUncertain = true }
            case 0x00...0x1F: return nil
            default:
                if byte >= 0x80 {
                    isWide = true
                    if isName { isUncertain = true }
                }
                offset += 1
            }
        }
        return nil
    }

    private mutating func escape() -> Bool {
        guard offset + 1 < range.upperBound else { return false }
        let letter = bytes[offset + 1]
        offset += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            guard offset + 4 <= range.upperBound else { return false }
            let digits = bytes[offset..<offset + 4]
            offset += 4
            guard let code = [UInt8](hex: String(decoding: digits, as: UTF8.self)) else {
                return false
            }
            return code[0] == 0 && code[1] < 0x20 && ![8, 9, 10, 12, 13].contains(code[1])
        default: return false
        }
    }
}
