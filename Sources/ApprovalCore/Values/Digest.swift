/// A SHA-256 digest: 32 bytes.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes.
    package let bytes: [UInt8]

    /// Nil where there are not exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Eight bytes at a time.
    package func hash(into hasher: inout Hasher) {
        for start in stride(from: 0, to: 32, by: 8) {
            var word: UInt64 = 0
            for place in start..<(start + 8) { word = word << 8 | UInt64(bytes[place]) }
            hasher.combine(word)
        }
    }

    /// Reads 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes)
    }

    /// 64 lower-case hexadecimal digits.
    package var description: String { bytes.hex }
}

/// SHA-256 as a value, so that the core hashes without knowing a library.
package typealias SHA256 = @Sendable (_ message: [UInt8]) -> Digest

/// An Ed25519 public key that its adapter found to be a valid point of large order: 32 bytes.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes.
    package let bytes: [UInt8]

    /// Nil where there are not exactly 32 bytes. The point itself is checked by the key adapter.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits of either case, as the platform may show them.
    package init?(hex: String) {
        let folded = hex.utf8.map { (0x41...0x46).contains($0) ? $0 | 0x20 : $0 }
        guard let bytes = [UInt8](hex: String(decoding: folded, as: UTF8.self)) else { return nil }
        self.init(bytes)
    }

    /// 64 lower-case hexadecimal digits: the form that the platform's registration wants.
    package var description: String { bytes.hex }
}

/// An Ed25519 signature: 64 bytes, a permanent bearer approval of what it signs.
///
/// INVARIANT: I11. Printing it or reflecting on it shows nothing: no log or error can leak it.
package struct Signature: Hashable, Sendable {
    /// The 64 bytes.
    package let bytes: [UInt8]

    /// Nil where there are not exactly 64 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 64 else { return nil }
        self.bytes = bytes
    }
}

extension Signature: CustomStringConvertible, CustomReflectable {
    package var description: String { "Signature(withheld)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension [UInt8] {
    /// Lower-case hexadecimal.
    package var hex: String {
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(Self.digit(byte >> 4))
            text.append(Self.digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// Reads lower-case hexadecimal; nil for an odd count or any other character.
    package init?(hex: String) {
        let digits = hex.utf8
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var rest = digits.makeIterator()
        while let first = rest.next(), let second = rest.next() {
            guard let high = Self.value(first), let low = Self.value(second) else { return nil }
            bytes.append(high << 4 | low)
        }
        self = bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
