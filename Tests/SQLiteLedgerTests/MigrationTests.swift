import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import SQLiteLedger
import Testing

/// A file of version 1, made of its schema and of rows that this build writes alike.
@Suite struct MigrationTests {
    private typealias Fix = LedgerFixture

    private static let tables = [
        "meta", "entry", "policy_file", "policy_content", "policy_activation", "blob",
        "challenge", "request", "item", "reservation",
    ]

    private func policy(_ revision: Int64 = 1) throws -> LoadedPolicy {
        try Fix.policy(
            revision: revision, digest: UInt8(revision),
            entries: [.init(label: "known", assets: ["BTC"], address: "known")],
            files: [
                PolicyFile(path: "policy.yaml", bytes: [UInt8(revision)]),
                PolicyFile(path: "address_book.yaml", bytes: [9]),
            ])
    }

    private func body(_ number: Int, _ reference: String) throws -> [UInt8] {
        Array(
            """
            {"id":"\(try Fix.transaction(number).text)","account_id":"\(try Fix.account().text)",\
            "type":"WITHDRAWAL","state":"PENDING","reference":"\(reference)"}
            """.utf8)
    }

    /// 1 is settled, 2 open, 3 released, 4's body is of no use, 5's was erased.
    private func version1() async throws -> Workplace {
        let (counted, all, old) = (try Workplace(), try Workplace(), try Workplace())
        var ledger = try counted.create()
        for number in 1...5 {
            let body = number == 4 ? Array("{}".utf8) : try body(number, "INV-\(number)")
            try await ledger.judge(Fix.proposal(number, body: body), Fix.allow(100))
        }
        for step in [Step.requested(try Fix.request(1)), .signed(Fix.challenge(1)), .confirmed] {
            try await ledger.advance(Fix.transaction(1), step, entry: [], now: Fix.start)
        }
        try await ledger.advance(
            Fix.transaction(3), .released(retryAt: nil), entry: [], now: Fix.start)
        try await ledger.close()
        try counted.tamper(
            "DELETE FROM blob WHERE instr(bytes, CAST('INV-5' AS BLOB)) > 0")
        try counted.copy(to: all)
        ledger = try all.open()
        try await ledger.activate(policy(), now: Fix.time(1))
        try await ledger.close()
        _ = FileManager.default.createFile(
            atPath: old.file, contents: nil, attributes: [.posixPermissions: 0o600])
        let copies =
            Self.tables.map { "INSERT INTO main.\($0) SELECT * FROM everything.\($0)" }
            + ["membership", "total"].map { "INSERT INTO main.\($0) SELECT * FROM counted.\($0)" }
        try old.tamper(
            Version1.tables, "ATTACH '\(all.file)' AS everything",
            "ATTACH '\(counted.file)' AS counted", copies.joined(separator: ";"),
            "DELETE FROM main.meta WHERE name IN ('last_series', 'last_batch')",
            Version1.guards,
            "PRAGMA main.application_id = \(0x4353_4C31)", "PRAGMA main.user_version = 1")
        return old
    }

    @Test func `a ledger of version 1 is brought up to date by opening it`() async throws {
        let place = try await version1()
        let ledger = try place.open()
        #expect(try await ledger.overview().entries == 10)
        for (number, found) in [(1, 1), (2, 2), (3, nil), (4, nil), (5, nil)] as [(Int, Int?)] {
            let answers = try await ledger.answers(
                Questions(
                    transactionID: Fix.transaction(9), reference: "INV-\(number)"))
            #expect(answers.sameReference == (try found.map { try Fix.transaction($0) }))
        }
        let known = KnownDestination(asset: "BTC", address: "known")
        let ages = Questions(transactionID: try Fix.transaction(9), destination: known)
        #expect(try await ledger.answers(ages).destination == nil)
        try await ledger.activate(policy(), now: Fix.time(5))
        #expect(try await ledger.overview().entries == 10)
        #expect(
            try await ledger.answers(ages).destination
                == DestinationAge(activatedAt: Fix.time(1), isOriginal: true))
        let usage = try await ledger.used(at: 5)
        #expect(usage.used == Fix.amount(400))
        try await ledger.close()
        #expect(try await SQLiteLedgerHistory(place.reader(), under: policy()).used(at: 5) == usage)
        let again = try place.open()
        #expect(try await again.used(at: 5) == usage)
        try await again.close()
    }

    @Test func `a book that was active in version 1 is not new under the next policy`()
        async throws
    {
        let place = try await version1()
        let ledger = try place.open()
        try await ledger.activate(policy(2), now: Fix.time(5))
        let answers = try await ledger.answers(
            Questions(
                transactionID: Fix.transaction(9),
                destination: KnownDestination(asset: "BTC", address: "known")))
        #expect(
            answers.destination == DestinationAge(activatedAt: Fix.time(1), isOriginal: true))
        #expect(try await ledger.used(at: 5).count == 4)
        try await ledger.close()
        #expect(place.bytes("-wal") == nil)
    }

    @Test func `an item of version 1 goes on before a policy is active`() async throws {
        let place = try await version1()
        let ledger = try place.open()
        for step in [Step.requested(try Fix.request(2)), .signed(Fix.challenge(1)), .confirmed] {
            try await ledger.advance(Fix.transaction(2), step, entry: [], now: Fix.time(2))
        }
        try await ledger.activate(policy(), now: Fix.time(5))
        #expect(try await ledger.used(at: 5).count == 4)
        #expect(try await ledger.used(at: 25).count == 3)
        #expect(try await ledger.used(at: 26).count == 2)
        try await ledger.close()
        #expect(place.bytes("-wal") == nil)
    }

    @Test func `a reader of version 1 says what to do and changes nothing`() async throws {
        let place = try await version1()
        let before = place.bytes()
        do {
            _ = try place.reader()
            Issue.record("it was read")
        } catch SQLiteLedgerError.unknownFormat(_, let why) {
            #expect(why.contains("countersign run"))
        }
        #expect(place.bytes() == before)
    }

    @Test func `a ledger of version 1 that is refused stays as it is`() async throws {
        let place = try await version1()
        let other = LedgerBinding(
            environment: "other", baseURL: "https://platform.example", origin: "log.example/one",
            logPublicKey: "key-1")
        guard case .bound = try refusal({ try place.open(other) }) else {
            Issue.record("it was not refused")
            return
        }
        let version = try await DatabaseQueue(path: place.file).read {
            try Int.fetchOne($0, sql: "PRAGMA user_version")
        }
        #expect(version == 1)
        try await place.open().close()
    }
}
