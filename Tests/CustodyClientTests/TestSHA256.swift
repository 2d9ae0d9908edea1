import ApprovalCore

/// FIPS 180-4, so that these tests need no other adapter.
func testSHA256(_ message: [UInt8]) -> Digest {
    var words: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c,
        0x1f83_d9ab, 0x5be0_cd19,
    ]
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
        padded.append(UInt8(truncatingIfNeeded: (message.count * 8) >> shift))
    }
    for start in stride(from: 0, to: padded.count, by: 64) {
        compress(padded[start..<(start + 64)], into: &words)
    }
    let bytes = words.flatMap { word in
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
    return Digest(bytes) ?? testSHA256([])
}

private func compress(_ block: ArraySlice<UInt8>, into words: inout [UInt32]) {
    var schedule: [UInt32] = []
    for start in stride(from: block.startIndex, to: block.endIndex, by: 4) {
        schedule.append(block[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) })
    }
    for index in 16..<64 {
        let (a, b) = (schedule[index - 15], schedule[index - 2])
        let first = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
        let second = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
        schedule.append(schedule[index - 16] &+ first &+ schedule[index - 7] &+ second)
    }
    var w = words
    for index in 0..<64 {
        let sum = rotate(w[4], 6) ^ rotate(w[4], 11) ^ rotate(w[4], 25)
        let choice = (w[4] & w[5]) ^ (~w[4] & w[6])
        let first = w[7] &+ sum &+ choice &+ roundConstants[index] &+ schedule[index]
        let majority = (w[0] & w[1]) ^ (w[0] & w[2]) ^ (w[1] & w[2])
        let second = (rotate(w[0], 2) ^ rotate(w[0], 13) ^ rotate(w[0], 22)) &+ majority
        w = [first &+ second, w[0], w[1], w[2], w[3] &+ first, w[4], w[5], w[6]]
    }
    for index in 0..<8 { words[index] &+= w[index] }
}

private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = {
    let primes = (2...311).filter { number in
        !(2..<number).contains { $0 * $0 <= number && number % $0 == 0 }
    }
    return primes.map { prime in
        // The largest x with x³ ≤ prime · 2⁹⁶, without its whole part.
        let bound = UInt128(prime) << 96
        var root: UInt128 = 0
        for bit in (0..<36).reversed() {
            let next = root | 1 << UInt128(bit)
            if next * next * next <= bound { root = next }
        }
        return UInt32(truncatingIfNeeded: root)
    }
}()
