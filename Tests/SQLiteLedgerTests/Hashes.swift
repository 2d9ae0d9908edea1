import ApprovalCore
import Testing

/// SHA-256 as FIPS 180-4 writes it, and a faster stand-in for tests of many rows.
enum Hashes {
    static let sha256: SHA256 = { message in
        var state: [UInt32] = [
            0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C,
            0x1F83_D9AB, 0x5BE0_CD19,
        ]
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        let length = UInt64(message.count) * 8
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        for start in stride(from: 0, to: bytes.count, by: 64) {
            compress(bytes[start..<(start + 64)], into: &state)
        }
        return digest(state.flatMap { word in (0..<4).map { UInt8(word >> (24 - 8 * $0) & 255) } })
    }

    /// No hash to rely on, but every byte counts.
    static let quick: SHA256 = { message in
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in message { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let word = (0..<8).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }
        return digest(word + word + word + word)
    }

    private static func digest(_ bytes: [UInt8]) -> Digest {
        guard let digest = Digest(bytes) else { preconditionFailure("not 32 bytes") }
        return digest
    }

    private static let constants: [UInt32] = {
        var primes: [UInt32] = []
        var candidate: UInt32 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // The first 32 bits of the fraction of the cube root, found by bisection.
            var (low, high): (UInt128, UInt128) = (0, 1 << 36)
            let cube = UInt128(prime) << 96
            while high - low > 1 {
                let middle = (low + high) / 2
                if middle * middle * middle <= cube { low = middle } else { high = middle }
            }
            return UInt32(truncatingIfNeeded: low)
        }
    }()

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
            word >> count | word << (32 - count)
        }
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<(index + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            let first = turned(early, 7) ^ turned(early, 18) ^ early >> 3
            let second = turned(late, 17) ^ turned(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
        }
        var now = state
        for index in 0..<64 {
            let (upper, lower) = (now[4], now[0])
            let mixed = turned(upper, 6) ^ turned(upper, 11) ^ turned(upper, 25)
            let choice = (upper & now[5]) ^ (~upper & now[6])
            let first = now[7] &+ mixed &+ choice &+ constants[index] &+ words[index]
            let majority = (lower & now[1]) ^ (lower & now[2]) ^ (now[1] & now[2])
            let second = (turned(lower, 2) ^ turned(lower, 13) ^ turned(lower, 22)) &+ majority
            now = [first &+ second] + now[0..<3] + [now[3] &+ first] + now[4..<7]
        }
        for index in 0..<8 { state[index] &+= now[index] }
    }
}

@Suite struct HashesTests {
    @Test func `the hash of the tests is SHA-256`() {
        let text = Hashes.sha256(Array("abc".utf8)).description
        #expect(text == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
