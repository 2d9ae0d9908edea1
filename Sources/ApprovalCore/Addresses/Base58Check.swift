/// Base58 with four bytes of double SHA-256 at its end: the older addresses of Bitcoin and of many
/// other networks.
package struct Base58Check: Hashable, Sendable {
    /// Why a string is not one.
    package enum Problem: Error, Hashable, Sendable {
        /// More than 128 characters, or one that is not of the alphabet.
        case malformed
        /// The last four bytes are not the checksum of the others, or there are no others.
        case checksum
    }

    /// What the checksum is over: the version and the hash.
    package let payload: [UInt8]

    /// Reads `text`. Its length is bounded, since the work grows with the square of it.
    package init(_ text: String, sha256: SHA256) throws(Problem) {
        guard let bytes = Self.decode(text) else { throw .malformed }
        guard bytes.count > 4 else { throw .checksum }
        let payload = Array(bytes.dropLast(4))
        guard sha256(sha256(payload).bytes).bytes.prefix(4).elementsEqual(bytes.suffix(4)) else {
            throw .checksum
        }
        self.payload = payload
    }

    private static let longest = 128

    /// For each byte its digit; 255 for all that are not of the alphabet.
    private static let digits: [UInt8] = {
        let alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
        var digits = [UInt8](repeating: 255, count: 256)
        for (digit, byte) in alphabet.utf8.enumerated() { digits[Int(byte)] = UInt8(digit) }
        return digits
    }()

    /// Whether the byte is of the alphabet, which leaves out `0`, `I`, `O` and `l`.
    static func isDigit(_ byte: UInt8) -> Bool { digits[Int(byte)] < 58 }

    /// The number that the digits write, each leading `1` a zero byte; nil where it is none.
    private static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= longest, text.utf8.allSatisfy(isDigit) else { return nil }
        var reversed: [UInt8] = []
        for byte in text.utf8 {
            var carry = Int(digits[Int(byte)])
            for index in reversed.indices {
                carry += Int(reversed[index]) * 58
                reversed[index] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
            if carry > 0 { reversed.append(UInt8(carry)) }
        }
        return [UInt8](repeating: 0, count: text.utf8.prefix { $0 == 0x31 }.count)
            + reversed.reversed()
    }
}
