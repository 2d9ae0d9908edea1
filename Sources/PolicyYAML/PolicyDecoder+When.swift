internal import ApprovalCore

extension PolicyDecoder {
    func when(_ field: YAMLField) -> WhenCondition? {
        requireTimezone(field, "`when`")
        return field.mapping { fields in
            let days = fields.given("days") { field in
                field.distinct { $0.choice(CivilTime.Weekday.self) }.map { Set($0) }
            }
            let from = fields.given("from") { $0.minuteOfDay(asEnd: false) }
            let to = fields.given("to") { $0.minuteOfDay(asEnd: true) }
            guard fields.namesOne(of: ["days", "from", "to"]), let days, let from, let to else {
                return nil
            }
            let (start, end) = (from ?? 0, to ?? 1_440)
            if start >= end {
                (field.child("from") ?? field.child("to") ?? field).report(
                    .reversedSpan, "`from` is not before `to`",
                    fix: "over midnight, write two rules: one with `to: \"24:00\"`, one with"
                        + " `from: \"00:00\"`")
                return nil
            }
            return WhenCondition(days: days, from: start, to: end)
        }
    }

    func window(_ field: YAMLField) -> Window? {
        field.mapping { fields in
            let rolling = fields.given("rolling") { $0.durationMilliseconds() }
            let calendarField = fields.optional("calendar")
            let calendar = fields.given("calendar") { $0.choice(Window.Unit.self) }
            let total = fields.given("total", total)
            if let calendarField { requireTimezone(calendarField, "a calendar window") }
            let keys = ["rolling", "calendar", "total"]
            guard fields.namesOne(of: keys) else { return nil }
            guard keys.count(where: fields.has) == 1 else {
                fields.report(
                    .wrongType, "a window is one of \(Shown.choices(keys)), not several",
                    fix: "keep one, or write one limit for each")
                return nil
            }
            guard let rolling, let calendar, let total else { return nil }
            return rolling.map { .rolling(milliseconds: $0) } ?? calendar.map { .calendar($0) }
                ?? total
        }
    }

    private func total(_ field: YAMLField) -> Window? {
        guard let isTotal = field.boolean() else { return nil }
        if isTotal { return .total }
        field.report(
            .wrongType, "`total: false` is no window",
            fix: "write `total: true`, `rolling` or `calendar`")
        return nil
    }

    private func requireTimezone(_ field: YAMLField, _ what: String) {
        guard !hasTimezone else { return }
        field.report(
            .noTimezone, "\(what) needs a time zone, and `settings` names none",
            fix: "add `timezone: Europe/Berlin`, or your own, to `settings`")
    }
}
