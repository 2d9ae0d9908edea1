import AgentTestKit
import ApprovalCore
import Testing

/// 20,000 random cases for each property, the same ones each time, against ``DigitDecimal``.
struct AmountPropertyTests {
    private static let cases = 20_000

    @Test func `parsing agrees with the schoolbook on every text`() {
        var generator = SeededGenerator(seed: 1)
        var (read, refused) = (0, 0)
        for _ in 0..<Self.cases {
            let text = Self.text(&generator)
            let precision = UInt8(generator.below(19))
            let oracle = DigitDecimal(text)
            let amount = try? Amount(text, precision: precision)
            if let oracle, oracle.scale <= Int(precision),
                oracle.fits, oracle.rescaled(to: Int(precision)).fits
            {
                let expected = oracle.rescaled(to: Int(precision)).text
                #expect(amount?.description == expected, "\(text) at \(precision)")
                read += 1
            } else {
                #expect(amount == nil, "\(text) at \(precision)")
                refused += 1
            }
        }
        #expect(read > 3_000 && refused > 3_000)
    }

    @Test func `adding, comparing, negating and rescaling agree with the schoolbook`() throws {
        var generator = SeededGenerator(seed: 2)
        var overflows = 0
        for _ in 0..<Self.cases {
            let (left, a) = try Self.amount(&generator)
            let (right, b) = try Self.amount(&generator)
            let scale = max(left.scale, right.scale)
            let bothFit = a.rescaled(to: Int(scale)).fits && b.rescaled(to: Int(scale)).fits
            let sum = a + b
            #expect(left.adding(right)?.description == (bothFit && sum.fits ? sum.text : nil))
            #expect(left.isAtMost(right) == (bothFit ? a <= b : nil))
            #expect(left.negated?.description == (a.negated.fits ? a.negated.text : nil))
            #expect(left.isNegative == a.negative)
            let finer = Int(left.scale) + generator.below(19 - Int(left.scale))
            let rescaled = a.rescaled(to: finer)
            #expect(
                left.rescaled(to: UInt8(finer))?.description
                    == (rescaled.fits ? rescaled.text : nil))
            if left.scale > 0 { #expect(left.rescaled(to: left.scale - 1) == nil) }
            if !bothFit || !sum.fits { overflows += 1 }
        }
        #expect(overflows > 500)
    }

    @Test func `stored bytes sort like the numbers and read back`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<Self.cases {
            let (left, a) = try Self.amount(&generator)
            let (other, _) = try Self.amount(&generator)
            let right = try #require(Amount(units: other.units, scale: left.scale))
            guard let leftBytes = left.storedBytes, let rightBytes = right.storedBytes else {
                #expect(left.isNegative || right.isNegative)
                continue
            }
            #expect(!a.negative)
            #expect(leftBytes.count == 16)
            #expect(Amount(storedBytes: leftBytes, scale: left.scale) == left)
            #expect(leftBytes.lexicographicallyPrecedes(rightBytes) == (left.units < right.units))
        }
    }

    /// A random amount of any size and sign, and the oracle's.
    private static func amount(
        _ generator: inout SeededGenerator
    ) throws -> (Amount, DigitDecimal) {
        let scale = UInt8(generator.below(19))
        var units = Int128(truncatingIfNeeded: generator.next()) << 64 | Int128(generator.next())
        units >>= generator.pick([0, 0, 1, 2, 8, 40, 60, 64, 90, 110, 126])
        if generator.chance(50) { units = generator.pick([.max, .min, 0, 1, -1]) }
        let digits = String(units.magnitude).compactMap(\.wholeNumberValue)
        return (
            try #require(Amount(units: units, scale: scale)),
            DigitDecimal(negative: units < 0, digits: digits, scale: Int(scale))
        )
    }

    /// Mostly amounts, some of them long, some with one character changed.
    private static func text(_ generator: inout SeededGenerator) -> String {
        func digits(_ count: Int) -> String {
            (0..<count).map { _ in String(generator.below(10)) }.joined()
        }
        var text = generator.chance(3) ? "-" : ""
        text +=
            generator.chance(4) ? "0" : digits(1 + generator.below(generator.pick([3, 12, 41])))
        if generator.chance(2) { text += "." + digits(generator.below(20)) }
        if generator.chance(5) {
            let junk = generator.pick([
                "-", ".", "e", " ", "\u{0}", "\u{0661}", "0", "+", "\u{301}",
            ])
            let place = text.index(text.startIndex, offsetBy: generator.below(text.count + 1))
            text.insert(contentsOf: junk, at: place)
        }
        return text
    }
}
