import ApprovalCore

/// SHA-256 by FIPS 180-4, for comparing messages with published digests. Tests only.
func testSHA256(_ message: [UInt8]) -> String {
    var state: [UInt32] = primes(8).map { fraction(of: Double($0).squareRoot()) }
    let constants = primes(64).map { fraction(ofCubeRootOf: UInt64($0)) }
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) * 8
    padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    for start in stride(from: 0, to: padded.count, by: 64) {
        var words = (0..<16).map { word in
            (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[start + word * 4 + $1]) }
        }
        for place in 16..<64 {
            let (a, b) = (words[place - 15], words[place - 2])
            let small = rotated(a, 7) ^ rotated(a, 18) ^ (a >> 3)
            let large = rotated(b, 17) ^ rotated(b, 19) ^ (b >> 10)
            words.append(words[place - 16] &+ small &+ words[place - 7] &+ large)
        }
        compress(&state, words, constants)
    }
    return state.flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
    }
    .hex
}

private func compress(_ state: inout [UInt32], _ words: [UInt32], _ constants: [UInt32]) {
    var s = state
    for round in 0..<64 {
        let big1 = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25)
        let choice = (s[4] & s[5]) ^ (~s[4] & s[6])
        let first = s[7] &+ big1 &+ choice &+ constants[round] &+ words[round]
        let big0 = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22)
        let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2])
        s = [first &+ big0 &+ majority] + s[0..<7]
        s[4] = s[4] &+ first
    }
    state = zip(state, s).map { $0 &+ $1 }
}

private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
}

private func primes(_ count: Int) -> [Int] {
    var found: [Int] = []
    var candidate = 2
    while found.count < count {
        if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
        candidate += 1
    }
    return found
}

private func fraction(of root: Double) -> UInt32 {
    UInt32((root - root.rounded(.down)) * 4_294_967_296)
}

/// The first 32 bits after the point of a cube root, by integers: floor(cbrt(n · 2^96)) mod 2^32.
private func fraction(ofCubeRootOf number: UInt64) -> UInt32 {
    var low: UInt128 = 0
    var high: UInt128 = 1 << 36
    let target = UInt128(number) << 96
    while high - low > 1 {
        let middle = (low + high) / 2
        if middle * middle * middle <= target { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
}
