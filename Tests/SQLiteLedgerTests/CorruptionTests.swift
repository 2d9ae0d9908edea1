import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

@Suite struct CorruptionTests {
    /// One that is delivered and one that is confirmed.
    private func prepared(_ place: Workplace) async throws -> SQLiteLedger {
        let ledger = try place.create()
        for number in 1...2 {
            try await ledger.take(
                number, 5,
                [
                    .requested(LedgerFixture.request(number)),
                    .signed(LedgerFixture.challenge(1)), .delivered(at: LedgerFixture.start),
                ])
        }
        try await ledger.advance(
            LedgerFixture.transaction(2), .confirmed, entry: [], now: LedgerFixture.start)
        return ledger
    }

    @Test(arguments: [
        ["UPDATE item SET action = 'block'"],
        ["UPDATE item SET delivered_at = delivered_at - 1"],
        ["DROP TRIGGER reservation_update", "UPDATE reservation SET destination = x'00'"],
        [
            "DROP TRIGGER reservation_update",
            "UPDATE reservation SET sent = x'00000000000000000000000000000004'",
        ],
        ["UPDATE membership SET amount = x'00000000000000000000000000000004'"],
        ["UPDATE total SET amount_total = zeroblob(32)"],
        ["UPDATE total SET counted_at = counted_at + 1"],
        ["UPDATE total SET checksum = zeroblob(16)"],
        ["ALTER TABLE total RENAME COLUMN count_total TO other"],
        ["DROP TRIGGER challenge_update", "UPDATE challenge SET message = x'01'"],
        ["UPDATE meta SET value = '1' WHERE name = 'last_seen'"],
        ["DROP TRIGGER blob_update", "UPDATE blob SET bytes = x'5b5d'"],
    ])
    func `a row that was changed stops the ledger for good`(_ statements: [String]) async throws {
        let place = try Workplace()
        let ledger = try await prepared(place)
        for statement in statements { try place.tamper(statement) }
        let calls: [() async throws -> Void] = [
            { _ = try await ledger.item(LedgerFixture.transaction(1)) },
            { _ = try await ledger.used(at: 1) },
            {
                try await ledger.advance(
                    LedgerFixture.transaction(1), .confirmed, entry: [],
                    now: LedgerFixture.start)
            },
        ]
        var found: [LedgerError] = []
        for call in calls {
            if let error = try await failure(call) { found.append(error) }
        }
        let first = try #require(found.first)
        guard case .corrupt = first else {
            Issue.record("\(first)")
            return
        }
        #expect(found.allSatisfy { $0 == first })
        #expect(try await failure { _ = try await ledger.overview() } == first)
        #expect(try await failure { try await ledger.take(7) } == first)
    }

    @Test func `totals that fall are corrupt`() async throws {
        let steps: (Int) throws -> [Step] = { number in
            [
                .requested(try LedgerFixture.request(number)),
                .signed(LedgerFixture.challenge(1)), .confirmed,
            ]
        }
        let (place, other) = (try Workplace(), try Workplace())
        let ledger = try place.create()
        try await ledger.take(1, 5, steps(1), at: 0)
        try await ledger.take(2, 5, steps(2), at: 3)
        let second = try other.create()
        try await second.take(1, 5, steps(1), at: 5)
        try await second.close()
        // A sound row that was written elsewhere: later, and lower.
        try place.tamper(
            "ATTACH '\(other.file)' AS other", "INSERT INTO total SELECT * FROM other.total")
        let error = try await failure { _ = try await ledger.used(at: 28) }
        #expect(
            error == .corrupt("\(place.file): a row of what counts in a limit is missing"))
    }

    @Test func `a damaged open item is found at the start`() async throws {
        let place = try Workplace()
        try await prepared(place).close()
        try place.tamper("UPDATE item SET attempts = 7 WHERE state = 'delivered'")
        guard case .corrupt(_, let why) = try refusal({ try place.open() }) else {
            Issue.record("opened")
            return
        }
        #expect(why.contains("item"))
    }

    @Test func `after one failed write nothing is tried again`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1)
        try place.tamper("ALTER TABLE entry RENAME TO hidden")
        guard case .unavailable = try await failure({ try await ledger.take(2) }) else {
            Issue.record("the write did not fail")
            return
        }
        try place.tamper("ALTER TABLE hidden RENAME TO entry")
        for call in [
            { try await ledger.take(2) },
            { _ = try await ledger.overview() },
            { try await ledger.close() },
        ] as [() async throws -> Void] {
            guard case .unavailable(let why) = try await failure(call) else {
                Issue.record("it went on")
                continue
            }
            #expect(why.contains("since"))
        }
        let next = try place.open()
        #expect(try await next.overview().entries == 1)
        #expect(try await next.unfinished().count == 1)
    }

    @Test func `a closed ledger does nothing more`() async throws {
        let ledger = try Workplace().create()
        try await ledger.close()
        let closed = LedgerError.unavailable("the ledger is closed")
        #expect(try await failure { try await ledger.take(1) } == closed)
        #expect(try await failure { _ = try await ledger.overview() } == closed)
    }

    @Test(arguments: [
        "UPDATE asking SET body = CAST(replace(CAST(body AS TEXT), '\"quorum\":2', '\"quorum\":1') AS BLOB)",
        "UPDATE asking SET checksum = zeroblob(16)",
    ])
    func `who was asked is believed only as it was written`(_ statement: String) async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(
            1, 5,
            [.requested(LedgerFixture.request(1)), .asked(LedgerFixture.asking(1))])
        try await ledger.close()
        try place.tamper(statement)
        guard case .corrupt(_, let why) = try refusal({ try place.open() }) else {
            Issue.record("opened")
            return
        }
        #expect(why.contains("asking"))
    }
}
