import AgentTestKit
import ApprovalAgent
import ApprovalCore
import GRDB
import SQLiteLedger
import Testing

/// What must never happen is refused by the database itself, whoever asks.
@Suite struct ConstraintTests {
    private func prepared() async throws -> Workplace {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.activate(
            LedgerFixture.policy(
                revision: 1, digest: 1,
                entries: [.init(label: "known", assets: ["BTC"], address: "known")],
                files: [PolicyFile(path: "policy.yaml", bytes: [1])]),
            now: LedgerFixture.start)
        try await ledger.judge(
            LedgerFixture.proposal(3), LedgerFixture.allow(1, reference: "INV-1"))
        try await ledger.advance(
            LedgerFixture.transaction(3), .released(retryAt: nil), entry: [],
            now: LedgerFixture.start)
        try await ledger.take(
            1, 5,
            [.requested(LedgerFixture.request(1)), .signed(LedgerFixture.challenge(1))])
        try await ledger.take(2, 5, [.requested(LedgerFixture.request(2)), .failed])
        try await ledger.close()
        return place
    }

    @Test func `append-only tables refuse every other change`() async throws {
        let place = try await prepared()
        let keys = [
            "entry": "seq", "challenge": "transaction_id", "request": "approval_request_id",
            "policy_file": "sha256", "policy_content": "path", "policy_activation": "entry_seq",
            "reference": "reservation_id", "batch": "id",
        ]
        for (table, key) in keys {
            for statement in [
                "UPDATE \(table) SET \(key) = \(key)", "DELETE FROM \(table)",
                "INSERT OR REPLACE INTO \(table) SELECT * FROM \(table)",
                "INSERT OR IGNORE INTO \(table) SELECT * FROM \(table)",
            ] {
                #expect(throws: DatabaseError.self, "\(statement)") { try place.tamper(statement) }
            }
        }
    }

    @Test(arguments: [
        "INSERT INTO entry VALUES (99, 1, 'started', NULL, x'7b7d')",
        "INSERT INTO entry VALUES (10, 1, 'started', NULL, zeroblob(65536))",
        "INSERT INTO entry VALUES (10, 1, 'invented', NULL, x'7b7d')",
        "INSERT INTO blob VALUES (zeroblob(32), zeroblob(16385))",
        "UPDATE blob SET bytes = x'00'",
        "DELETE FROM reservation",
        "UPDATE reservation SET state = 'released'",
        "UPDATE reservation SET sent = fee WHERE state = 'open'",
        "UPDATE reservation SET state = 'open'",
        "INSERT OR REPLACE INTO reservation SELECT * FROM reservation WHERE state = 'open'",
        """
        INSERT INTO reservation SELECT 9, transaction_id, type, account_id, destination, sent,
            sent_scale, fee, fee_scale, fee_account, 'open', NULL, checksum
            FROM reservation WHERE state = 'open'
        """,
        "UPDATE item SET state = 'released' WHERE state = 'signed'",
        "UPDATE item SET state = 'intended' WHERE state = 'signed'",
        "UPDATE item SET state = 'decided' WHERE state = 'failed'",
        "DELETE FROM item",
        "DELETE FROM destination",
        "UPDATE destination SET batch = batch + 1",
        "INSERT OR REPLACE INTO destination SELECT asset, address, 9, checksum FROM destination",
    ])
    func `a change that must never happen is refused`(_ statement: String) async throws {
        let place = try await prepared()
        let error = #expect(throws: DatabaseError.self) { try place.tamper(statement) }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }

    @Test func `the constraints let through what may happen`() async throws {
        let place = try await prepared()
        try place.tamper("INSERT INTO entry VALUES (10, 1, 'started', NULL, zeroblob(65535))")
        try place.tamper(
            "UPDATE reservation SET state = 'settled', counted_at = 1 WHERE state = 'open'")
    }
}
