/// A string of BIP 173 (Bech32) or BIP 350 (Bech32m) whose checksum is right.
package struct Bech32: Hashable, Sendable {
    /// The constant that the checksum was made with.
    package enum Variant: Hashable, Sendable {
        /// BIP 173.
        case bech32
        /// BIP 350.
        case bech32m
    }

    /// Why a string is not one.
    package enum Problem: Error, Hashable, Sendable {
        /// Upper and lower case in one string.
        case mixedCase
        /// No separator, a character that cannot stand where it does, too short or too long.
        case malformed
        /// The checksum fits neither variant.
        case checksum
    }

    /// The part before the last `1`, in lower case.
    package let humanReadablePart: String
    /// The data without the checksum: numbers below 32.
    package let values: [UInt8]
    /// Which checksum fits.
    package let variant: Variant

    /// Reads `text`, which BIP 173 allows at most 90 characters; other networks use the same
    /// checksum over longer strings.
    package init(_ text: String, longest: Int = 90) throws(Problem) {
        let bytes = Array(text.utf8)
        guard bytes.count <= longest, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed
        }
        guard !bytes.contains(where: \.isUpper) || !bytes.contains(where: \.isLower) else {
            throw .mixedCase
        }
        let folded = bytes.map(\.folded)
        guard let separator = folded.lastIndex(of: 0x31), separator >= 1,
            folded.count - separator > Self.checksumLength
        else { throw .malformed }
        let prefix = folded[..<separator]
        var data: [UInt8] = []
        for byte in folded[(separator + 1)...] {
            guard let value = Self.value(of: byte) else { throw .malformed }
            data.append(value)
        }
        switch Self.checksum(prefix, data) {
        case 1: variant = .bech32
        case 0x2bc8_30a3: variant = .bech32m
        default: throw .checksum
        }
        humanReadablePart = String(decoding: prefix, as: UTF8.self)
        values = Array(data.dropLast(Self.checksumLength))
    }

    /// How many characters at the end are the checksum.
    static let checksumLength = 6

    /// For each ASCII code its number, of lower-case characters; 255 for all others.
    private static let numbers: [UInt8] = {
        var numbers = [UInt8](repeating: 255, count: 256)
        for (number, byte) in "qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8.enumerated() {
            numbers[Int(byte)] = UInt8(number)
        }
        return numbers
    }()

    private static func value(of byte: UInt8) -> UInt8? {
        let number = numbers[Int(byte)]
        return number < 32 ? number : nil
    }

    /// Where the separator of `folded` (lower case) stands: one `1`, letters alone before it, and
    /// nothing but data characters after it, enough of them for a checksum. Nil for other forms.
    static func separator(ofForm folded: [UInt8]) -> Int? {
        guard let separator = folded.firstIndex(of: 0x31), separator >= 1,
            folded.count - separator > checksumLength,
            folded[..<separator].allSatisfy(\.isLower),
            folded[(separator + 1)...].allSatisfy({ numbers[Int($0)] < 32 })
        else { return nil }
        return separator
    }

    /// The remainder of BIP 173 over the expanded prefix and the data.
    private static func checksum(_ prefix: ArraySlice<UInt8>, _ data: [UInt8]) -> UInt32 {
        var remainder: UInt32 = 1
        func take(_ value: UInt8) {
            let top = remainder >> 25
            remainder = (remainder & 0x1ff_ffff) << 5 ^ UInt32(value)
            for (bit, term) in generator.enumerated() where top >> UInt32(bit) & 1 == 1 {
                remainder ^= term
            }
        }
        for byte in prefix { take(byte >> 5) }
        take(0)
        for byte in prefix { take(byte & 31) }
        for value in data { take(value) }
        return remainder
    }

    private static let generator: [UInt32] = [
        0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3,
    ]
}

extension UInt8 {
    /// `A` to `Z`.
    var isHexDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
    }

    var isUpper: Bool { (0x41...0x5A).contains(self) }

    /// `a` to `z`.
    var isLower: Bool { (0x61...0x7A).contains(self) }

    /// ASCII letters in lower case; every other byte as it is.
    var folded: UInt8 { isUpper ? self | 0x20 : self }
}
