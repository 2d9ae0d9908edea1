/// A string that is compared and hashed byte for byte.
///
/// `==` on `String` follows Unicode composition, under which two different byte strings can be
/// equal (U+212A is `K`); an address from outside must never match an allowlist that way.
package struct Verbatim: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text as it was received.
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    package static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Byte-for-byte equality; see ``Verbatim``.
    package func isVerbatim(_ other: some StringProtocol) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
