package import ApprovalCore
internal import CSodium

extension Sodium {
    /// SHA-256 of what is too long for memory: asks for the next piece until it gets an empty one.
    package static let sha256OfPieces: @Sendable (_ next: () throws -> [UInt8]) throws -> Digest = {
        next in
        var state = crypto_hash_sha256_state()
        unsafe crypto_hash_sha256_init(&state)
        while true {
            let piece = try next()
            guard !piece.isEmpty else { break }
            unsafe crypto_hash_sha256_update(&state, piece, UInt64(piece.count))
        }
        var bytes = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        unsafe crypto_hash_sha256_final(&state, &bytes)
        guard let digest = Digest(bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}
