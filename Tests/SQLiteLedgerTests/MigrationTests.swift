import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import SQLiteLedger
import Testing

/// Files of versions 1, 2 and 3, made of their schemas and of rows that this build writes alike.
@Suite struct MigrationTests {
    private typealias Fix = LedgerFixture

    private static let tables = [
        "meta", "entry", "policy_file", "policy_content", "policy_activation", "blob",
        "challenge", "item", "reservation",
    ]
    /// Made before requests were told from parts.
    private static let requests = """
        INSERT INTO main.request
            SELECT approval_request_id, transaction_id, created_at FROM everything.request
        """

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
            + [Self.requests]
        try old.tamper(
            Version1.tables, "ATTACH '\(all.file)' AS everything",
            "ATTACH '\(counted.file)' AS counted", copies.joined(separator: ";"),
            "DELETE FROM main.meta WHERE name IN ('last_series', 'last_batch', 'signatures')",
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

    /// The same history under version 2, with 1 settled, 2 requested and 6 signed.
    private func version2() async throws -> Workplace {
        let (all, old) = (try Workplace(), try Workplace())
        let ledger = try all.create()
        try await ledger.activate(policy(), now: Fix.start)
        try await ledger.take(
            1, 100, [.requested(Fix.request(1)), .signed(Fix.challenge(1)), .confirmed])
        try await ledger.judge(
            Fix.proposal(2, body: body(2, "INV-2")), Fix.allow(100, reference: "INV-2"))
        try await ledger.advance(
            Fix.transaction(2), .requested(Fix.request(2)), entry: [], now: Fix.start)
        try await ledger.take(6, 50, [.requested(Fix.request(6)), .signed(Fix.challenge(1))])
        try await ledger.close()
        _ = FileManager.default.createFile(
            atPath: old.file, contents: nil, attributes: [.posixPermissions: 0o600])
        let names =
            Self.tables + [
                "membership", "total", "reference", "provenance", "batch", "destination",
                "counter",
            ]
        let copies = names.map { "INSERT INTO main.\($0) SELECT * FROM everything.\($0)" }
        try old.tamper(
            Version1.tables, Version2.tables, "ATTACH '\(all.file)' AS everything",
            (copies + [Self.requests]).joined(separator: ";"),
            "DELETE FROM main.meta WHERE name = 'signatures'", Version1.guards, Version2.guards,
            "PRAGMA main.application_id = \(0x4353_4C31)", "PRAGMA main.user_version = 2")
        return old
    }

    @Test func `a ledger of version 2 is brought up to date by opening it`() async throws {
        let place = try await version2()
        let ledger = try place.open()
        #expect(try await ledger.overview().states == [.confirmed: 1, .requested: 1, .signed: 1])
        #expect(try await ledger.used(at: 1).used == Fix.amount(250))
        let questions = Questions(transactionID: try Fix.transaction(9), reference: "INV-2")
        #expect(try await ledger.answers(questions).sameReference == (try Fix.transaction(2)))
        let item = try #require(try await ledger.item(Fix.transaction(2)))
        #expect(item.requestTimes == [Fix.start])
        #expect(item.asking == nil)
        // What version 3 is for.
        try await ledger.advance(
            Fix.transaction(2), .asked(Fix.asking(2, part: 7)), entry: [], now: Fix.time(1))
        #expect(try await ledger.item(Fix.transaction(2))?.state == .asked)
        #expect(try await ledger.unfinished().map(\.state) == [.asked, .signed])
        let entries = try await ledger.overview().entries
        try await ledger.close()
        #expect(try await place.backUp(sha256: TestSHA256.hash).entries == entries)
        #expect(try schema(of: place) == schema(of: fresh()))
    }

    /// The same under version 3: 1 is settled, 2 asked, 6 signed.
    private func version3() async throws -> (Workplace, entries: [[UInt8]]) {
        let (all, old) = (try Workplace(), try Workplace())
        let ledger = try all.create()
        try await ledger.activate(policy(), now: Fix.start)
        try await ledger.take(
            1, 100, [.requested(Fix.request(1)), .signed(Fix.challenge(1)), .confirmed])
        try await ledger.take(
            2, 100, [.requested(Fix.request(2)), .asked(Fix.asking(2, part: 7))])
        try await ledger.take(6, 50, [.requested(Fix.request(6)), .signed(Fix.challenge(1))])
        let entries = try await ledger.leaves(from: 0, count: 99).map(\.entry)
        try await ledger.close()
        _ = FileManager.default.createFile(
            atPath: old.file, contents: nil, attributes: [.posixPermissions: 0o600])
        let names =
            Self.tables + [
                "membership", "total", "reference", "provenance", "batch", "destination",
                "counter", "asking", "request",
            ]
        let copies = names.map { "INSERT INTO main.\($0) SELECT * FROM everything.\($0)" }
        try old.tamper(
            "PRAGMA foreign_keys = OFF", Version1.tables, Version2.tables, Version3.tables,
            "ATTACH '\(all.file)' AS everything", copies.joined(separator: ";"),
            "DELETE FROM main.meta WHERE name = 'signatures'", Version1.guards, Version2.guards,
            Version3.guards, "PRAGMA main.application_id = \(0x4353_4C31)",
            "PRAGMA main.user_version = 3")
        return (old, entries)
    }

    @Test func `the entries of a ledger of version 3 become leaves by opening it`() async throws {
        let (place, entries) = try await version3()
        let ledger = try place.open()
        let tree = entries.reduce(into: Frontier()) {
            $0.append(leaf: MerkleTree.leaf($1, TestSHA256.hash), TestSHA256.hash)
        }
        #expect(tree.size == 11)
        #expect(try await ledger.frontier() == tree)
        #expect(try await ledger.leaves(from: 0, count: 99).map(\.entry) == entries)
        #expect(try await ledger.overview().states == [.confirmed: 1, .asked: 1, .signed: 1])
        // Two were signed before.
        try await ledger.take(7, 1, [.requested(Fix.request(9)), .signed(Fix.challenge(1))])
        let last = try #require(try await ledger.leaves(from: 13, count: 1).first)
        #expect(try JSONValue(parsing: last.entry)["signature_number"]?.integer == 3)
        let spent = Spent(
            transactionID: try Fix.transaction(2), accountID: try Fix.account(), body: [],
            reservation: nil)
        try await ledger.accept([spent], entry: [], now: Fix.time(1))
        #expect(try await ledger.item(Fix.transaction(2))?.state == .accepted)
        try await ledger.close()
        #expect(try await place.backUp(sha256: TestSHA256.hash).entries == 15)
        #expect(try schema(of: place) == schema(of: fresh()))
    }

    @Test func `a ledger of version 3 without its every entry stays as it is`() async throws {
        let (place, _) = try await version3()
        try place.tamper("DROP TRIGGER entry_delete", "DELETE FROM entry WHERE seq = 4")
        try await expectRefusal(place, "entry 4 is missing", version: 3, without: "leaf")
    }

    @Test func `a migration that finds a row without its owner is undone`() async throws {
        let place = try await version2()
        try place.tamper(
            "PRAGMA foreign_keys = OFF", "DROP TRIGGER item_delete",
            "DELETE FROM item WHERE state = 'confirmed'")
        try await expectRefusal(place, "missing", version: 2, without: "asking")
    }

    /// It is refused as corrupt and stays at its version, without a table of the next.
    private func expectRefusal(
        _ place: Workplace, _ what: String, version: Int, without table: String
    ) async throws {
        guard case .corrupt(_, let why) = try refusal({ try place.open() }) else {
            Issue.record("it was opened")
            return
        }
        #expect(why.contains(what))
        let queue = try DatabaseQueue(path: place.file)
        let found = try await queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
        #expect(found == version)
        #expect(try await !queue.read { try $0.tableExists(table) })
    }

    @Test func `a ledger of any version has the tables of a new one after it was opened`()
        async throws
    {
        let place = try await version1()
        try await place.open().close()
        #expect(try schema(of: place) == schema(of: fresh()))
    }

    private func fresh() throws -> Workplace {
        let place = try Workplace()
        try SQLiteLedger.create(at: place.file)
        return place
    }

    /// Every statement of the schema, by name, without the spaces.
    private func schema(of place: Workplace) throws -> [String: String] {
        try DatabaseQueue(path: place.file).read { database in
            try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_schema WHERE sql <> ''")
                .reduce(into: [:]) { known, row in
                    let sql: String = row["sql"]
                    known[row["name"]] = sql.split(whereSeparator: \.isWhitespace)
                        .joined(separator: " ")
                }
        }
    }
}
