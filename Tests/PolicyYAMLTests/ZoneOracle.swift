import AgentTestKit
import ApprovalCore
import Foundation

/// What Foundation's calendar says of a zone.
struct ZoneOracle {
    /// Whole, half and three-quarter hours; changes by half an hour, at midnight, at one minute
    /// past it, at one o'clock back to midnight; a date that was skipped; offsets that a country
    /// changed for good; changes around each Ramadan.
    static let zones = [
        "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Istanbul",
        "Europe/Moscow", "America/New_York", "America/Los_Angeles", "America/St_Johns",
        "America/Sao_Paulo", "America/Havana", "America/Caracas", "America/Asuncion",
        "America/Santiago", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Kolkata",
        "Asia/Kathmandu", "Asia/Tehran", "Asia/Amman", "Asia/Gaza", "Asia/Pyongyang",
        "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Chatham",
        "Pacific/Apia", "Antarctica/Troll",
    ]

    private let calendar: Calendar
    private let zone: TimeZone

    init?(name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        calendar.firstWeekday = 2
        self.zone = zone
        self.calendar = calendar
    }

    /// A thousand at random from 2001 to 2090, and those around every change in these years.
    func moments(seed: UInt64) -> [UnixTime] {
        var generator = SeededGenerator(seed: seed)
        let first: Int64 = 978_307_200_000
        let last: Int64 = 3_818_448_000_000
        var moments = (0..<1_000).map { _ in
            UnixTime(milliseconds: Int64.random(in: first..<last, using: &generator))
        }
        var change = Date(timeIntervalSince1970: Double(first) / 1_000)
        while let next = zone.nextDaylightSavingTimeTransition(after: change),
            next.timeIntervalSince1970 * 1_000 < Double(last)
        {
            change = next
            let moment = Int64(next.timeIntervalSince1970 * 1_000)
            let minutes: [Int64] = [-1_441, -61, -31, -1, 0, 1, 29, 31, 59, 60, 61, 1_439]
            moments += minutes.map { UnixTime(milliseconds: moment + $0 * 60_000) }
            moments.append(UnixTime(milliseconds: moment - 1))
        }
        return moments
    }

    /// One line for each answer that is not the calendar's.
    func differences(_ civil: CivilTime, at moment: UnixTime) -> [String] {
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000)
        let parts = calendar.dateComponents([.weekday, .hour, .minute], from: date)
        let minute = (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
        // Foundation counts from Sunday, 1.
        let weekday = ((parts.weekday ?? 0) + 5) % 7 + 1
        var pairs: [(String, Int64, Int64?)] = [
            ("minute", Int64(civil.minuteOfDay), Int64(minute)),
            ("weekday", Int64(civil.weekday.number), Int64(weekday)),
        ]
        // Where the clock fell back over midnight the calendar would give the date before again:
        // it is asked about an hour later if that is still in the day that had begun.
        let later = date + 3_600
        let asked = calendar.startOfDay(for: later) <= date ? later : date
        for (name, span, unit) in [
            ("day", civil.day, Calendar.Component.day), ("week", civil.week, .weekOfYear),
            ("month", civil.month, .month),
        ] {
            if unit == .weekOfYear, Self.oddWeeks.contains(civil.zone) {
                pairs.append(("week", isWeek(span, of: moment) ? 1 : 0, 1))
                continue
            }
            let interval = calendar.dateInterval(of: unit, for: asked)
            pairs.append((name, span.start.milliseconds, interval.map { milliseconds($0.start) }))
            pairs.append(
                ("\(name)'s end", span.end.milliseconds, interval.map { milliseconds($0.end) }))
        }
        let (start, end) = hour(at: moment)
        pairs.append(("hour", civil.hour.start.milliseconds, start))
        pairs.append(("hour's end", civil.hour.end.milliseconds, end))
        return pairs.filter { $0.1 != $0.2 }.map {
            "\(civil.zone) \(moment): \($0.0) is \($0.1), should be \($0.2 ?? 0)"
        }
    }

    /// The calendar gives no week for the end of 5 May 2018 in Pyongyang, and takes the week in
    /// which Apia skipped a date for one of seven days.
    private static let oddWeeks: Set<String> = ["Asia/Pyongyang", "Pacific/Apia"]

    /// Whether a span goes from the first moment of a Monday to that of the next one.
    private func isWeek(_ span: CivilSpan, of moment: UnixTime) -> Bool {
        let bounds = [span.start, span.end].map {
            Date(timeIntervalSince1970: Double($0.milliseconds) / 1_000)
        }
        return span.start <= moment && moment < span.end
            && (144...169).contains((span.end.milliseconds - span.start.milliseconds) / 3_600_000)
            && bounds.allSatisfy {
                calendar.startOfDay(for: $0) == $0 && calendar.component(.weekday, from: $0) == 2
            }
    }

    /// The hour by its definition, minute by minute: one offset, and one hour on the clock.
    private func hour(at moment: UnixTime) -> (start: Int64, end: Int64) {
        let minute: Int64 = 60_000
        let here = moment.milliseconds / minute
        let reading = read(here)
        var start = here
        while read(start - 1) == reading { start -= 1 }
        var end = here + 1
        while read(end) == reading { end += 1 }
        return (start * minute, end * minute)
    }

    private func read(_ minute: Int64) -> [Int64] {
        let offset = Int64(
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute * 60))))
        return [offset, (minute * 60 + offset) / 3_600]
    }

    private func milliseconds(_ date: Date) -> Int64 {
        Int64((date.timeIntervalSince1970 * 1_000).rounded())
    }
}
