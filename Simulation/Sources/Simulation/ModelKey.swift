import ApprovalAgent
import ApprovalCore

/// What stands in for SHA-256 and Ed25519: functions of their bytes alone, quick, and without a
/// collision among the few thousand messages of a seed.
enum ModelKey {
    /// 32 bytes that depend on every byte of the message.
    static let hash: SHA256 = { message in
        var lanes: (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F)
        for byte in message {
            lanes.0 = (lanes.0 ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            lanes.1 = (lanes.1 &+ UInt64(byte) &+ 1) &* 0x9FB2_1C65_1E98_DF25
            lanes.1 ^= lanes.1 >> 32
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [lanes.0, lanes.1, lanes.0 &* lanes.1, lanes.0 ^ (lanes.1 >> 7)] {
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
        }
        return Digest(bytes) ?? hash([])
    }

    private static func seed(_ number: Int) -> [UInt8] { Array("approval key \(number)".utf8) }

    /// The one signature of a message by the n-th key.
    static func signature(of message: [UInt8], by number: Int) -> Signature? {
        Signature(hash(seed(number) + message).bytes + hash(message + seed(number)).bytes)
    }

    /// The public part of the n-th key.
    static func publicKey(_ number: Int) -> PublicKey? { PublicKey(hash(seed(number)).bytes) }
}
