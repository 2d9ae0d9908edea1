/// `when: {days, from, to}`: on these days, from the one minute on and before the other, by the
/// policy's time zone. What reaches over midnight is two rules.
package struct WhenCondition: Hashable, Sendable {
    /// nil where the key is not written.
    package let days: Set<CivilTime.Weekday>?
    /// Minutes after midnight; this one included.
    package let from: Int
    /// Minutes after midnight; this one excluded, 1440 at most.
    package let to: Int

    package init(days: Set<CivilTime.Weekday>? = nil, from: Int = 0, to: Int = 1_440) {
        self.days = days
        self.from = from
        self.to = to
    }

    func matches(_ facts: Facts) -> Match {
        guard let civil = facts.moment.civil else { return .unknown(fields: ["timezone"]) }
        if let days, !days.contains(civil.weekday) { return .isFalse }
        return Match(from <= civil.minuteOfDay && civil.minuteOfDay < to)
    }
}
