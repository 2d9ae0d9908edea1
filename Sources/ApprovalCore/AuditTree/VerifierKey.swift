/// The public key of a log and its name, as others are given it: a `vkey` of signed notes
/// (c2sp.org/signed-note) for Ed25519.
package struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// The type byte of an Ed25519 key.
    private static let ed25519: UInt8 = 1

    /// The name of the key. A log's is its origin.
    package let name: String
    package let publicKey: PublicKey
    /// The first four bytes of SHA-256 over name, line end, type byte and public key. It tells keys
    /// apart and proves nothing.
    package let id: [UInt8]

    /// Nil where the name is none that a note can have (see ``isName(_:)``).
    package init?(name: String, publicKey: PublicKey, _ sha256: SHA256) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.publicKey = publicKey
        let preimage = Array(name.utf8) + [0x0A, Self.ed25519] + publicKey.bytes
        id = Array(sha256(preimage).bytes.prefix(4))
    }

    /// Reads `name+id+key`; nil for anything that is not exactly what ``description`` gives, such
    /// as an id that does not belong to the key. The point itself is checked by the key adapter.
    package init?(text: String, _ sha256: SHA256) {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3,
            let blob = [UInt8](base64: String(decoding: parts[2], as: UTF8.self)),
            blob.first == Self.ed25519, let publicKey = PublicKey(Array(blob.dropFirst()))
        else { return nil }
        let name = String(decoding: parts[0], as: UTF8.self)
        self.init(name: name, publicKey: publicKey, sha256)
        guard description.isVerbatim(text) else { return nil }
    }

    /// `name+id+key`: the id in hexadecimal, the key with its type byte in base64.
    package var description: String {
        "\(name)+\(id.hex)+\(([Self.ed25519] + publicKey.bytes).base64)"
    }

    /// Whether a key, and so a log, may have this name: 1 to 255 bytes without white space, control
    /// characters and `+`.
    package static func isName(_ text: some StringProtocol) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace
            }
    }

    /// Equal byte for byte.
    package static func == (left: Self, right: Self) -> Bool {
        left.name.isVerbatim(right.name) && left.publicKey == right.publicKey
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(publicKey) }
}

/// Pure Ed25519 verification as a value, so that the core verifies without knowing a library.
package typealias Ed25519 =
    @Sendable (_ message: [UInt8], _ signature: Signature, _ key: PublicKey) -> Bool
