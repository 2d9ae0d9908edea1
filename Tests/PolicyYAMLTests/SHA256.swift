import ApprovalCore
import Testing

/// SHA-256 (FIPS 180-4), written for the tests so that they need no library.
enum TestHash {
    static let sha256: SHA256 = { message in
        var state = start
        for block in blocks(message) { compress(&state, block) }
        let bytes = state.flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        return Digest(bytes) ?? sha256([])
    }

    /// The first 32 bits of the fractions of the square roots of the first 8 primes.
    private static let start: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// The same of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = primes(64).map { prime in
        var low: UInt128 = 0
        var high: UInt128 = 8 << 32
        let target = UInt128(prime) << 96
        while high - low > 1 {
            let middle = (low + high) / 2
            if middle * middle * middle <= target { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    private static func primes(_ count: Int) -> [Int] {
        Array((2...400).filter { n in !(2..<n).contains { n % $0 == 0 } }.prefix(count))
    }

    /// The message, 0x80, zeros and its length in bits, in blocks of 16 words.
    private static func blocks(_ message: [UInt8]) -> [[UInt32]] {
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        let bits = UInt64(message.count) * 8
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
        let words = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        return stride(from: 0, to: words.count, by: 16).map { Array(words[$0..<$0 + 16]) }
    }

    private static func compress(_ state: inout [UInt32], _ block: [UInt32]) {
        var w = block
        for t in 16..<64 {
            let s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >> 3)
            let s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >> 10)
            w.append(w[t - 16] &+ s0 &+ w[t - 7] &+ s1)
        }
        var v = state
        for t in 0..<64 {
            let s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)
            let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
            let first = v[7] &+ s1 &+ choice &+ constants[t] &+ w[t]
            let s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
            v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
        }
        for index in 0..<8 { state[index] = state[index] &+ v[index] }
    }

    private static func turn(_ word: UInt32, _ by: UInt32) -> UInt32 {
        word >> by | word << (32 - by)
    }
}

@Suite struct TestHashTests {
    @Test func `the hash of the tests is SHA-256`() {
        #expect(
            TestHash.sha256(Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            TestHash.sha256([]).description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
