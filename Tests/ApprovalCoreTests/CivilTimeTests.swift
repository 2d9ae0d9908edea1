import ApprovalCore
import Testing

struct CivilTimeTests {
    @Test func `a working day in Berlin has its weekday, minute and windows`() throws {
        let civil = try berlin().civil(at: at("2026-10-02T09:14:03.219Z"))
        #expect(civil.zone == "Europe/Berlin")
        #expect(civil.weekday == .fri)
        #expect(civil.weekday.number == 5)
        #expect(civil.minuteOfDay == 674)
        #expect(try civil.hour == span("2026-10-02T09:00:00Z", "2026-10-02T10:00:00Z"))
        #expect(try civil.day == span("2026-10-01T22:00:00Z", "2026-10-02T22:00:00Z"))
        #expect(try civil.week == span("2026-09-27T22:00:00Z", "2026-10-04T22:00:00Z"))
        #expect(try civil.month == span("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"))
    }

    @Test func `the repeated hour of a change is an hour of its own in a day of 25`() throws {
        let rules = try berlin()
        let first = try rules.civil(at: at("2026-10-25T00:30:00Z"))
        let second = try rules.civil(at: at("2026-10-25T01:30:00Z"))
        #expect(first.minuteOfDay == 150)
        #expect(second.minuteOfDay == 150)
        #expect(try first.hour == span("2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"))
        #expect(try second.hour == span("2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"))
        for civil in [first, second] {
            #expect(civil.weekday == .sun)
            #expect(try civil.day == span("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"))
            #expect(try civil.week == span("2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"))
        }
    }

    @Test func `a day on which the clock is put forward has 23 hours`() throws {
        let rules = try berlin()
        let before = try rules.civil(at: at("2026-03-29T00:59:59.999Z"))
        let after = try rules.civil(at: at("2026-03-29T01:00:00Z"))
        #expect(before.minuteOfDay == 119)
        #expect(after.minuteOfDay == 180)
        #expect(try before.hour == span("2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"))
        #expect(try after.hour == span("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"))
        #expect(try before.day == span("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"))
        #expect(after.day == before.day)
        #expect(try after.month == span("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"))
    }

    @Test func `a change of half an hour cuts the hours that it touches`() throws {
        let rules = try lordHowe()
        let before = try rules.civil(at: at("2026-04-04T14:45:00Z"))
        #expect(before.minuteOfDay == 105)
        #expect(try before.hour == span("2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"))
        let repeated = try rules.civil(at: at("2026-04-04T15:10:00Z"))
        #expect(repeated.minuteOfDay == 100)
        #expect(try repeated.hour == span("2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"))
        #expect(try repeated.day == span("2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"))
        let forward = try rules.civil(at: at("2026-10-03T15:40:00Z"))
        #expect(forward.minuteOfDay == 160)
        #expect(forward.weekday == .sun)
        #expect(try forward.hour == span("2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"))
        #expect(try forward.day == span("2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"))
    }

    @Test func `a day without a midnight begins when the clock is put forward`() throws {
        let rules = try saoPaulo()
        let before = try rules.civil(at: at("2018-11-04T02:59:00Z"))
        #expect(before.weekday == .sat)
        #expect(before.minuteOfDay == 1_439)
        #expect(try before.day == span("2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"))
        let after = try rules.civil(at: at("2018-11-04T03:30:00Z"))
        #expect(after.weekday == .sun)
        #expect(after.minuteOfDay == 90)
        #expect(try after.hour == span("2018-11-04T03:00:00Z", "2018-11-04T04:00:00Z"))
        #expect(try after.day == span("2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"))
        #expect(try after.week == span("2018-10-29T03:00:00Z", "2018-11-05T02:00:00Z"))
        #expect(try after.month == span("2018-11-01T03:00:00Z", "2018-12-01T02:00:00Z"))
    }

    @Test func `a clock put back at midnight repeats the last hour of the day before`() throws {
        let repeated = try saoPaulo().civil(at: at("2019-02-17T02:30:00Z"))
        #expect(repeated.weekday == .sat)
        #expect(repeated.minuteOfDay == 1_410)
        #expect(try repeated.hour == span("2019-02-17T02:00:00Z", "2019-02-17T03:00:00Z"))
        #expect(try repeated.day == span("2019-02-16T02:00:00Z", "2019-02-17T03:00:00Z"))
    }

    @Test func `a day and month whose first hour is repeated are one day and one month`() throws {
        let rules = try zone("America/Havana", -4, ("2026-11-01T05:00:00Z", -5))
        for (text, hour) in [
            ("2026-11-01T04:30:00Z", try span("2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z")),
            ("2026-11-01T05:30:00Z", try span("2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z")),
        ] {
            let civil = try rules.civil(at: at(text))
            #expect(civil.weekday == .sun)
            #expect(civil.minuteOfDay == 30)
            #expect(civil.hour == hour)
            #expect(try civil.day == span("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"))
            #expect(try civil.month == span("2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"))
        }
    }

    @Test func `a day that began keeps its window when the clock falls back behind it`() throws {
        let rules = try zone("America/St_Johns", -2.5, ("2010-11-07T02:31:00Z", -3.5))
        let sunday = try span("2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z")
        let first = try rules.civil(at: at("2010-11-07T02:30:30Z"))
        #expect(first.weekday == .sun)
        #expect(first.minuteOfDay == 0)
        #expect(try first.hour == span("2010-11-07T02:30:00Z", "2010-11-07T02:31:00Z"))
        #expect(first.day == sunday)
        let fallen = try rules.civil(at: at("2010-11-07T02:45:00Z"))
        #expect(fallen.weekday == .sat)
        #expect(fallen.minuteOfDay == 1_395)
        #expect(try fallen.hour == span("2010-11-07T02:31:00Z", "2010-11-07T03:30:00Z"))
        #expect(fallen.day == sunday)
        #expect(try rules.civil(at: at("2010-11-07T04:00:00Z")).day == sunday)
    }

    @Test func `a zone that skips a whole date goes on with the next one`() throws {
        let rules = try zone("Pacific/Apia", -10, ("2011-12-30T10:00:00Z", 14))
        let thursday = try rules.civil(at: at("2011-12-30T09:59:59Z"))
        #expect(thursday.weekday == .thu)
        #expect(try thursday.day == span("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"))
        let saturday = try rules.civil(at: at("2011-12-30T10:00:00Z"))
        #expect(saturday.weekday == .sat)
        #expect(try saturday.day == span("2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"))
        #expect(try saturday.week == span("2011-12-26T10:00:00Z", "2012-01-01T10:00:00Z"))
        #expect(try saturday.month == span("2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z"))
    }

    @Test func `hours and months of a zone at a quarter of an hour begin at that quarter`() throws {
        let civil = try zone("Asia/Kathmandu", 5.75).civil(at: at("2026-01-01T00:00:00Z"))
        #expect(civil.weekday == .thu)
        #expect(civil.minuteOfDay == 345)
        #expect(try civil.hour == span("2025-12-31T23:15:00Z", "2026-01-01T00:15:00Z"))
        #expect(try civil.month == span("2025-12-31T18:15:00Z", "2026-01-31T18:15:00Z"))
    }

    @Test func `leap days, the epoch and what was before it are counted`() throws {
        let utc = try zone("UTC", 0)
        let leap = try utc.civil(at: at("2028-02-29T12:00:00Z"))
        #expect(leap.weekday == .tue)
        #expect(try leap.month == span("2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"))
        #expect(utc.civil(at: UnixTime(milliseconds: 0)).weekday == .thu)
        let before = utc.civil(at: UnixTime(milliseconds: -1))
        #expect(before.weekday == .wed)
        #expect(before.minuteOfDay == 1_439)
        #expect(try before.month == span("1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z"))
    }

    @Test func `the days of a week are numbered from Monday`() throws {
        let utc = try zone("UTC", 0)
        let days = try (2...8).map { try utc.civil(at: at("2026-11-0\($0)T00:00:00Z")).weekday }
        #expect(days == CivilTime.Weekday.allCases)
        #expect(days.map(\.number) == Array(1...7))
        #expect(days.map(\.rawValue) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    }

    @Test func `the order of transitions and those that change nothing make no difference`() throws
    {
        let plain = try berlin()
        let summer = ZoneRules.Transition(
            from: try at("2026-03-29T01:00:00Z"), offsetSeconds: 7_200)
        let still = ZoneRules.Transition(
            from: try at("2026-06-01T10:30:00Z"), offsetSeconds: 7_200)
        let winter = ZoneRules.Transition(
            from: try at("2026-10-25T01:00:00Z"), offsetSeconds: 3_600)
        let other = ZoneRules(
            name: "Europe/Berlin", first: 3_600, transitions: [winter, still, summer])
        #expect(other == plain)
    }

    @Test func `moments and offsets beyond all sense do not overflow`() {
        let rules = ZoneRules(
            name: "Nowhere", first: .min,
            transitions: [
                .init(from: UnixTime(milliseconds: .max), offsetSeconds: .max),
                .init(from: UnixTime(milliseconds: .min), offsetSeconds: 0),
            ])
        for moment in [Int64.min, .min + 1, .max - 1, .max] {
            let civil = rules.civil(at: UnixTime(milliseconds: moment))
            #expect((0...1_439).contains(civil.minuteOfDay))
            #expect(civil.day.start < civil.day.end)
        }
    }

    private func berlin() throws -> ZoneRules {
        try zone("Europe/Berlin", 1, ("2026-03-29T01:00:00Z", 2), ("2026-10-25T01:00:00Z", 1))
    }

    private func lordHowe() throws -> ZoneRules {
        try zone(
            "Australia/Lord_Howe", 11, ("2026-04-04T15:00:00Z", 10.5), ("2026-10-03T15:30:00Z", 11))
    }

    private func saoPaulo() throws -> ZoneRules {
        try zone(
            "America/Sao_Paulo", -3, ("2018-11-04T03:00:00Z", -2), ("2019-02-17T02:00:00Z", -3))
    }

    /// Offsets in hours.
    private func zone(
        _ name: String, _ first: Double, _ changes: (String, Double)...
    ) throws -> ZoneRules {
        ZoneRules(
            name: name, first: Int64(first * 3_600),
            transitions: try changes.map {
                .init(from: try at($0.0), offsetSeconds: Int64($0.1 * 3_600))
            })
    }

    private func at(_ text: String) throws -> UnixTime { try #require(UnixTime(rfc3339: text)) }

    private func span(_ start: String, _ end: String) throws -> CivilSpan {
        CivilSpan(start: try at(start), end: try at(end))
    }
}
