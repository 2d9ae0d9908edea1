import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

/// Entries in pages, joined with the transactions that they are about.
@Suite struct QueryTests {
    /// All that the filter lets through, and the number of pages that it took.
    private func all(
        _ reader: SQLiteLedgerReader, _ filter: EntryFilter = EntryFilter(),
        newestFirst: Bool = false, needs: EntryNeeds = .bytes
    ) async throws -> (entries: [RecordedEntry], pages: Int, erased: Int64) {
        var rest: ClosedRange<Int64>? = 1...(try await reader.lastSeq())
        var entries: [RecordedEntry] = []
        var pages = 0
        var erased: Int64 = 0
        while let range = rest, pages < 1_000 {
            let page = try await reader.page(
                filter, in: range, newestFirst: newestFirst, needs: needs)
            entries += page.entries
            erased += page.erased
            rest = page.next
            pages += 1
        }
        return (entries, pages, erased)
    }

    /// A ledger with many entries that nobody decided on, made by foreign hands.
    private func filled(_ count: Int, padding: Int) async throws -> Workplace {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.append(.started, about: nil, entry: [], now: LedgerFixture.start)
        try await ledger.close()
        try place.tamper(
            "DROP TRIGGER entry_leaf",
            """
            WITH RECURSIVE n(seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < \(count))
            INSERT INTO entry (seq, time, kind, transaction_id, body)
            SELECT seq, seq * 1000, iif(seq % 3, 'halted', 'resumed'), NULL,
            CAST('{"n":' || seq || ',"p":"' || printf('%.*c', \(padding), 'x') || '"}' AS BLOB)
            FROM n
            """)
        return place
    }

    @Test func `pages give every entry once, in either order, and none is large`() async throws {
        let reader = try await filled(20_000, padding: 20).reader()
        let forward = try await all(reader)
        #expect(forward.entries.map(\.seq) == Array(1...20_000))
        #expect(forward.pages == 3)
        let backward = try await all(reader, newestFirst: true)
        #expect(backward.entries.map(\.seq) == Array(1...20_000).reversed())
    }

    @Test func `a page ends after so many bytes, too`() async throws {
        let reader = try await filled(300, padding: 50_000).reader()
        let forward = try await all(reader)
        #expect(forward.entries.map(\.seq) == Array(1...300))
        #expect(forward.pages == 4)
        let backward = try await all(reader, newestFirst: true)
        #expect(backward.entries.map(\.seq) == Array(1...300).reversed())
    }

    @Test func `kind and time choose entries wherever they are`() async throws {
        let reader = try await filled(20_000, padding: 20).reader()
        let filter = EntryFilter(
            since: UnixTime(milliseconds: 9_000), until: UnixTime(milliseconds: 9_000_000),
            kinds: [.resumed])
        let found = try await all(reader, filter)
        #expect(found.entries.map(\.seq) == Array(stride(from: 9, to: 9_000, by: 3)))
        let none = try await all(reader, EntryFilter(rules: ["nobody"]))
        #expect(none.entries.isEmpty && none.pages == 3)
    }

    /// One transaction that was decided on twice with different bodies, and has steps between.
    private func decided() async throws -> Workplace {
        let place = try Workplace()
        let ledger = try place.create()
        for (number, address) in [(1, "first"), (2, "second")] {
            let body = Array(#"{"type":"WITHDRAWAL","address":"\#(address)"}"#.utf8)
            let entry = [
                JSONMember(
                    "inputs",
                    .object(["transaction_sha256": .string(TestSHA256.hash(body).description)])),
                JSONMember("result", .object(["action": .string("block")])),
            ]
            let proposal = Proposal(
                transactionID: try LedgerFixture.transaction(1),
                accountID: try LedgerFixture.account(), body: body)
            _ = try await ledger.settle(proposal, now: LedgerFixture.reading(Int64(number))) {
                _, _ in
                Judgement(
                    decision: Decision(action: .block, reasons: []), entry: entry,
                    fingerprint: LedgerFixture.digest(UInt8(number)), reservation: nil)
            }
            try await ledger.append(
                .quarantined, about: try LedgerFixture.transaction(1), entry: [],
                now: LedgerFixture.time(Int64(number)))
        }
        try await ledger.append(
            .quarantined, about: try LedgerFixture.transaction(2), entry: [],
            now: LedgerFixture.time(3))
        try await ledger.close()
        return place
    }

    @Test func `an entry is about the transaction as it was decided on last before it`()
        async throws
    {
        let reader = try await decided().reader()
        let entries = try await all(reader, needs: .everything).entries
        let found = entries.map { $0.transaction.destination }
        #expect(found == ["first", "first", "second", "second", nil])
        for (destination, seqs) in [("first", [1, 2]), ("second", [3, 4])] as [(String, [Int64])] {
            let filter = EntryFilter(destinations: [destination])
            #expect(try await all(reader, filter).entries.map(\.seq) == seqs)
            let back = try await all(reader, filter, newestFirst: true).entries.map(\.seq)
            #expect(back == seqs.reversed())
        }
    }

    @Test func `a body that is no longer kept is told, one that was changed is corruption`()
        async throws
    {
        let place = try await decided()
        try place.tamper("DELETE FROM blob WHERE instr(bytes, 'first')")
        let reader = try place.reader()
        let found = try await all(reader, EntryFilter(destinations: ["first", "second"]))
        #expect(found.entries.map(\.seq) == [3, 4] && found.erased == 2)
        try place.tamper(
            "DROP TRIGGER blob_update", "UPDATE blob SET bytes = CAST('{}' AS BLOB)")
        let error = try await failure {
            _ = try await all(try place.reader(), needs: .everything)
        }
        #expect(
            error == .corrupt("\(place.file): a transaction's body is not what was written"))
    }
}
