/// A sum over all time, at 18 fraction digits and in 256 bits: it cannot overflow, whatever the
/// assets, so that a window is exact however long the history is.
package struct RunningTotal: Hashable, Sendable {
    private var high: UInt128 = 0
    private var low: UInt128 = 0

    /// Nothing.
    package static let zero = RunningTotal()

    private init() {}

    /// Nil where the amount is negative.
    package init?(_ amount: Amount) {
        guard amount.units >= 0 else { return nil }
        (high, low) = amount.units.magnitude.multipliedFullWidth(by: Self.unit(amount.scale))
    }

    /// Reads ``bytes``; nil where there are not 32.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        high = bytes[..<16].reduce(0) { ($0 << 8) | UInt128($1) }
        low = bytes[16...].reduce(0) { ($0 << 8) | UInt128($1) }
    }

    /// 32 bytes, the highest first.
    package var bytes: [UInt8] { Self.bigEndian(high) + Self.bigEndian(low) }

    /// Nil where the sum does not fit, which no history of real amounts can reach.
    package func adding(_ other: RunningTotal) -> RunningTotal? {
        let (low, carry) = low.addingReportingOverflow(other.low)
        let (sum, overflow) = high.addingReportingOverflow(other.high)
        let (high, second) = sum.addingReportingOverflow(carry ? 1 : 0)
        return overflow || second ? nil : RunningTotal(high, low)
    }

    /// Nil where the difference is negative: a total never falls.
    package func subtracting(_ other: RunningTotal) -> RunningTotal? {
        let (low, borrow) = low.subtractingReportingOverflow(other.low)
        let (difference, overflow) = high.subtractingReportingOverflow(other.high)
        let (high, second) = difference.subtractingReportingOverflow(borrow ? 1 : 0)
        return overflow || second ? nil : RunningTotal(high, low)
    }

    /// The amount at `scale` fraction digits, rounded up. What does not fit is the greatest
    /// amount, to which nothing can be added: every limit counts it as exceeded.
    package func amount(scale: UInt8) -> Amount {
        let scale = min(scale, Amount.maximumScale)
        let greatest = Amount(units: .max, scale: scale) ?? .zero(scale: scale)
        let unit = Self.unit(scale)
        guard high < unit else { return greatest }
        let (quotient, remainder) = unit.dividingFullWidth((high, low))
        guard let units = Int128(exactly: quotient) else { return greatest }
        let (rounded, overflow) = units.addingReportingOverflow(remainder == 0 ? 0 : 1)
        return overflow ? greatest : Amount(units: rounded, scale: scale) ?? greatest
    }

    private init(_ high: UInt128, _ low: UInt128) {
        self.high = high
        self.low = low
    }

    private static func bigEndian(_ value: UInt128) -> [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: value >> (120 - 8 * $0)) }
    }

    /// What one unit of that scale is at 18 fraction digits.
    private static func unit(_ scale: UInt8) -> UInt128 {
        (min(scale, Amount.maximumScale)..<Amount.maximumScale).reduce(1) { unit, _ in unit * 10 }
    }
}
