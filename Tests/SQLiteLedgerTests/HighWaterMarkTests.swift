import AgentTestKit
import ApprovalAgent
import Foundation
import SQLiteLedger
import Testing

/// The mark in the lock file against a ledger that forgot.
@Suite struct HighWaterMarkTests {
    private func copyLock(_ place: Workplace, to other: Workplace) throws {
        try FileManager.default.copyItem(
            atPath: place.file + ".lock", toPath: other.file + ".lock")
    }

    @Test func `I8: a ledger whose WAL was lost is refused, and with its WAL it opens`()
        async throws
    {
        let (place, whole, cut) = (try Workplace(), try Workplace(), try Workplace())
        let ledger = try place.create()
        for number in 1...3 { try await ledger.take(number) }
        for other in [whole, cut] {
            try place.copy(to: other)
            try copyLock(place, to: other)
        }
        try FileManager.default.removeItem(atPath: cut.file + "-wal")
        guard case .behind? = try refusal({ try cut.open() }) else {
            Issue.record("a ledger without its WAL was opened")
            return
        }
        let again = try whole.open()
        #expect(try await again.overview().entries == 3)
        try await again.close()
        try await ledger.close()
    }

    @Test func `I8: an older copy of a ledger is refused`() async throws {
        let (place, older) = (try Workplace(), try Workplace())
        var ledger = try place.create()
        try await ledger.take(1)
        try await ledger.close()
        try place.copy(to: older)
        ledger = try place.open()
        try await ledger.take(2)
        try await ledger.close()
        try copyLock(place, to: older)
        let error = try refusal { try older.open() }
        guard case .behind(older.file, let why)? = error else {
            Issue.record("an older copy was opened: \(String(describing: error))")
            return
        }
        #expect(why.contains("older copy"))
        let text = error?.description
        #expect(
            text?.contains("nothing is approved until 'countersign reconcile --accept'") == true)
        #expect(text?.contains("docs/operations.md") == true)
        #expect(try refusal { try place.open() } == nil)
    }

    @Test func `I8: what was behind opens to be reconciled, and from its next entry on it is new`()
        async throws
    {
        let (place, older) = (try Workplace(), try Workplace())
        var ledger = try place.create()
        try await ledger.take(1)
        try await ledger.close()
        try place.copy(to: older)
        ledger = try place.open()
        for number in 2...4 { try await ledger.take(number) }
        try await ledger.close()
        try copyLock(place, to: older)
        let reconciling = try older.open(accepting: true)
        #expect(try await reconciling.overview().entries == 1)
        try await reconciling.close()
        guard case .behind? = try refusal({ try older.open() }) else {
            Issue.record("opening it to reconcile was enough")
            return
        }
        let accepting = try older.open(accepting: true)
        try await accepting.accept([], entry: [], now: LedgerFixture.start)
        try await accepting.close()
        let again = try older.open()
        #expect(try await again.overview().entries == 2)
        try await again.close()
    }

    @Test func `I8: who only reads is told that the ledger is behind its mark, too`() async throws {
        let (place, older) = (try Workplace(), try Workplace())
        var ledger = try place.create()
        #expect(try await place.reader().behind() == nil, "before the first entry")
        try await ledger.take(1)
        #expect(try await place.reader().behind() == nil, "beside the agent")
        try await ledger.close()
        try place.copy(to: older)
        #expect(try await older.reader().behind() == nil, "without a mark")
        ledger = try place.open()
        for number in 2...4 { try await ledger.take(number) }
        try await ledger.close()
        try copyLock(place, to: older)
        let why = try await older.reader().behind()
        #expect(why?.contains("its entry 4 is not the one that was committed last") == true)
        #expect(try await place.reader().behind() == nil)
    }
}
