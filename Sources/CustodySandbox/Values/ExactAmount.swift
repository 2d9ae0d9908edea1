/// A decimal with up to 18 fraction digits, exact, in units of 10⁻¹⁸.
package struct ExactAmount: Sendable, Equatable, Comparable {
    private static let scale = 18
    private static let one: Int128 = 1_000_000_000_000_000_000
    let units: Int128

    static let zero = ExactAmount(units: 0)

    init(units: Int128) { self.units = units }

    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?`; nil for any other text, for more than 18 fraction
    /// digits and for what does not fit.
    package init?(_ text: String) {
        var rest = Substring(text).utf8
        let negative = rest.first == UInt8(ascii: "-")
        if negative { rest = rest.dropFirst() }
        let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count <= 2 else { return nil }
        if whole.count > 1 && whole.first == UInt8(ascii: "0") { return nil }
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        if parts.count == 2 && fraction.isEmpty || fraction.count > Self.scale { return nil }
        let padding = Array(repeating: UInt8(ascii: "0"), count: Self.scale - fraction.count)
        var units: Int128 = 0
        for digit in Array(whole) + fraction + padding {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (shifted, overflow) = units.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Int128(digit - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            units = sum
        }
        self.units = negative ? -units : units
    }

    /// How many fraction digits the text has; nil where it is no amount.
    static func fractionDigits(of text: String) -> Int? {
        guard ExactAmount(text) != nil else { return nil }
        return text.utf8.split(separator: UInt8(ascii: ".")).dropFirst().first?.count ?? 0
    }

    /// The decimal text with at least `precision` fraction digits, and more only where needed.
    package func text(precision: Int) -> String {
        let magnitude = units.magnitude
        var fraction = Array(String(magnitude % Self.one.magnitude).utf8)
        fraction =
            Array(repeating: UInt8(ascii: "0"), count: Self.scale - fraction.count) + fraction
        while fraction.count > precision && fraction.last == UInt8(ascii: "0") {
            fraction.removeLast()
        }
        let sign = units < 0 ? "-" : ""
        let whole = "\(sign)\(magnitude / Self.one.magnitude)"
        return fraction.isEmpty ? whole : "\(whole).\(String(decoding: fraction, as: UTF8.self))"
    }

    var magnitude: ExactAmount { units < 0 ? ExactAmount(units: -units) : self }

    var negated: ExactAmount { ExactAmount(units: -units) }

    /// Order by value.
    package static func < (left: ExactAmount, right: ExactAmount) -> Bool {
        left.units < right.units
    }

    /// The sum; it stays at the bound where it does not fit.
    static func + (left: ExactAmount, right: ExactAmount) -> ExactAmount {
        let (sum, overflow) = left.units.addingReportingOverflow(right.units)
        return ExactAmount(units: overflow ? (right.units < 0 ? -.max : .max) : sum)
    }

    static func - (left: ExactAmount, right: ExactAmount) -> ExactAmount { left + right.negated }
}
