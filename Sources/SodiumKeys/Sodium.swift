package import ApprovalCore
internal import CSodium

/// The functions of libsodium that need no secret. Safe to call from any thread, at any time: the
/// library is started on first use.
package enum Sodium {
    private static let started: Bool = sodium_init() >= 0

    /// Starts the library once per process; every entry to this module calls it.
    package static func start() throws(SodiumError) {
        guard started else { throw .notStarted }
    }

    /// SHA-256 (FIPS 180-4), in the form that the core takes.
    package static let sha256: SHA256 = { message in
        var bytes = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        unsafe crypto_hash_sha256(&bytes, message, UInt64(message.count))
        guard let digest = Digest(bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }

    /// Pure Ed25519 (RFC 8032, no prehash) over the message itself. False, too, for an S that is
    /// not reduced, an R of small order, and a key that is not canonical or of small order.
    package static func verify(
        _ signature: Signature, of message: [UInt8], by key: PublicKey
    ) -> Bool {
        guard started else { return false }
        return unsafe crypto_sign_verify_detached(
            signature.bytes, message, UInt64(message.count), key.bytes) == 0
    }

    /// Whether the bytes are a canonical point on the curve, in the main subgroup, and not of small
    /// order. A key that fails could verify signatures that nobody made.
    package static func isValid(_ key: PublicKey) -> Bool {
        guard started else { return false }
        return unsafe crypto_core_ed25519_is_valid_point(key.bytes) == 1
    }

    /// Reads 64 hexadecimal digits; nil unless they are a valid point (see ``isValid(_:)``).
    package static func publicKey(hex: String) -> PublicKey? {
        PublicKey(hex: hex).flatMap { isValid($0) ? $0 : nil }
    }

    /// Unpredictable bytes from the kernel's generator, for nonces. Not for keys: those are made in
    /// guarded memory by ``KeyFile/create(_:purpose:environment:keyID:)``.
    package static func randomBytes(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        unsafe randombytes_buf(&bytes, bytes.count)
        return bytes
    }
}

/// Why guarded memory or the library could not be used: a fault of this host, never of a file.
package enum SodiumError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `sodium_init` failed: the host has no source of randomness.
    case notStarted
    /// `sodium_malloc` found no memory.
    case noGuardedMemory
    /// `mprotect` failed.
    case notProtected

    /// One sentence for people.
    package var description: String {
        switch self {
        case .notStarted: "libsodium could not be started"
        case .noGuardedMemory: "no guarded memory is left for a key"
        case .notProtected: "the memory of a key could not be protected"
        }
    }
}
