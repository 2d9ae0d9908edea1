import AgentTestKit
import ApprovalCore
import Testing

/// Zones that no country would have, against a clock that is read every quarter of an hour.
struct CivilTimePropertyTests {
    private static let quarter: Int64 = 900_000
    private static let days: Int64 = 150

    /// What the clock shows at the beginning of each quarter of an hour, in quarters.
    private struct Readings {
        let local: [Int64]
        /// The latest date that the clock showed up to each quarter.
        private(set) var dates: [Int64] = []
        /// The first quarter at which the clock shows a date or a later one.
        private(set) var beginnings: [Int64: Int] = [:]

        init(local: [Int64]) {
            self.local = local
            var latest = Int64.min
            for (quarter, reading) in local.enumerated() {
                let date = (reading + 96) / 96 - 1
                if latest == .min { latest = date - 1 }
                while latest < date {
                    latest += 1
                    beginnings[latest] = quarter
                }
                dates.append(latest)
            }
        }

        /// Whether the clock went on by one quarter between two neighbours, within one hour.
        func wentOn(from one: Int, to other: Int) -> Bool {
            local[one] + 1 == local[other] && local[one] / 4 == local[other] / 4
        }
    }

    @Test(arguments: 1...40)
    func `windows are those of a clock that is read every quarter`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let first = Self.offset(&generator)
        let changes = (0..<generator.below(12)).map { _ in
            (Int64(generator.below(Int(Self.days * 96))), Self.offset(&generator))
        }
        let rules = ZoneRules(
            name: "Test", first: first * 900,
            transitions: changes.map {
                .init(
                    from: UnixTime(milliseconds: $0.0 * Self.quarter), offsetSeconds: $0.1 * 900)
            })
        let readings = Readings(
            local: (0..<(Self.days * 96)).map { quarter in
                var offset = first
                var latest: Int64 = -1
                for change in changes where change.0 <= quarter && change.0 >= latest {
                    (latest, offset) = change
                }
                return quarter + offset
            })
        // Away from both ends, so that the readings hold every month that is asked for.
        for _ in 0..<150 {
            let index = Int(40 * 96) + generator.below(Int(Self.days - 80) * 96)
            try check(rules, readings, index, within: Int64(generator.below(900_000)))
        }
    }

    private func check(
        _ rules: ZoneRules, _ readings: Readings, _ index: Int, within: Int64
    ) throws {
        let civil = rules.civil(
            at: UnixTime(milliseconds: Int64(index) * Self.quarter + within))
        let local = readings.local[index]
        let minute = Int(local % 96 * 15 + within / 60_000)
        #expect(civil.minuteOfDay == minute)
        // 1 January 1970 was a Thursday.
        #expect(civil.weekday.number == Int((local / 96 + 3) % 7) + 1)
        let date = readings.dates[index]
        let monday = date - (date + 3) % 7
        // The months of 1970 that the readings touch.
        let months: [Int64] = [0, 31, 59, 90, 120, 151]
        let month = try #require(months.lastIndex { $0 <= date })
        for (span, from, to) in [
            (civil.day, date, date + 1), (civil.week, monday, monday + 7),
            (civil.month, months[month], months[month + 1]),
        ] {
            let start = try #require(readings.beginnings[from])
            let end = try #require(readings.beginnings[to])
            #expect(span.start.milliseconds == Int64(start) * Self.quarter)
            #expect(span.end.milliseconds == Int64(end) * Self.quarter)
        }
        var start = index
        while readings.wentOn(from: start - 1, to: start) { start -= 1 }
        var end = index + 1
        while readings.wentOn(from: end - 1, to: end) { end += 1 }
        #expect(civil.hour.start.milliseconds == Int64(start) * Self.quarter)
        #expect(civil.hour.end.milliseconds == Int64(end) * Self.quarter)
    }

    /// In quarters: -14 to +14 hours.
    private static func offset(_ generator: inout SeededGenerator) -> Int64 {
        Int64(generator.below(113)) - 56
    }
}
