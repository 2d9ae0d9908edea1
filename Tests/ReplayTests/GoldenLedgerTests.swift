import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import SodiumKeys
import Testing

/// What an earlier version decided and signed, this one decides and binds alike.
@Suite(.timeLimit(.minutes(5))) struct GoldenLedgerTests {
    @Test(arguments: GoldenLedger.names)
    func `a ledger of an earlier version replays without a difference`(name: String) async throws {
        let golden = try GoldenLedger(name)
        defer { golden.remove() }
        let ledger = try SQLiteReplayedLedger.open(
            at: golden.path, width: 2, sha256: Sodium.sha256)
        let last = try await ledger.lastEntry()
        let (tally, divergences) = try await LedgerCopy.replay(ledger, until: last)
        #expect(divergences == [])
        #expect(tally.entries == last)
        let figures = [
            tally.decisions, tally.usages, tally.bindings, tally.signatures, tally.policies,
        ]
        #expect(figures == GoldenLedger.figures[name])
        #expect(tally.erased + tally.tooLittle + tally.unsummed + tally.unknownPolicy == 0)
    }

    @Test(arguments: GoldenLedger.names)
    func `it has every end that a transaction can have`(name: String) async throws {
        let golden = try GoldenLedger(name)
        defer { golden.remove() }
        let ledger = try await golden.read()
        let entries = try ledger.rows.map { try JSONValue(parsing: $0.body) }
        let kinds = Set(ledger.rows.map(\.kind))
        // No version writes these two: a reading of the clock stands in each decision, and
        // checkpoints are kept beside the entries that they cover.
        let missing = Set(EntryKind.allCases).subtracting(kinds)
        #expect(missing == [.clockAnomaly, .checkpoint])
        let codes = Set(
            entries.flatMap { entry in
                (entry["reasons"] ?? entry["result"]?["reasons"])?.elements ?? []
            }.compactMap { $0["code"]?.text })
        let expected: Set<String> = [
            "RULE_ALLOW", "RULE_BLOCK", "RULE_ESCALATE", "NO_RULE_MATCHED", "LIMIT_EXCEEDED",
            "PATTERN", "LOOKALIKE", "NEW_DESTINATION", "DUPLICATE_REFERENCE", "FIELD_UNKNOWN",
            "AMOUNT_INVALID", "HALTED", "CLOCK_SKEW", "BRAKE", "GROUP_STOPPED",
            "ATTR_NOT_SIGNED", "CHANGED_UNDER_US", "FOREIGN_REQUEST", "MALFORMED",
            "QUORUM_REQUIRED", "QUORUM_EXPIRED", "QUORUM_DENIED", "GROUP_APPROVED_BY_OTHERS",
            "REQUEST_FAILED", "PLATFORM_UNAVAILABLE", "PLATFORM_REFUSED",
        ]
        #expect(expected.subtracting(codes) == [])
    }

    @Test func `entries before the first that is asked for are taken as they are`() async throws {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        let ledger = try await golden.read()
        let whole = try await ledger.replay().tally
        let last = try #require(ledger.rows.last?.seq)
        let (tally, divergences) = try await ledger.replay(since: 100, until: last - 1)
        #expect(divergences == [])
        #expect(tally.taken == 99)
        #expect(tally.entries == last - 100)
        #expect(tally.decisions < whole.decisions)
        #expect(tally.decisions > 0)
    }
}
