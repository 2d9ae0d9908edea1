import Crypto

/// The nonces that a key has used, 16 bytes each: the last `capacity` of them. A nonce of 32
/// lower-case hexadecimal digits is its own 16 bytes, any other text is the start of its SHA-256.
struct UsedNonces: Sendable {
    static let capacity = 2_000_000
    private var known: Set<UInt128> = []
    private var ring: [UInt128] = []
    private var oldest = 0

    /// Adds a nonce; false where it was used before.
    mutating func insert(_ nonce: String) -> Bool { insert(Self.compact(nonce)) }

    private mutating func insert(_ nonce: UInt128) -> Bool {
        guard known.insert(nonce).inserted else { return false }
        if ring.count < Self.capacity {
            ring.append(nonce)
        } else {
            known.remove(ring[oldest])
            ring[oldest] = nonce
            oldest = (oldest + 1) % Self.capacity
        }
        return true
    }

    private static func compact(_ nonce: String) -> UInt128 {
        if nonce.utf8.count == 32, let number = hexadecimal(nonce) { return number }
        return SHA256.hash(data: Array(nonce.utf8)).prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    private static func hexadecimal(_ text: String) -> UInt128? {
        var number: UInt128 = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt128(byte - 0x30)
            case 0x61...0x66: number = number << 4 | UInt128(byte - 0x57)
            default: return nil
            }
        }
        return number
    }

    /// For a state file: the oldest first, 32 hexadecimal digits each.
    var saved: JSON {
        .texts(
            (ring[oldest...] + ring[..<oldest]).map { nonce in
                let digits = String(nonce, radix: 16)
                return String(repeating: "0", count: 32 - digits.utf8.count) + digits
            })
    }

    init() {}

    /// Reads what `saved` wrote, or the nonces themselves.
    init(saved nonces: [String]) {
        for nonce in nonces { _ = insert(nonce) }
    }
}
