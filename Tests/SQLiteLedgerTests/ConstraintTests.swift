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
        let spent = Spent(
            transactionID: try LedgerFixture.transaction(4),
            accountID: try LedgerFixture.account(), body: [], reservation: nil)
        try await ledger.accept([spent], entry: [], now: LedgerFixture.start)
        let tree = try await ledger.frontier()
        try await ledger.keep(SignedCheckpoint(frontier: tree, note: [1]))
        try await ledger.close()
        return place
    }

    @Test func `append-only tables refuse every other change`() async throws {
        let place = try await prepared()
        let keys = [
            "entry": "seq", "challenge": "transaction_id", "request": "approval_request_id",
            "policy_file": "sha256", "policy_content": "path", "policy_activation": "entry_seq",
            "reference": "reservation_id", "batch": "id", "leaf": "seq",
            "signed_checkpoint": "size",
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
        "DROP TRIGGER entry_leaf; INSERT INTO entry VALUES (11, 1, 'started', NULL, zeroblob(65536))",
        "DROP TRIGGER entry_leaf; INSERT INTO entry VALUES (11, 1, 'invented', NULL, x'7b7d')",
        "INSERT INTO entry VALUES (11, 1, 'started', NULL, x'7b7d')",
        "INSERT INTO leaf VALUES (11, zeroblob(32))",
        "INSERT INTO leaf VALUES (12, zeroblob(32))",
        "UPDATE frontier SET size = size",
        "UPDATE frontier SET size = size + 1",
        "UPDATE frontier SET hashes = zeroblob(32)",
        "DELETE FROM frontier",
        "INSERT OR REPLACE INTO frontier SELECT * FROM frontier",
        "INSERT INTO signed_checkpoint SELECT size - 1, hashes, note, checksum FROM signed_checkpoint",
        "INSERT INTO signed_checkpoint SELECT size + 1, hashes, note, checksum FROM signed_checkpoint",
        "UPDATE item SET state = 'accepted' WHERE state = 'signed'",
        "UPDATE item SET state = 'decided' WHERE state = 'accepted'",
        """
        INSERT INTO challenge SELECT item.transaction_id, message, sha256, signature_sha256,
            challenge.checksum FROM item, challenge WHERE state = 'accepted'
        """,
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
        try place.tamper(
            "BEGIN", "INSERT INTO leaf VALUES (11, zeroblob(32))", "UPDATE frontier SET size = 11",
            "INSERT INTO entry VALUES (11, 1, 'started', NULL, zeroblob(65535))", "COMMIT")
        try place.tamper(
            "UPDATE reservation SET state = 'settled', counted_at = 1 WHERE state = 'open'")
    }

    /// 1 is asked, 2 is requested, 3 was asked and failed, 4 is signed.
    private func asked() async throws -> Workplace {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(
            1, 5,
            [
                .requested(LedgerFixture.request(1)),
                .asked(LedgerFixture.asking(1, part: 7)),
            ])
        try await ledger.take(2, 5, [.requested(LedgerFixture.request(2))])
        try await ledger.take(
            3, 5,
            [.requested(LedgerFixture.request(3)), .asked(LedgerFixture.asking(3)), .failed])
        try await ledger.take(
            4, 5, [.requested(LedgerFixture.request(4)), .signed(LedgerFixture.challenge(1))])
        try await ledger.close()
        return place
    }

    @Test(arguments: [
        "UPDATE item SET state = 'released' WHERE state = 'asked'",
        "UPDATE item SET state = 'requested' WHERE state = 'asked'",
        "UPDATE item SET state = 'signed' WHERE state = 'asked'",
        "UPDATE item SET state = 'delivered' WHERE state = 'asked'",
        "UPDATE item SET state = 'decided' WHERE state = 'asked'",
        "UPDATE item SET state = 'asked' WHERE state = 'requested'",
        "UPDATE item SET state = 'asked' WHERE state = 'signed'",
        "UPDATE item SET state = 'asked' WHERE state = 'failed'",
        """
        INSERT INTO item SELECT substr('000000000000000000000000000000000009atrx', 5), account_id,
            'asked', action, NULL, NULL, NULL, 0, NULL, NULL, checksum FROM item LIMIT 1
        """,
        "DELETE FROM asking",
        "INSERT OR REPLACE INTO asking SELECT * FROM asking",
        "INSERT INTO asking SELECT transaction_id, x'7b7d', checksum FROM item WHERE state = 'signed'",
        "UPDATE asking SET body = x'7b7d' WHERE transaction_id LIKE '%3atrx'",
        """
        UPDATE asking SET transaction_id = (SELECT transaction_id FROM item WHERE state = 'signed')
            WHERE transaction_id LIKE '%1atrx'
        """,
        """
        INSERT INTO challenge SELECT item.transaction_id, message, sha256, signature_sha256,
            challenge.checksum FROM item, challenge WHERE state = 'asked'
        """,
        "UPDATE request SET is_part = 0",
    ])
    func `what people were asked is kept by the database too`(_ statement: String) async throws {
        let place = try await asked()
        let error = #expect(throws: DatabaseError.self) { try place.tamper(statement) }
        #expect(
            error?.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER, "\(String(describing: error))")
        let ledger = try place.open()
        #expect(
            try await ledger.overview().states
                == [.asked: 1, .requested: 1, .failed: 1, .signed: 1])
        try await ledger.close()
    }

    @Test func `who was asked is never someone else, and an end is for ever`() async throws {
        let place = try await asked()
        let ledger = try place.open()
        let id = try LedgerFixture.transaction(1)
        var ended = try LedgerFixture.asking(1, part: 7)
        ended.end = .expired
        try await ledger.advance(id, .asked(ended), entry: [], now: LedgerFixture.start)
        var (forgotten, reopened) = (ended, ended)
        forgotten.members[0].requests = []
        reopened.end = nil
        for asking in [forgotten, reopened] {
            let other = try place.copied()
            let copy = try other.open()
            let error = try await failure {
                try await copy.advance(id, .asked(asking), entry: [], now: LedgerFixture.start)
            }
            guard case .corrupt = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(try await ledger.item(id)?.asking == ended)
        try await ledger.close()
    }

    @Test func `parts do not count as requests of the transaction`() async throws {
        let place = try await asked()
        let ledger = try place.open()
        let times = try await ledger.item(LedgerFixture.transaction(1))?.requestTimes
        #expect(times == [LedgerFixture.start])
        try await ledger.close()
    }
}
