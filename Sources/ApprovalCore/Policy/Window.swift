/// How far back a limit or pattern looks.
package enum Window: Hashable, Sendable {
    /// The units of a calendar window.
    package enum Unit: String, Hashable, Sendable, CaseIterable {
        /// The repeated hour of a change of the clock is a window of its own.
        case hour
        case day
        /// From Monday on.
        case week
        case month
    }

    /// Counts t > now′ − `milliseconds`.
    case rolling(milliseconds: Int64)
    /// Counts t ≥ the start of the unit, by the policy's time zone.
    case calendar(Unit)
    /// Counts everything.
    case total

    /// Where the window begins, nil for ``total``; and nil as a whole where that cannot be said,
    /// for want of a time zone.
    package func start(at moment: Moment) -> UnixTime?? {
        switch self {
        case .rolling(let milliseconds):
            return moment.now.advanced(byMilliseconds: 0 &- milliseconds)
        case .calendar(let unit):
            guard let civil = moment.civil else { return nil }
            return civil.span(unit).start
        case .total: return .some(nil)
        }
    }

    /// The last moment that does not count any more.
    func lastOutside(_ start: UnixTime?) -> UnixTime {
        guard let start else { return UnixTime(milliseconds: .min) }
        switch self {
        case .rolling: return start
        case .calendar, .total: return start.advanced(byMilliseconds: -1)
        }
    }

    /// When what was counted at `time` counts no more; nil for never.
    func end(of time: UnixTime, at moment: Moment) -> UnixTime? {
        switch self {
        case .rolling(let milliseconds): time.advanced(byMilliseconds: milliseconds)
        case .calendar(let unit): moment.civil.map { $0.span(unit).end }
        case .total: nil
        }
    }
}

/// The time at which a decision is made: now′, and what a local clock in the policy's time zone
/// shows then (nil where the policy names no zone).
package struct Moment: Hashable, Sendable {
    package let now: UnixTime
    package let civil: CivilTime?

    package init(now: UnixTime, civil: CivilTime? = nil) {
        self.now = now
        self.civil = civil
    }
}

extension CivilTime {
    /// The unit in which the moment lies.
    package func span(_ unit: Window.Unit) -> CivilSpan {
        switch unit {
        case .hour: hour
        case .day: day
        case .week: week
        case .month: month
        }
    }
}
