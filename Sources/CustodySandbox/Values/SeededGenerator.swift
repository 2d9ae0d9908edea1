/// SplitMix64: the same seed gives the same numbers. For ids and chances, never for secrets.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 32 hexadecimal digits and the suffix of the resource: 36 characters, as all ids have.
    mutating func id(_ suffix: String) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<2 {
            let word = next()
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return Hex.text(bytes) + suffix
    }

    /// Six digits, as an SMS has them.
    mutating func code() -> String {
        let digits = String(next() % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}
