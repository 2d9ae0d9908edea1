import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import SQLiteLedger
import Testing

/// Prints what it measures. `COUNTERSIGN_SETTLED=100000` makes the history that long.
@Suite struct SpeedTests {
    @Test func `a long history makes no window slow`() async throws {
        let text = ProcessInfo.processInfo.environment["COUNTERSIGN_SETTLED"] ?? ""
        let count = Int(text) ?? 1_000
        let place = try Workplace()
        var ledger = try place.create(sha256: Hashes.quick)
        let first = try await settle(ledger, 1...100)
        try await ledger.close()
        try multiply(place, to: count)
        ledger = try place.open(sha256: Hashes.quick)
        let opened = ledger
        let counting = try await ContinuousClock().measure {
            try await opened.activate(
                LedgerFixture.policy(revision: 1, digest: 1), now: LedgerFixture.time(1))
        }
        let questions = (0..<1_000).map { number in
            LimitQuestion(
                limit: "payouts-day", key: "all",
                window: .rolling(milliseconds: Int64(number) * 30_000), scale: 8)
        }
        let asking = try await ContinuousClock().measure {
            let usage = try await opened.usage(questions, now: LedgerFixture.time(3))
            #expect(usage.count == 1_000)
        }
        let next = try await settle(ledger, (count + 1)...(count + 100))
        print(
            """
            ledger: \(count) settled approvals counted again in \(counting), a window in \
            \(asking / 1_000), an approval of five commits in \(first / 100) at first and \
            \(next / 100) at last
            """)
        #expect(try await ledger.used(at: 2).count == Int64(count + 100))
        try await ledger.close()
    }

    private func settle(
        _ ledger: SQLiteLedger, _ numbers: ClosedRange<Int>
    ) async throws -> Duration {
        try await ContinuousClock().measure {
            for number in numbers {
                try await ledger.take(
                    number, 1,
                    [
                        .requested(LedgerFixture.request(number)),
                        .signed(LedgerFixture.challenge(1)),
                        .delivered(at: LedgerFixture.time(1, Int64(number) * 10)), .confirmed,
                    ], at: 1)
            }
        }
    }

    /// Writes settled reservations with their checksums past the ledger.
    private func multiply(_ place: Workplace, to count: Int) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: place.file, configuration: configuration)
        let row =
            """
            base.id + n, printf('%032datrx', 100 + n), type, account_id, destination, sent, sent_scale, fee,
            fee_scale, fee_account, 'settled', counted_at + n
            """
        try queue.write { database in
            database.add(function: Self.seal)
            try database.execute(sql: "DROP TRIGGER reservation_insert")
            try database.execute(
                sql: """
                    INSERT INTO reservation
                    WITH RECURSIVE number(n) AS (
                        SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(count - 100))
                    SELECT \(row), seal(\(row))
                    FROM number, (SELECT * FROM reservation WHERE id = 100) AS base
                    """)
        }
        try queue.close()
    }

    private static let seal = DatabaseFunction("seal", argumentCount: 12) { values in
        func wide(_ value: Int64) -> [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
        }
        var bytes = Array("reservation".utf8)
        for value in values {
            let (kind, content): (UInt8, [UInt8]) =
                switch value.storage {
                case .int64(let number): (1, wide(number))
                case .string(let text): (3, Array(text.utf8))
                case .blob(let data): (4, Array(data))
                case .null, .double: (0, [])
                }
            bytes.append(kind)
            if kind != 0 { bytes += wide(Int64(content.count)) + content }
        }
        return Data(Hashes.quick(bytes).bytes.prefix(16))
    }
}
