/// A string that is compared and hashed byte for byte.
///
/// `==` on `String` follows Unicode composition, under which two different byte strings can be
/// equal (U+212A is `K`); an address from outside must never match an allowlist that way.
package struct Verbatim: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text as it was received.
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    package static func == (left: Self, right: Self) -> Bool { left.text.isVerbatim(right.text) }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        // Eight bytes at a time; the count tells a short end from zeros.
        var (word, count): (UInt64, Int) = (0, 0)
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count & 7 == 0 {
                hasher.combine(word)
                word = 0
            }
        }
        hasher.combine(word)
        hasher.combine(count)
    }
}

extension String {
    /// Byte-for-byte equality; see ``Verbatim``.
    package func isVerbatim(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Byte-for-byte equality; see ``Verbatim``.
    package func isVerbatim(_ other: some StringProtocol) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
