/// A time zone as data: its name and the moments at which its offset from UTC changes.
package struct ZoneRules: Hashable, Sendable {
    /// A moment from which on another offset holds.
    package struct Transition: Hashable, Sendable {
        package let from: UnixTime
        /// Local time less UTC, in seconds: 7,200 is two hours ahead.
        package let offsetSeconds: Int64

        package init(from: UnixTime, offsetSeconds: Int64) {
            self.from = from
            self.offsetSeconds = offsetSeconds
        }
    }

    /// A stretch of time with one offset. All in milliseconds.
    private struct Stretch: Hashable {
        let start: Int64
        let offset: Int64
        /// Its end in UTC; `.max` for the last.
        var end: Int64
        /// Every local time that was shown before `end` is below it, and one just below it was
        /// shown; `.max` for the last.
        var reached: Int64
    }

    /// The name by which the rules were asked for: `Europe/Berlin`.
    package let name: String
    /// In order of time; never empty.
    private let stretches: [Stretch]

    /// Some 270,000 years before and after the epoch: beyond it every moment counts as the last
    /// one within, so that no sum overflows.
    private static let range: ClosedRange<Int64> = -8_640_000_000_000_000...8_640_000_000_000_000
    /// RFC 9636, section 3.2: offsets from -25:59:59 to +25:59:59. What is beyond is the nearest.
    private static let offsets: ClosedRange<Int64> = -93_599...93_599
    private static let day: Int64 = 86_400_000
    private static let hour: Int64 = 3_600_000

    /// `offsetSeconds` holds before the first transition. Their order does not matter; of two at
    /// one moment the later in the list holds, and one that changes nothing is no transition.
    package init(name: String, first offsetSeconds: Int64, transitions: [Transition]) {
        var changes = [(from: Int64.min, offset: Self.milliseconds(offsetSeconds))]
        for transition in Self.sorted(transitions) {
            let from = Self.range.nearest(to: transition.from.milliseconds)
            if changes[changes.count - 1].from == from { changes.removeLast() }
            let offset = Self.milliseconds(transition.offsetSeconds)
            if changes.last?.offset != offset { changes.append((from, offset)) }
        }
        var reached = Int64.min
        stretches = changes.indices.map { index in
            let (start, offset) = changes[index]
            guard index + 1 < changes.count else {
                return Stretch(start: start, offset: offset, end: .max, reached: .max)
            }
            let end = changes[index + 1].from
            reached = max(reached, end + offset)
            return Stretch(start: start, offset: offset, end: end, reached: reached)
        }
        self.name = name
    }

    /// What a clock in this zone shows at a moment. Every window holds the moment.
    package func civil(at time: UnixTime) -> CivilTime {
        let now = Self.range.nearest(to: time.milliseconds)
        let index = stretch(at: now)
        let stretch = stretches[index]
        let local = now + stretch.offset
        let today = local.floored(by: Self.day)
        // Where the clock was put back over midnight it shows a date that was over already.
        let latest = index > 0 ? max(local, stretches[index - 1].reached - 1) : local
        let date = latest == local ? today : latest.floored(by: Self.day)
        let monday = date - Self.daysAfterMonday(date)
        let (year, month, dayOfMonth) = UnixTime.civil(fromDays: date)
        let first = date - dayOfMonth + 1
        let next =
            month == 12
            ? UnixTime.days(fromCivil: year + 1, 1, 1)
            : UnixTime.days(fromCivil: year, month + 1, 1)
        return CivilTime(
            zone: name, weekday: CivilTime.Weekday(daysAfterMonday: Self.daysAfterMonday(today)),
            minuteOfDay: Int((local - today * Self.day) / 60_000),
            hour: hour(of: local, in: stretch),
            day: span(from: date, to: date + 1, near: index),
            week: span(from: monday, to: monday + 7, near: index),
            month: span(from: first, to: next, near: index))
    }

    /// The epoch was a Thursday.
    private static func daysAfterMonday(_ date: Int64) -> Int64 {
        date + 3 - (date + 3).floored(by: 7) * 7
    }

    private func hour(of local: Int64, in stretch: Stretch) -> CivilSpan {
        let start = local.floored(by: Self.hour) * Self.hour - stretch.offset
        return CivilSpan(
            start: UnixTime(milliseconds: max(start, stretch.start)),
            end: UnixTime(milliseconds: min(start + Self.hour, stretch.end)))
    }

    private func span(from first: Int64, to next: Int64, near index: Int) -> CivilSpan {
        CivilSpan(start: beginning(of: first, near: index), end: beginning(of: next, near: index))
    }

    /// The first moment at which the clock shows a date (in days since the epoch) or a later one.
    /// Found by walking from a stretch close to it.
    private func beginning(of date: Int64, near index: Int) -> UnixTime {
        let midnight = date * Self.day
        var index = index
        while index > 0, stretches[index - 1].reached > midnight { index -= 1 }
        while stretches[index].reached <= midnight { index += 1 }
        let stretch = stretches[index]
        return UnixTime(milliseconds: max(stretch.start, midnight - stretch.offset))
    }

    /// The index of the stretch that holds a moment.
    private func stretch(at now: Int64) -> Int {
        var low = 0
        var high = stretches.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if stretches[middle].start <= now { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private static func milliseconds(_ offsetSeconds: Int64) -> Int64 {
        offsets.nearest(to: offsetSeconds) * 1_000
    }

    /// In order of time, and of the list where two are at one moment.
    private static func sorted(_ transitions: [Transition]) -> [Transition] {
        transitions.enumerated()
            .sorted { ($0.element.from, $0.offset) < ($1.element.from, $1.offset) }
            .map(\.element)
    }
}

extension ClosedRange<Int64> {
    fileprivate func nearest(to number: Int64) -> Int64 {
        Swift.min(Swift.max(number, lowerBound), upperBound)
    }
}
