/// A decimal of any size as schoolbook digits: the oracle for `Amount`, sharing nothing with it.
struct DigitDecimal: Equatable {
    var negative: Bool
    /// The units' digits, most significant first, no leading zeros; empty for zero.
    var digits: [Int]
    var scale: Int

    init(negative: Bool, digits: [Int], scale: Int) {
        self.digits = Array(digits.drop { $0 == 0 })
        self.negative = negative && !self.digits.isEmpty
        self.scale = scale
    }

    /// Nil where the text is not of the platform's grammar, or is minus zero.
    init?(_ text: String) {
        let grammar = /-?(0|[1-9][0-9]*)(\.[0-9]+)?/.matchingSemantics(.unicodeScalar)
        guard (try? grammar.wholeMatch(in: text)) != nil else { return nil }
        let parts = text.split(separator: ".")
        let digits = text.compactMap(\.wholeNumberValue)
        self.init(
            negative: text.hasPrefix("-"), digits: digits,
            scale: parts.count == 2 ? parts[1].count : 0)
        if text.hasPrefix("-"), self.digits.isEmpty { return nil }
    }

    func rescaled(to scale: Int) -> DigitDecimal {
        let zeros = [Int](repeating: 0, count: scale - self.scale)
        return DigitDecimal(negative: negative, digits: digits + zeros, scale: scale)
    }

    var negated: DigitDecimal {
        DigitDecimal(negative: !negative, digits: digits, scale: scale)
    }

    /// Whether the units are within 128 bits, two's complement.
    var fits: Bool {
        let edge = "170141183460469231731687303715884105728".compactMap(\.wholeNumberValue)
        return Self.isLess(digits, edge) || (negative && digits == edge)
    }

    var text: String {
        let padded = [Int](repeating: 0, count: max(0, scale + 1 - digits.count)) + digits
        var text = padded.map(String.init)
        if scale > 0 { text.insert(".", at: text.count - scale) }
        return (negative ? "-" : "") + text.joined()
    }

    static func + (left: DigitDecimal, right: DigitDecimal) -> DigitDecimal {
        let scale = max(left.scale, right.scale)
        let (a, b) = (left.rescaled(to: scale), right.rescaled(to: scale))
        if a.negative == b.negative {
            return DigitDecimal(negative: a.negative, digits: sum(a.digits, b.digits), scale: scale)
        }
        let (large, small) = isLess(a.digits, b.digits) ? (b, a) : (a, b)
        return DigitDecimal(
            negative: large.negative, digits: difference(large.digits, small.digits), scale: scale)
    }

    static func <= (left: DigitDecimal, right: DigitDecimal) -> Bool {
        let difference = right + left.negated
        return !difference.negative
    }

    static func isLess(_ left: [Int], _ right: [Int]) -> Bool {
        left.count != right.count
            ? left.count < right.count : left.lexicographicallyPrecedes(right)
    }

    private static func sum(_ left: [Int], _ right: [Int]) -> [Int] {
        var (result, carry): ([Int], Int) = ([], 0)
        for place in 0..<max(left.count, right.count) {
            let total = digit(left, place) + digit(right, place) + carry
            result.append(total % 10)
            carry = total / 10
        }
        return ([carry] + result.reversed())
    }

    /// `left` is not less than `right`.
    private static func difference(_ left: [Int], _ right: [Int]) -> [Int] {
        var (result, borrow): ([Int], Int) = ([], 0)
        for place in 0..<left.count {
            let total = digit(left, place) - digit(right, place) - borrow
            result.append((total + 10) % 10)
            borrow = total < 0 ? 1 : 0
        }
        return result.reversed()
    }

    private static func digit(_ digits: [Int], _ place: Int) -> Int {
        place < digits.count ? digits[digits.count - 1 - place] : 0
    }
}
