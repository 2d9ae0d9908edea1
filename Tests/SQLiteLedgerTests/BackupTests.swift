import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Dispatch
import Foundation
import GRDB
import Glibc
import SQLiteLedger
import SodiumKeys
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct BackupTests {
    @Test func `a copy opens as a ledger and answers the same`() async throws {
        let place = try Workplace()
        let ledger = try place.create(sha256: Sodium.sha256)
        try await ledger.activate(
            LedgerFixture.policy(
                revision: 1, digest: 1, files: [PolicyFile(path: "policy.yaml", bytes: [1, 2])]),
            now: LedgerFixture.start)
        for number in 1...30 {
            try await ledger.take(
                number, 7,
                [
                    .requested(LedgerFixture.request(number)),
                    .signed(LedgerFixture.challenge(1)), .delivered(at: LedgerFixture.start),
                ] + (number % 2 == 0 ? [.confirmed] : []))
        }
        let report = try await place.backUp(sha256: Sodium.sha256)
        let (overview, usage) = (try await ledger.overview(), try await ledger.used(at: 1))
        let items = try await ledger.unfinished()
        try await ledger.close()
        let bytes = try #require(FileManager.default.contents(atPath: place.target))
        let attributes = try FileManager.default.attributesOfItem(atPath: place.target)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let last = try await place.reader(sha256: Sodium.sha256).entries(limit: 1)
        #expect(report.entries == overview.entries)
        #expect(report.lastEntry == Sodium.sha256(try #require(last.first).body))
        #expect(report.bytes == Int64(bytes.count))
        #expect(report.sha256 == Sodium.sha256(Array(bytes)))
        #expect(try place.strangers() == ["copy.sqlite"])
        let copy = try place.moved().open(sha256: Sodium.sha256)
        #expect(try await copy.overview() == overview)
        #expect(try await copy.used(at: 1) == usage)
        #expect(try await copy.unfinished() == items)
        #expect(items.count == 15)
        try await copy.advance(
            LedgerFixture.transaction(1), .confirmed, entry: [], now: LedgerFixture.start)
        try await copy.close()
    }

    @Test func `copies made while an agent commits thousands of entries are whole`()
        async throws
    {
        let place = try Workplace()
        let ledger = try await place.filled(100)
        let isDone = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<2_000 { try await ledger.note() }
                isDone.continuation.finish()
            }
            var last: Int64 = 0
            for number in 0..<5 {
                let target = place.directory + "/copy-\(number).sqlite"
                let report = try await place.backUp(to: target)
                #expect(report.entries >= max(last, 100))
                last = report.entries
                let reader = try SQLiteLedgerReader.open(at: target, sha256: Hashes.quick)
                #expect(try await reader.overview().entries == report.entries)
            }
            try await group.waitForAll()
        }
        for await _ in isDone.stream {}
        #expect(try await ledger.overview().entries == 2_100)
        try await ledger.close()
    }

    @Test func `an agent commits between the steps of a copy, which is of before`()
        async throws
    {
        let place = try Workplace()
        let ledger = try await place.filled(60, kilobytes: 50)
        let (steps, stepped) = AsyncStream<Int64>.makeStream()
        let mayGo = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: LedgerBackup.self) { group in
            group.addTask {
                try await place.backUp(progress: { copied, total in
                    stepped.yield(total - copied)
                    mayGo.wait()
                })
            }
            var seen = 0
            for await left in steps {
                for _ in 0..<10 { try await ledger.note() }
                seen += 1
                mayGo.signal()
                if left == 0 { break }
            }
            #expect(seen >= 3)
            let report = try await group.next()
            #expect(report?.entries == 60)
            #expect(try await ledger.overview().entries == Int64(60 + 10 * seen))
        }
        try await ledger.close()
    }

    @Test func `a ledger at rest, one without entries, and one that was killed are copied`()
        async throws
    {
        let empty = try Workplace()
        try SQLiteLedger.create(at: empty.file)
        let before = empty.bytes()
        #expect(try await empty.backUp().entries == 0)
        #expect(empty.bytes() == before)
        #expect(try empty.strangers() == ["copy.sqlite"])
        let place = try Workplace()
        let ledger = try await place.filled(20)
        let killed = try Workplace()
        try place.copy(to: killed)
        #expect(killed.bytes("-wal") != nil)
        #expect(try await killed.backUp().entries == 20)
        try await ledger.close()
        #expect(try await place.backUp().entries == 20)
        #expect(place.bytes("-wal") == nil)
    }

    @Test func `an agent that begins meanwhile on a ledger at rest ends the copy`() async throws {
        let place = try Workplace()
        try await place.filled(20).close()
        let opened = Opened()
        let error = await place.refusalToBackUp(progress: { _, _ in opened.open(place) })
        guard case .unavailable(place.file, let why) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(why.contains("make the copy again"))
        #expect(try place.strangers().isEmpty)
        #expect(try await place.backUp().entries == 20)
        try await opened.close()
    }

    @Test func `a file that exists is never replaced`() async throws {
        let place = try Workplace()
        try await place.filled(3).close()
        try Data("mine".utf8).write(to: URL(filePath: place.target))
        #expect(await place.refusalToBackUp() == .exists(place.target))
        #expect(FileManager.default.contents(atPath: place.target) == Data("mine".utf8))
        try FileManager.default.removeItem(atPath: place.target)
        // One that comes while the copy is made.
        let error = await place.refusalToBackUp(progress: { _, _ in
            _ = FileManager.default.createFile(atPath: place.target, contents: Data("too".utf8))
        })
        #expect(error == .exists(place.target))
        #expect(FileManager.default.contents(atPath: place.target) == Data("too".utf8))
        #expect(try place.strangers() == ["copy.sqlite"])
        #expect(await place.refusalToBackUp(to: place.file) == .exists(place.file))
    }

    @Test func `a copy that is given up leaves nothing`() async throws {
        let place = try Workplace()
        try await place.filled(60, kilobytes: 50).close()
        let (steps, stepped) = AsyncStream<Void>.makeStream()
        let mayGo = DispatchSemaphore(value: 0)
        let error = await withTaskGroup(of: SQLiteLedgerError?.self) { group in
            group.addTask {
                await place.refusalToBackUp(progress: { _, _ in
                    stepped.yield()
                    mayGo.wait()
                })
            }
            for await _ in steps { break }
            group.cancelAll()
            for _ in 0..<100 { mayGo.signal() }
            return await group.next() ?? nil
        }
        #expect(error == .unavailable(file: place.target, why: "the copy was given up and removed"))
        #expect(try place.strangers().isEmpty)
    }

    @Test(
        arguments: [
            ("entry 7", ["DROP TRIGGER entry_update", Self.changed]),
            ("entry 7", ["DROP TRIGGER entry_update", "UPDATE entry SET time = 5 WHERE seq = 7"]),
            (
                "entry 7 is missing",
                [
                    "PRAGMA foreign_keys = OFF", "DROP TRIGGER entry_delete",
                    "DELETE FROM entry WHERE seq = 7",
                ]
            ),
            (
                "item with transaction_id \"00000000000000000000000000000002atrx\"",
                ["UPDATE item SET action = 'block' WHERE transaction_id LIKE '%2atrx'"]
            ),
            ("table membership", ["UPDATE membership SET amount = zeroblob(16)"]),
            (
                "transaction's body",
                ["DROP TRIGGER blob_update", "UPDATE blob SET bytes = x'5b5d'"]
            ),
            (
                "belongs to another",
                [
                    "PRAGMA foreign_keys = OFF", "DROP TRIGGER item_delete",
                    "DELETE FROM item WHERE transaction_id LIKE '%2atrx'",
                ]
            ),
        ] as [(String, [String])])
    func `a ledger that was changed by other hands is not copied, and the row is named`(
        _ name: String, _ statements: [String]
    ) async throws {
        let place = try Workplace()
        let ledger = try place.create(sha256: Hashes.quick)
        for number in 1...10 { try await ledger.take(number) }
        try await ledger.close()
        try place.tamper(statements.joined(separator: ";"))
        let error = await place.refusalToBackUp()
        guard case .corrupt(place.file, let why) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(why.contains(name), "\(why)")
        #expect(why.contains("another disk"))
        #expect(try place.strangers().isEmpty)
    }

    private static let changed = """
        UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '"seq":7', '"seq":8') AS BLOB)
        WHERE seq = 7
        """

    @Test func `a page that was overwritten is not copied`() async throws {
        let place = try Workplace()
        try await place.filled(200).close()
        let handle = try #require(FileHandle(forUpdatingAtPath: place.file))
        try handle.seek(toOffset: 4_096 * 60)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
        try handle.close()
        let error = await place.refusalToBackUp()
        guard case .corrupt(place.file, let why) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(why.contains("damaged"), "\(why)")
        #expect(try place.strangers().isEmpty)
    }
}

/// Begins to work on a ledger, once, and goes on until its end.
private final class Opened: Sendable {
    private let ledger = Mutex<SQLiteLedger?>(nil)

    func open(_ place: Workplace) {
        ledger.withLock { ledger in
            if ledger == nil { ledger = try? place.open(sha256: Hashes.quick) }
        }
    }

    func close() async throws { try await ledger.withLock { $0 }?.close() }
}
