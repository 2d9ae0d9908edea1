/// What a clock on the wall of a time zone shows at a moment, and the windows of that moment.
///
/// It enters a decision as a value and is recorded, so that a replay needs no time-zone data.
package struct CivilTime: Hashable, Sendable {
    /// A day of the week; weeks begin on Monday.
    package enum Weekday: String, CaseIterable, Hashable, Sendable {
        case mon, tue, wed, thu, fri, sat, sun

        /// 1 for Monday to 7 for Sunday (ISO 8601).
        package var number: Int {
            switch self {
            case .mon: 1
            case .tue: 2
            case .wed: 3
            case .thu: 4
            case .fri: 5
            case .sat: 6
            case .sun: 7
            }
        }

        /// Days after a Monday, 0 to 6; every other number is the Sunday.
        init(daysAfterMonday days: Int64) {
            self =
                switch days {
                case 0: .mon
                case 1: .tue
                case 2: .wed
                case 3: .thu
                case 4: .fri
                case 5: .sat
                default: .sun
                }
        }
    }

    /// The name of the time zone: `Europe/Berlin`.
    package let zone: String
    /// The day of the week that the clock shows.
    package let weekday: Weekday
    /// What the clock shows, in minutes since midnight: 0 to 1439.
    package let minuteOfDay: Int
    /// The stretch in which the clock shows this hour without being put forward or back: the
    /// repeated hour of a change is an hour of its own.
    package let hour: CivilSpan
    /// From the first moment at which the clock shows this date or a later one, to the next such
    /// moment: 23 or 25 hours long where the clock is put forward or back.
    package let day: CivilSpan
    /// From the Monday's beginning to the next one's.
    package let week: CivilSpan
    /// From the beginning of the first day to that of the next month's.
    package let month: CivilSpan

    package init(
        zone: String, weekday: Weekday, minuteOfDay: Int, hour: CivilSpan, day: CivilSpan,
        week: CivilSpan, month: CivilSpan
    ) {
        self.zone = zone
        self.weekday = weekday
        self.minuteOfDay = minuteOfDay
        self.hour = hour
        self.day = day
        self.week = week
        self.month = month
    }
}

/// The moments from `start` up to, not including, `end`.
package struct CivilSpan: Hashable, Sendable {
    package let start: UnixTime
    package let end: UnixTime

    package init(start: UnixTime, end: UnixTime) {
        self.start = start
        self.end = end
    }
}
