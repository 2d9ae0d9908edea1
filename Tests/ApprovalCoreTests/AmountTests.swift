import AgentTestKit
import ApprovalCore
import Testing

struct AmountTests {
    @Test(arguments: [
        ("0", 0, 0, "0"), ("0", 8, 0, "0.00000000"), ("0.0", 1, 0, "0.0"),
        ("-0.40000000", 8, -40_000_000, "-0.40000000"), ("1.0", 8, 100_000_000, "1.00000000"),
        ("1.00000000", 8, 100_000_000, "1.00000000"), ("10", 0, 10, "10"),
        ("-1", 2, -100, "-1.00"), ("0.00000001", 8, 1, "0.00000001"), ("30.0", 1, 300, "30.0"),
        ("-0.000000000000000001", 18, -1, "-0.000000000000000001"),
        ("9007199254740993", 0, 9_007_199_254_740_993, "9007199254740993"),
    ])
    func `a decimal of the platform is read exactly and written back at the asset's precision`(
        text: String, precision: UInt8, units: Int, written: String
    ) throws {
        let amount = try Amount(text, precision: precision)
        #expect(amount.units == Int128(units))
        #expect(amount.scale == precision)
        #expect(amount.description == written)
        #expect(try Amount(amount.description, precision: precision) == amount)
    }

    @Test(arguments: [
        "", "-", "-0", "-0.0", "-0.00000000", "+1", "1.", ".5", "-.5", "01", "-01", "00", "00.1",
        "1e5", "1E5",
        "1e-8", " 1", "1 ", "1\n", "\t1", "1.0 ", "1,5", "1.2.3", "1..2", "--1", "-+1", "1-",
        "0x10", "1_000",
        "1.0abc", "NaN", "inf", "\u{0661}", "\u{FF11}", "1\u{0300}", "1.\u{0661}",
        "\u{2212}1", "1\u{200B}", "\u{FEFF}1",
    ])
    func `a text outside the grammar is no amount`(text: String) {
        #expect(throws: Amount.ParseError.grammar) { try Amount(text, precision: 18) }
    }

    @Test func `a NUL anywhere makes a text no amount`() {
        for text in ["\u{0}", "1\u{0}", "\u{0}1", "1.0\u{0}", "1\u{0}.0", "-\u{0}1"] {
            #expect(throws: Amount.ParseError.grammar) { try Amount(text, precision: 8) }
        }
    }

    @Test(
        arguments: [("0.1", 0), ("0.000000001", 8), ("1.000000000", 8), ("0.0", 0)]
            as [(String, UInt8)])
    func `more fraction digits than the precision are refused, zeros too`(
        text: String, precision: UInt8
    ) {
        #expect(throws: Amount.ParseError.precision) { try Amount(text, precision: precision) }
    }

    @Test func `a precision above 18 is refused`() {
        #expect(throws: Amount.ParseError.precision) { try Amount("1", precision: 19) }
        #expect(Amount(units: 1, scale: 19) == nil)
        #expect(Amount(units: 1, scale: 18)?.rescaled(to: 19) == nil)
        #expect(Amount(storedBytes: [UInt8](repeating: 0, count: 16), scale: 19) == nil)
        #expect(Amount.zero(scale: 200).scale == 18)
    }

    @Test func `ten to the twentieth units of an asset of 18 digits are exact`() throws {
        let large = try Amount("100000000000000000000", precision: 18)
        #expect(large.units == Int128("100000000000000000000000000000000000000"))
        let below = try Amount("-99999999999999999999.999999999999999999", precision: 18)
        let one = try #require(large.adding(below))
        #expect(one.description == "0.000000000000000001")
        #expect(large.isAtMost(large) == true)
        #expect(below.negated?.isAtMost(large) == true)
        #expect(try large.isAtMost(#require(below.negated)) == false)
        #expect(large.short == "100000000000000000000")
    }

    @Test func `what does not fit in 128 bits is refused, not rounded`() throws {
        let edge = "170141183460469231731687303715884105727"
        let most = try Amount(edge, precision: 0)
        #expect(most.units == .max)
        for (text, precision) in [
            ("170141183460469231731687303715884105728", 0),
            ("-170141183460469231731687303715884105728", 0),
            (edge, 1), ("170141183460469231731.687303715884105728", 18),
            (String(repeating: "9", count: 100_000), 18),
            ("1" + String(repeating: "0", count: 100_000), 0),
        ] as [(String, UInt8)] {
            #expect(throws: Amount.ParseError.overflow) { try Amount(text, precision: precision) }
        }
        let one = try Amount("1", precision: 0)
        #expect(most.adding(one) == nil)
        #expect(most.rescaled(to: 1) == nil)
        #expect(try most.isAtMost(Amount("0.1", precision: 1)) == nil)
        let least = try #require(Amount(units: .min, scale: 0))
        #expect(least.negated == nil)
        #expect(least.description == "-170141183460469231731687303715884105728")
        #expect(least.storedBytes == nil)
        #expect(try least.adding(Amount("-1", precision: 0)) == nil)
    }

    @Test func `a very long text is refused as quickly as a short one`() {
        #expect(throws: Amount.ParseError.grammar) {
            try Amount("1." + String(repeating: "0", count: 1_000_000) + "x", precision: 8)
        }
        #expect(throws: Amount.ParseError.precision) {
            try Amount("1." + String(repeating: "0", count: 1_000_000), precision: 8)
        }
    }

    @Test(
        arguments: [
            ("1.50000000", 8, "1.5"), ("100", 0, "100"), ("100.00", 2, "100"), ("-0.10", 2, "-0.1"),
            ("0.00", 2, "0"), ("10.0", 1, "10"),
        ] as [(String, UInt8, String)])
    func `the short text keeps every digit that counts`(
        text: String, precision: UInt8, short: String
    ) throws {
        #expect(try Amount(text, precision: precision).short == short)
    }

    @Test func `stored bytes are refused unless they are sixteen of a non-negative number`() {
        #expect(Amount(storedBytes: [], scale: 0) == nil)
        #expect(Amount(storedBytes: [UInt8](repeating: 0, count: 15), scale: 0) == nil)
        #expect(Amount(storedBytes: [UInt8](repeating: 0, count: 17), scale: 0) == nil)
        let negative = [0x80] + [UInt8](repeating: 0, count: 15)
        #expect(Amount(storedBytes: negative, scale: 0) == nil)
        let most = [0x7F] + [UInt8](repeating: 0xFF, count: 15)
        #expect(Amount(storedBytes: most, scale: 0)?.units == .max)
    }
}
