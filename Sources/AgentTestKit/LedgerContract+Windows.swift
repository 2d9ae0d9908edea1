import ApprovalAgent
import ApprovalCore

extension LedgerContract {
    private typealias Fix = LedgerFixture

    private static func delivered(at hours: Int64, request number: Int) throws -> [Step] {
        [
            .requested(try Fix.request(number)), .signed(Fix.challenge(1)),
            .delivered(at: Fix.time(hours)),
        ]
    }

    static let windows: [Check] = [
        Check("a window counts what is later than its start, to the millisecond") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100, delivered(at: 2, request: 1) + [.confirmed])
            for (hours, milliseconds, count) in [
                (2, 0, 1), (26, -1, 1), (26, 0, 0), (9_999, 0, 0),
            ] as [(Int64, Int64, Int64)] {
                let usage = try await ledger.used(at: hours, milliseconds)
                try same(usage.count, count, "at \(hours) h \(milliseconds) ms")
                try same(usage.used, Fix.amount(Int128(count) * 100), "used")
            }
        },
        Check("an open reservation counts at any age") { subject in
            try await subject.ledger.take(1, 100, delivered(at: 2, request: 1))
            try same(try await subject.ledger.used(at: 9_999).count, 1, "count")
        },
        Check("what is settled counts at its last delivery, or now where none is known") {
            subject in
            let ledger = subject.ledger
            let id = try Fix.transaction(1)
            try await ledger.take(1, 100, delivered(at: 1, request: 1))
            try await ledger.advance(
                id, .delivered(at: Fix.time(3)), entry: [], now: Fix.time(3))
            try await ledger.advance(id, .confirmed, entry: [], now: Fix.time(20))
            let signed = [Step.requested(try Fix.request(2)), .signed(Fix.challenge(1))]
            try await ledger.take(2, 10, signed, at: 4)
            try await ledger.advance(
                Fix.transaction(2), .confirmed, entry: [], now: Fix.time(6))
            try same(try await ledger.item(id)?.deliveredAt, Fix.time(3), "delivered at")
            try same(try await ledger.used(at: 27, -1).used, Fix.amount(110), "both")
            try same(try await ledger.used(at: 27).used, Fix.amount(10), "the second")
            try same(try await ledger.used(at: 30).used, Fix.amount(0), "none")
        },
        Check("what is settled late counts where it belongs") { subject in
            let ledger = subject.ledger
            for (number, hours) in [(1, 5), (2, 3), (3, 4), (4, 3)] {
                try await ledger.take(
                    number, Int128(number), delivered(at: Int64(hours), request: number))
            }
            for number in 1...4 {
                try await ledger.advance(
                    Fix.transaction(number), .confirmed, entry: [], now: Fix.time(6))
            }
            for (hours, used) in [(26, 10), (27, 4), (28, 1), (29, 0)] {
                let usage = try await ledger.used(at: Int64(hours))
                try same(usage.used, Fix.amount(Int128(used)), "at \(hours) h")
            }
        },
        Check("time never runs backwards, and only a trusted reading moves it") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100, [], at: 10)
            try same(try await ledger.used(at: 0).since, Fix.time(-14), "since")
            let proposal = try Fix.proposal(2)
            _ = try await ledger.settle(proposal, now: Fix.reading(50, isTrusted: false)) {
                now, _ in Fix.refuse(now == Fix.time(10) ? .block : .hold)
            }
            try same(try await ledger.item(Fix.transaction(2))?.action, .block, "now'")
            try same(try await ledger.used(at: 0).since, Fix.time(-14), "since")
            try await ledger.advance(
                Fix.transaction(1), .requested(Fix.request(1)), entry: [], now: Fix.time(1))
            try same(try await ledger.overview().lastEntry, Fix.time(10), "last entry")
            for step in [Step.signed(Fix.challenge(1)), .delivered(at: Fix.time(2)), .confirmed] {
                try await ledger.advance(
                    Fix.transaction(1), step, entry: [], now: Fix.time(2))
            }
            try same(try await ledger.used(at: 34, -1).count, 1, "a clock that was set back")
        },
        Check("accounts of a limit are told apart byte for byte") { subject in
            let ledger = subject.ledger
            let keys = ["", "K", "\u{212A}", "a", "a\0", "a\0b", "caf\u{E9}", "cafe\u{301}"]
            for (index, key) in keys.enumerated() {
                let membership = LimitMembership(
                    limit: "per-destination", key: key, amount: Fix.amount(Int128(1) << index))
                let allow = try Fix.allow(1, memberships: [membership])
                try await ledger.judge(Fix.proposal(index), allow)
                if index.isMultiple(of: 2) {
                    for step in try delivered(at: 0, request: index) + [.confirmed] {
                        try await ledger.advance(
                            Fix.transaction(index), step, entry: [], now: Fix.start)
                    }
                }
            }
            for (index, key) in keys.enumerated() {
                let question = Fix.WindowQuestion(
                    limit: "per-destination", key: key, window: Fix.question.window)
                let usage = try await ledger.used(at: 1, 0, question)
                try same(usage.used, Fix.amount(Int128(1) << index), "key \(index)")
                try same(usage.count, 1, "count of key \(index)")
            }
        },
        Check("a sum that does not fit is the greatest amount, and its count is right") {
            subject in
            let ledger = subject.ledger
            for number in 1...3 {
                let most = LimitMembership(
                    limit: "payouts-day", key: "all", amount: Fix.amount(.max, scale: 0))
                try await ledger.judge(
                    Fix.proposal(number), Fix.allow(1, memberships: [most]))
                let steps = try delivered(at: 0, request: number) + [.confirmed]
                for step in steps where number < 3 {
                    try await ledger.advance(
                        Fix.transaction(number), step, entry: [], now: Fix.start)
                }
            }
            let usage = try await ledger.used(at: 1)
            try same(usage.used, Fix.amount(.max), "used")
            try same(usage.count, 3, "count")
            try await ledger.take(4, 7, [], at: 48)
            try await ledger.advance(
                Fix.transaction(3), .released(retryAt: nil), entry: [], now: Fix.time(48))
            try same(try await ledger.used(at: 48).used, Fix.amount(7), "afterwards")
        },
        Check("amounts of several scales are rounded up once") { subject in
            let ledger = subject.ledger
            let parts = [(5, 18), (3, 0), (5, 9), (1, 8)] as [(Int128, UInt8)]
            for (index, part) in parts.enumerated() {
                let membership = LimitMembership(
                    limit: "payouts-day", key: "all", amount: Fix.amount(part.0, scale: part.1))
                try await ledger.judge(
                    Fix.proposal(index), Fix.allow(1, memberships: [membership]))
            }
            try same(try await ledger.used(at: 0).used, Fix.amount(300_000_002), "used")
        },
    ]
}
