/// An exact decimal: 128-bit units and a scale (the number of fraction digits).
///
/// `-0.40000000` at the precision of BTC is `units: -40_000_000, scale: 8`. Nothing is ever
/// rounded: what does not fit is refused.
package struct Amount: Hashable, Sendable {
    /// The value times 10 to the power of ``scale``.
    package let units: Int128
    /// Fraction digits, 0 to 18.
    package let scale: UInt8

    /// The most fraction digits that an asset can have here.
    package static let maximumScale: UInt8 = 18

    /// Why a text is not an amount.
    package enum ParseError: Error, Hashable, Sendable {
        /// Not `^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`, or minus zero.
        case grammar
        /// More fraction digits than the asset's precision.
        case precision
        /// Beyond 128 bits at that precision.
        case overflow
    }

    /// Nil where `scale` is above ``maximumScale``.
    package init?(units: Int128, scale: UInt8) {
        guard scale <= Self.maximumScale else { return nil }
        self.units = units
        self.scale = scale
    }

    private init(checked units: Int128, _ scale: UInt8) {
        self.units = units
        self.scale = scale
    }

    /// Zero at a precision of `scale` digits; a scale above 18 counts as 18.
    package static func zero(scale: UInt8) -> Amount {
        Amount(checked: 0, min(scale, maximumScale))
    }

    /// Reads the platform's decimal text at an asset's precision.
    ///
    /// `1.0` and `1.00000000` at precision 8 are the same amount. Exponents, signs other than one
    /// leading minus, spaces, digits of other scripts and minus zero are refused.
    package init(_ text: String, precision: UInt8) throws(ParseError) {
        guard precision <= Self.maximumScale else { throw .precision }
        var bytes = text.utf8[...]
        let negative = bytes.first == UInt8(ascii: "-")
        if negative { bytes = bytes.dropFirst() }
        let whole = bytes.prefix(while: Self.isDigit)
        var rest = bytes.dropFirst(whole.count)
        guard let first = whole.first, first != UInt8(ascii: "0") || whole.count == 1 else {
            throw .grammar
        }
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: Self.isDigit)
            rest = rest.dropFirst(fraction.count)
            guard !fraction.isEmpty else { throw .grammar }
        }
        guard rest.isEmpty else { throw .grammar }
        guard fraction.count <= Int(precision) else { throw .precision }
        var units: Int128 = 0
        let padding = repeatElement(UInt8(ascii: "0"), count: Int(precision) - fraction.count)
        try Self.append(whole, to: &units)
        try Self.append(fraction, to: &units)
        try Self.append(padding, to: &units)
        if negative {
            guard units != 0 else { throw .grammar }
            units = -units
        }
        self.init(checked: units, precision)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func append(
        _ digits: some Sequence<UInt8>, to units: inout Int128
    ) throws(ParseError) {
        for digit in digits {
            let (tens, high) = units.multipliedReportingOverflow(by: 10)
            let (sum, low) = tens.addingReportingOverflow(Int128(digit - 0x30))
            guard !high, !low else { throw .overflow }
            units = sum
        }
    }
}

// Arithmetic. Every operation that can overflow gives nil, which the caller must refuse.
extension Amount {
    /// The same value with more fraction digits; nil on overflow or fewer digits.
    package func rescaled(to scale: UInt8) -> Amount? {
        guard scale >= self.scale, scale <= Self.maximumScale else { return nil }
        var units = units
        for _ in self.scale..<scale {
            let (next, overflow) = units.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            units = next
        }
        return Amount(checked: units, scale)
    }

    /// The sum at the finer of both scales; nil on overflow.
    package func adding(_ other: Amount) -> Amount? {
        let scale = max(scale, other.scale)
        guard let left = rescaled(to: scale), let right = other.rescaled(to: scale) else {
            return nil
        }
        let (sum, overflow) = left.units.addingReportingOverflow(right.units)
        return overflow ? nil : Amount(checked: sum, scale)
    }

    /// The value with its sign turned; nil for the one value that has no counterpart.
    package var negated: Amount? {
        units == .min ? nil : Amount(checked: -units, scale)
    }

    /// `self <= other` by value, whatever the scales; nil where a rescale overflows.
    package func isAtMost(_ other: Amount) -> Bool? {
        let scale = max(scale, other.scale)
        guard let left = rescaled(to: scale), let right = other.rescaled(to: scale) else {
            return nil
        }
        return left.units <= right.units
    }

    /// Whether the value is below zero.
    package var isNegative: Bool { units < 0 }
}

// Text and storage.
extension Amount: CustomStringConvertible {
    /// Plain decimal with exactly ``scale`` fraction digits, as the platform writes it.
    package var description: String {
        let digits = String(units.magnitude)
        let sign = units < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let missing = Int(scale) + 1 - digits.utf8.count
        let padded = String(repeating: "0", count: max(0, missing)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -Int(scale))
        return sign + padded[..<point] + "." + padded[point...]
    }

    /// The text a person reads: no trailing zeros.
    package var short: String {
        guard scale > 0 else { return description }
        var text = description
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// 16 bytes, big-endian, so that a database orders non-negative amounts like numbers;
    /// nil where the value is negative.
    package var storedBytes: [UInt8]? {
        guard units >= 0 else { return nil }
        return (0..<16).map { UInt8(truncatingIfNeeded: units >> (120 - 8 * $0)) }
    }

    /// Reads ``storedBytes``; nil where there are not 16 of them or the sign bit is set.
    package init?(storedBytes bytes: [UInt8], scale: UInt8) {
        guard bytes.count == 16, bytes[0] < 0x80, scale <= Self.maximumScale else { return nil }
        self.init(checked: bytes.reduce(0) { ($0 << 8) | Int128($1) }, scale)
    }
}
