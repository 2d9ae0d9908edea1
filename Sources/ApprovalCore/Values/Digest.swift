/// A SHA-256 digest: 32 bytes.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes.
    package let bytes: [UInt8]

    /// Nil where there are not exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
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
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads lower-case hexadecimal; nil for an odd count or any other character.
    package init?(hex: String) {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in hex.utf8 {
            let digit: UInt8
            switch character {
            case 0x30...0x39: digit = character - 0x30
            case 0x61...0x66: digit = character - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { return nil }
        self = bytes
    }
}
