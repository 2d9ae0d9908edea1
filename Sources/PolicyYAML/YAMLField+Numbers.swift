extension YAMLField {
    /// A plain decimal whole number within bounds.
    package func integer(in range: ClosedRange<Int64>) -> Int64? {
        let bounds = "from \(range.lowerBound) to \(range.upperBound)"
        guard let value = node.plainInteger else {
            if case .scalar(let text, let style) = node.content, style != .plain,
                PlainScalar.integer(text) != nil
            {
                report(
                    .wrongType, "expected a whole number without quotes", fix: "write \(text)")
            } else {
                expected("a whole number \(bounds)")
            }
            return nil
        }
        guard range.contains(value) else {
            report(.wrongType, "\(value) is out of bounds", fix: "write a number \(bounds)")
            return nil
        }
        return value
    }

    /// The highest revision: what every reader of JSON keeps exactly.
    private static let lastRevision: Int64 = 9_007_199_254_740_991

    /// A revision: a whole number from 1 to 9007199254740991.
    func revision() -> Int64? {
        guard let value = node.plainInteger, value > Self.lastRevision else {
            return integer(in: 1...Self.lastRevision)
        }
        report(
            .wrongType,
            "the revision \(value) is too high: one that cannot be raised any more would lock the"
                + " policy",
            fix: "write at most \(Self.lastRevision), best the next after the one in force")
        return nil
    }

    /// A plain `true` or `false`.
    package func boolean() -> Bool? {
        if let value = node.plainBool { return value }
        expected("`true` or `false`, without quotes")
        return nil
    }

    /// A length of time such as `90s`, `15m`, `2h` or `7d` (a day has 24 hours), plain or quoted,
    /// in milliseconds and within `bounds`, which are milliseconds too.
    package func durationMilliseconds(
        in bounds: ClosedRange<Int64> = 1...Int64.max
    ) -> Int64? {
        guard case .scalar(let text, _) = node.content, !node.isPlainNull else {
            expected("a duration such as 30s, 15m, 2h or 7d")
            return nil
        }
        guard let value = Self.milliseconds(text) else {
            report(
                .wrongType, "\(Shown.word(text)) is not a duration",
                fix: "write a whole number above 0 and s, m, h or d, such as 30s, 15m, 2h or 7d")
            return nil
        }
        guard bounds.contains(value) else {
            let isShort = value < bounds.lowerBound
            let bound = isShort ? bounds.lowerBound : bounds.upperBound
            report(
                .wrongType, "\(Shown.word(text)) is too \(isShort ? "short" : "long")",
                fix: "write \(isShort ? "at least" : "at most") \(Self.shown(bound))")
            return nil
        }
        return value
    }

    /// `^[1-9][0-9]*(s|m|h|d)$`; nil also where the milliseconds do not fit.
    private static func milliseconds(_ text: String) -> Int64? {
        let unit: Int64
        switch text.utf8.last {
        case UInt8(ascii: "s"): unit = 1_000
        case UInt8(ascii: "m"): unit = 60_000
        case UInt8(ascii: "h"): unit = 3_600_000
        case UInt8(ascii: "d"): unit = 86_400_000
        default: return nil
        }
        guard let count = PlainScalar.integer(String(text.dropLast())), count > 0 else {
            return nil
        }
        let (value, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : value
    }

    private static func shown(_ milliseconds: Int64) -> String {
        let units: [(Int64, String)] = [
            (86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"),
        ]
        for (unit, letter) in units where milliseconds >= unit && milliseconds % unit == 0 {
            return "\(milliseconds / unit)\(letter)"
        }
        return "1s"
    }
}
