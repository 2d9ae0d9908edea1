package import ApprovalCore
internal import CSodium

/// An Ed25519 secret: seed and expanded key in one guarded region of 64 bytes, wiped by `deinit`.
///
/// INVARIANT: I11. It cannot be copied, printed, compared or put in an error: none of that
/// compiles. Only ``publicKey`` and signatures leave it.
package struct SecretKey: ~Copyable {
    /// The public part, derived from the secret and never taken from elsewhere.
    package let publicKey: PublicKey
    private var memory: GuardedMemory

    /// What a signature leaves on the stack is overwritten to this depth.
    private static let stackBytes = 16 * 1024

    /// A new key from the kernel's generator; its seed never leaves guarded memory.
    package static func random() throws(SodiumError) -> sending SecretKey {
        var seed = try GuardedMemory(count: Int(crypto_sign_SEEDBYTES))
        let count = seed.count
        try unsafe seed.open { bytes in unsafe randombytes_buf(bytes, count) }
        return try SecretKey(seed: &seed)
    }

    /// The key whose 64 hexadecimal digits stand at `place` in `file`; nil where they do not.
    init?(hexAt place: Range<Int>, in file: inout GuardedMemory) throws(SodiumError) {
        var seed = try GuardedMemory(count: Int(crypto_sign_SEEDBYTES))
        guard place.count == 2 * seed.count, place.lowerBound >= 0, place.upperBound <= file.count
        else { return nil }
        let count = seed.count
        let decoded = try unsafe file.open { text throws(SodiumError) in
            try unsafe seed.open { bytes in
                var length = 0
                let status = unsafe sodium_hex2bin(
                    bytes, count, text + place.lowerBound, place.count, nil, &length, nil)
                return status == 0 && length == count
            }
        }
        guard decoded else { return nil }
        try self.init(seed: &seed)
    }

    private init(seed: inout GuardedMemory) throws(SodiumError) {
        var memory = try GuardedMemory(count: Int(crypto_sign_SECRETKEYBYTES))
        var point = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        let status = try unsafe seed.open { seed throws(SodiumError) in
            try unsafe memory.open { key in unsafe crypto_sign_seed_keypair(&point, key, seed) }
        }
        sodium_stackzero(Self.stackBytes)
        guard status == 0, let publicKey = PublicKey(point) else { throw .notStarted }
        self.publicKey = publicKey
        self.memory = memory
    }

    /// Pure Ed25519 (RFC 8032) over the message itself. The region is open only while this runs.
    package mutating func sign(_ message: [UInt8]) throws(SodiumError) -> Signature {
        var bytes = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        let status = try unsafe memory.open { key in
            unsafe crypto_sign_detached(&bytes, nil, message, UInt64(message.count), key)
        }
        sodium_stackzero(Self.stackBytes)
        guard status == 0, let signature = Signature(bytes) else { throw .notStarted }
        return signature
    }

    /// Writes the seed as 64 lower-case hexadecimal digits into `file`, for a new key file; gives
    /// the offset behind them.
    mutating func putSeedHex(
        into file: inout GuardedMemory, at offset: Int
    ) throws(SodiumError) -> Int {
        let seedBytes = Int(crypto_sign_SEEDBYTES)
        // One more for the zero that the encoder ends with.
        guard offset >= 0, offset + 2 * seedBytes + 1 <= file.count else { throw .noGuardedMemory }
        return try unsafe file.open { text throws(SodiumError) in
            try unsafe memory.open { key in
                let room = 2 * seedBytes + 1
                unsafe (text + offset).withMemoryRebound(to: CChar.self, capacity: room) {
                    _ = unsafe sodium_bin2hex($0, room, key, seedBytes)
                }
                return offset + 2 * seedBytes
            }
        }
    }
}
