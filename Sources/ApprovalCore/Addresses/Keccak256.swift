/// Keccak-256 as Ethereum uses it: the sponge of FIPS 202 with the padding of the first
/// submission, so its digests are not those of SHA3-256.
package enum Keccak256 {
    /// The 32 bytes of the digest.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        var padded = message + [0x01]
        padded += [UInt8](repeating: 0, count: (rate - padded.count % rate) % rate)
        padded[padded.count - 1] |= 0x80
        var state = [UInt64](repeating: 0, count: 25)
        for start in stride(from: 0, to: padded.count, by: rate) {
            for lane in 0..<(rate / 8) {
                for byte in (0..<8) {
                    state[lane] ^= UInt64(padded[start + lane * 8 + byte]) << UInt64(8 * byte)
                }
            }
            permute(&state)
        }
        return state.prefix(4).flatMap { lane in
            (0..<8).map { UInt8(truncatingIfNeeded: lane >> (8 * $0)) }
        }
    }

    /// How many bytes one block takes.
    private static let rate = 136

    private static func permute(_ state: inout [UInt64]) {
        // Five lanes of scratch, one column's or one row's, so that no round allocates.
        var lanes = [UInt64](repeating: 0, count: 5)
        for constant in roundConstants {
            mixColumns(&state, &lanes)
            turnAndMove(&state)
            for row in stride(from: 0, to: 25, by: 5) {
                for column in 0..<5 { lanes[column] = state[row + column] }
                for column in 0..<5 {
                    state[row + column] ^= ~lanes[(column + 1) % 5] & lanes[(column + 2) % 5]
                }
            }
            state[0] ^= constant
        }
    }

    private static func mixColumns(_ state: inout [UInt64], _ parities: inout [UInt64]) {
        for column in 0..<5 {
            parities[column] = state[column] ^ state[column + 5] ^ state[column + 10]
            parities[column] ^= state[column + 15] ^ state[column + 20]
        }
        for column in 0..<5 {
            let term = parities[(column + 4) % 5] ^ turned(parities[(column + 1) % 5], 1)
            for lane in stride(from: column, to: 25, by: 5) { state[lane] ^= term }
        }
    }

    private static func turnAndMove(_ state: inout [UInt64]) {
        var moving = state[1]
        for (index, place) in places.enumerated() {
            (moving, state[place]) = (state[place], turned(moving, distances[index]))
        }
    }

    private static func turned(_ lane: UInt64, _ distance: UInt64) -> UInt64 {
        lane << distance | lane >> (64 - distance)
    }

    private static let places = [
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
    ]
    private static let distances: [UInt64] = [
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
    ]

    /// The linear feedback shift register of FIPS 202, section 3.2.5.
    private static let roundConstants: [UInt64] = {
        var register: UInt8 = 1
        return (0..<24).map { _ in
            (0..<7).reduce(into: UInt64(0)) { constant, index in
                if register & 1 == 1 { constant |= 1 << ((1 << UInt64(index)) - 1) }
                register = register << 1 ^ (register >> 7) * 0x71
            }
        }
    }()
}
