import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

@Suite struct LedgerReaderTests {
    private func read(_ place: Workplace, entries: Int) async throws {
        let before = try #require(place.bytes())
        do {
            let reader = try place.reader()
            #expect(
                try await reader.entries(limit: 100).map(\.seq) == (1...Int64(entries)).map(\.self))
            #expect(try await reader.overview().entries == Int64(entries))
            #expect(try await reader.unfinished().count == entries)
            #expect(
                try await reader.entries(about: LedgerFixture.transaction(2), limit: 9).count == 1)
        }
        let after = try #require(place.bytes())
        #expect(TestSHA256.hash(after) == TestSHA256.hash(before))
    }

    @Test func `reading changes no byte while an agent works`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        for number in 1...3 { try await ledger.take(number) }
        try await read(place, entries: 3)
        try await ledger.take(4)
        try await read(place, entries: 4)
        try await ledger.close()
    }

    @Test func `reading changes no byte after a kill`() async throws {
        let place = try Workplace()
        let killed = try Workplace()
        let ledger = try place.create()
        for number in 1...3 { try await ledger.take(number) }
        try place.copy(to: killed)
        let wal = killed.bytes("-wal")
        #expect(wal?.isEmpty == false)
        try await read(killed, entries: 3)
        #expect(killed.bytes("-wal") == wal)
        let next = try killed.open()
        #expect(try await next.overview().entries == 3)
    }

    @Test func `reading changes no byte after an orderly stop`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        for number in 1...3 { try await ledger.take(number) }
        try await ledger.close()
        #expect(place.bytes("-wal") == nil)
        try await read(place, entries: 3)
    }

    @Test func `a reader needs no lock and a missing ledger stays missing`() async throws {
        let place = try Workplace()
        #expect(throws: SQLiteLedgerError.missing(place.file)) { try place.reader() }
        try SQLiteLedger.create(at: place.file)
        #expect(try await place.reader().overview().entries == 0)
        let ledger = try place.open()
        try await ledger.take(1)
        let reader = try place.reader()
        #expect(try await reader.item(LedgerFixture.transaction(1))?.state == .intended)
        try await ledger.close()
    }

    @Test func `usage under another policy is counted over true history`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        let active = try LedgerFixture.policy(revision: 1, digest: 1)
        try await ledger.activate(active, now: LedgerFixture.start)
        try await ledger.take(
            1, 100,
            [
                .requested(LedgerFixture.request(1)), .signed(LedgerFixture.challenge(1)),
                .delivered(at: LedgerFixture.start), .confirmed,
            ])
        try await ledger.take(2, 30)
        let week = Limit(
            id: "week", window: .rolling(milliseconds: 168 * LedgerFixture.hour), maxCount: 9)
        let other = try LedgerFixture.policy(revision: 2, digest: 2, more: [week])
        let question = LedgerFixture.WindowQuestion(limit: "week", window: week.window)
        let history = SQLiteLedgerHistory(try place.reader(), under: other)
        let same = SQLiteLedgerHistory(try place.reader(), under: active)
        for (hours, used) in [(1, 130), (168, 30)] as [(Int64, Int128)] {
            let usage = try await history.used(at: hours, 0, question)
            #expect(usage.used == LedgerFixture.amount(used))
            #expect(try await history.used(at: hours) == (try await ledger.used(at: hours)))
            #expect(try await same.used(at: hours) == (try await ledger.used(at: hours)))
        }
    }

    @Test func `the files of a policy are kept for replay`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        let files = [
            PolicyFile(path: "address_book.yaml", bytes: []),
            PolicyFile(path: "policy.yaml", bytes: Array("kind: Policy".utf8)),
        ]
        try await ledger.activate(
            LedgerFixture.policy(revision: 1, digest: 1, files: files), now: LedgerFixture.start)
        try await ledger.activate(
            LedgerFixture.policy(
                revision: 2, digest: 2, bookRevision: 1,
                files: [files[0], PolicyFile(path: "policy.yaml", bytes: [1])]),
            now: LedgerFixture.start)
        #expect(try await place.reader().policyFiles(LedgerFixture.digest(1)) == files)
        #expect(try await place.reader().policyFiles(LedgerFixture.digest(9)).isEmpty)
    }
}
