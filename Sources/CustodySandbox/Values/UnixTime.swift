import Foundation

/// Whole seconds since 1970-01-01T00:00:00Z.
package struct UnixTime: Sendable, Equatable {
    /// The seconds.
    package let seconds: Int

    /// That many seconds after the epoch.
    package init(seconds: Int) { self.seconds = seconds }

    static var ofTheHost: UnixTime {
        UnixTime(seconds: Int(Date().timeIntervalSince1970.rounded(.down)))
    }

    /// As in the guide's examples: `2019-04-02T13:15:47Z`.
    var timestamp: String {
        let (year, month, day) = civilDate
        var text: [UInt8] = []
        text.reserveCapacity(20)
        Self.append(year / 100, to: &text)
        Self.append(year % 100, to: &text)
        for (mark, number) in [("-", month), ("-", day), ("T", hour), (":", minute), (":", second)]
            as [(Unicode.Scalar, Int)]
        {
            text.append(UInt8(ascii: mark))
            Self.append(number, to: &text)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The form of HTTP's `Date` header: `Tue, 02 Apr 2019 13:15:47 GMT` (RFC 9110, 5.6.7).
    var httpDate: String {
        let (year, month, day) = civilDate
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7 + 7) % 7]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let date = "\(Self.padded(day, 2)) \(months[month - 1]) \(Self.padded(year, 4))"
        return "\(weekday), \(date) \(clock) GMT"
    }

    private var days: Int { (seconds - secondOfDay) / 86_400 }

    private var secondOfDay: Int { (seconds % 86_400 + 86_400) % 86_400 }

    private var hour: Int { secondOfDay / 3600 }

    private var minute: Int { secondOfDay / 60 % 60 }

    private var second: Int { secondOfDay % 60 }

    /// Two digits of a number from 0 to 99.
    private static func append(_ number: Int, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10))
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    private var clock: String {
        "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
    }

    /// The proleptic Gregorian date, counted in eras of 400 years that begin on 1 March.
    private var civilDate: (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
