import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

/// INVARIANT: I8. What the full check says of a ledger in which somebody changed an entry.
struct EntryCheckTests {
    /// The first bad entry of a ledger of ten that was changed by these statements.
    private func bad(
        _ statements: String...,
        published: @escaping @Sendable (Int64, Digest) -> Bool = { _, _ in true }
    ) async throws -> BadEntry? {
        let place = try Workplace()
        let ledger = try place.create()
        for _ in 0..<10 {
            try await ledger.append(.halted, about: nil, entry: [], now: LedgerFixture.time(1))
        }
        try await ledger.close()
        for statement in statements { try place.tamper(statement) }
        let reader = try SQLiteLedgerReader.open(at: place.file, sha256: TestSHA256.hash)
        return try await reader.checkEntries(published)
    }

    @Test func `a ledger as it was written has no bad entry`() async throws {
        #expect(try await bad() == nil)
    }

    @Test func `an entry that was taken out is told from an end that was cut off`() async throws {
        let removed = try await bad(
            "DROP TRIGGER entry_delete",
            "PRAGMA foreign_keys = OFF; DELETE FROM entry WHERE seq = 4")
        #expect(removed?.seq == 4 && removed?.fault == .removed)
        let cut = try await bad(
            "DROP TRIGGER entry_delete",
            "PRAGMA foreign_keys = OFF; DELETE FROM entry WHERE seq > 8")
        #expect(cut?.seq == 9 && cut?.fault == .cutOff)
    }

    @Test(arguments: [
        "UPDATE entry SET body = CAST(replace(body, 'halted', 'signed') AS BLOB) WHERE seq = 5",
        "UPDATE entry SET kind = 'resumed' WHERE seq = 5",
        "UPDATE entry SET time = time + 1 WHERE seq = 5",
        "UPDATE entry SET transaction_id = printf('%036d', 7) WHERE seq = 5",
    ])
    func `an entry that was edited, or whose row says otherwise, is the first bad one`(
        statement: String
    ) async throws {
        let found = try await bad("DROP TRIGGER entry_update", statement)
        #expect(found?.seq == 5 && found?.fault == .changed)
    }

    @Test func `two entries that changed places, and a leaf of another entry, are found`()
        async throws
    {
        let swapped = try await bad(
            "DROP TRIGGER entry_update",
            """
            UPDATE entry SET body = (SELECT body FROM entry AS other WHERE other.seq = 9 - entry.seq)
            WHERE seq IN (4, 5)
            """)
        #expect(swapped?.seq == 4 && swapped?.fault == .changed)
        let leaf = try await bad(
            "DROP TRIGGER leaf_update", "UPDATE leaf SET hash = zeroblob(32) WHERE seq = 6")
        #expect(leaf?.seq == 6 && leaf?.fault == .changed)
    }

    @Test func `an entry in whose place another was published is found`() async throws {
        let found = try await bad(published: { index, _ in index != 6 })
        #expect(found?.seq == 7 && found?.fault == .otherPublished)
    }
}
