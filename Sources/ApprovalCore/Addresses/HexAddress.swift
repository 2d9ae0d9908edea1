/// `0x` and 40 hexadecimal digits: an address of Ethereum and its kin.
package struct HexAddress: Hashable, Sendable {
    /// The digits as they were written.
    private let digits: [UInt8]

    /// Nil for every other form.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 42, bytes[0] == 0x30, bytes[1] == 0x78 else { return nil }
        digits = Array(bytes[2...])
        guard digits.allSatisfy({ Self.isDecimal($0) || (0x61...0x66).contains($0.folded) })
        else { return nil }
    }

    /// Whether it has letters of both cases: only then do they carry a checksum (EIP-55).
    package var isMixedCase: Bool {
        digits.contains(where: \.isUpper) && digits.contains(where: \.isLower)
    }

    /// Whether the case of every letter is as EIP-55 wants it.
    package var hasGoodChecksum: Bool {
        let hash = Keccak256.hash(digits.map(\.folded))
        return digits.indices.allSatisfy { index in
            let nibble = index % 2 == 0 ? hash[index / 2] >> 4 : hash[index / 2] & 15
            return Self.isDecimal(digits[index]) || digits[index].isUpper == (nibble >= 8)
        }
    }

    private static func isDecimal(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
