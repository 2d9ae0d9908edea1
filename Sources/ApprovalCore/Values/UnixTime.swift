/// A moment in UTC, in milliseconds since 1970-01-01T00:00:00Z.
package struct UnixTime: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the epoch, rounded towards the past.
    package var seconds: Int64 { milliseconds.floored(by: 1_000) }

    package static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `milliseconds` later (earlier where negative), clamped at the ends of time.
    package func advanced(byMilliseconds milliseconds: Int64) -> UnixTime {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        guard overflow else { return UnixTime(milliseconds: sum) }
        return UnixTime(milliseconds: milliseconds < 0 ? .min : .max)
    }
}

extension Int64 {
    /// The quotient, rounded towards the past; `divisor` is above 0.
    func floored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

// RFC 3339, by the proleptic Gregorian calendar; no time zone data.
extension UnixTime: CustomStringConvertible {
    /// `2026-10-02T09:14:03.221Z`.
    package var description: String {
        let remainder = milliseconds % 1_000
        var text = dateAndTime
        text.append(UInt8(ascii: "."))
        Self.append(remainder < 0 ? remainder + 1_000 : remainder, 3, to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// `2026-10-02 09:14`, for sentences.
    package var minute: String {
        let text = dateAndTime.prefix(16)
        return String(decoding: text.map { $0 == UInt8(ascii: "T") ? 0x20 : $0 }, as: UTF8.self)
    }

    private var dateAndTime: [UInt8] {
        let days = seconds.floored(by: 86_400)
        let second = seconds - days * 86_400
        let (year, month, day) = Self.civil(fromDays: days)
        var text: [UInt8] = []
        text.reserveCapacity(32)
        Self.append(year, 4, to: &text)
        for (mark, number) in [
            (UInt8(ascii: "-"), month), (UInt8(ascii: "-"), day),
            (UInt8(ascii: "T"), second / 3_600), (UInt8(ascii: ":"), second / 60 % 60),
            (UInt8(ascii: ":"), second % 60),
        ] {
            text.append(mark)
            Self.append(number, 2, to: &text)
        }
        return text
    }

    /// In at least so many digits; of a year before 0 or after 9999 as many as it takes.
    private static func append(_ value: Int64, _ width: Int, to text: inout [UInt8]) {
        let isTwo = width == 2 && (0...99).contains(value)
        if isTwo {
            text.append(UInt8(ascii: "0") + UInt8(value / 10))
            text.append(UInt8(ascii: "0") + UInt8(value % 10))
            return
        }
        let digits = String(value).utf8
        text.append(contentsOf: repeatElement(0x30, count: max(0, width - digits.count)))
        text.append(contentsOf: digits)
    }

    /// Reads `2019-08-21T10:47:34Z`, with up to nine fraction digits (all but three dropped).
    /// Nil for every other form, offsets and leap seconds included.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 30, bytes.last == UInt8(ascii: "Z"),
            bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == UInt8(ascii: "T"),
            bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year),
            hour < 24, minute < 60, second < 60,
            let fraction = Self.milliseconds(ofFraction: bytes[19..<(bytes.count - 1)])
        else { return nil }
        let days = Self.days(fromCivil: year, month, day)
        let total = days * 86_400 + hour * 3_600 + minute * 60 + second
        self.init(milliseconds: total * 1_000 + fraction)
    }

    private static func milliseconds(ofFraction bytes: ArraySlice<UInt8>) -> Int64? {
        guard let point = bytes.first else { return 0 }
        let digits = bytes.dropFirst()
        guard point == UInt8(ascii: "."), (1...9).contains(digits.count),
            let first = number(digits.prefix(3)), number(digits) != nil
        else { return nil }
        return switch digits.count {
        case 1: first * 100
        case 2: first * 10
        default: first
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: leap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since the epoch of a civil date; eras of 400 years that begin on 1 March.
    static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floored(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Year, month and day of a civil date, from its days since the epoch.
    static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.floored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
