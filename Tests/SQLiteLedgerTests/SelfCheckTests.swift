import AgentTestKit
import ApprovalAgent
import Foundation
import Glibc
import SQLiteLedger
import Testing

@Suite struct SelfCheckTests {
    @Test func `a ledger at work is sound, and being asked writes nothing`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try ledger.selfCheck()
        try await ledger.take(1)
        let before = (place.bytes(), place.bytes("-wal"))
        for _ in 0..<100 { try ledger.selfCheck() }
        #expect(place.bytes() == before.0)
        #expect(place.bytes("-wal") == before.1)
        try await ledger.close()
        let error = try await failure { try ledger.selfCheck() }
        #expect(error == .unavailable("the ledger is closed"))
    }

    @Test(arguments: ["", "-wal", ".lock"])
    func `a file that was moved away or replaced is named`(_ suffix: String) async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1)
        let name = place.file + suffix
        for isReplaced in [false, true] {
            try FileManager.default.moveItem(atPath: name, toPath: name + ".away")
            if isReplaced {
                try FileManager.default.copyItem(atPath: name + ".away", toPath: name)
            }
            let error = try await failure { try ledger.selfCheck() }
            guard case .unavailable(let why) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(why.contains(name + " is not the file"))
            _ = unsafe unlink(name)
            try FileManager.default.moveItem(atPath: name + ".away", toPath: name)
            try ledger.selfCheck()
        }
        try await ledger.close()
    }

    @Test func `after a write that failed it is not sound again`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1)
        try place.tamper("ALTER TABLE entry RENAME TO hidden")
        let first = try await failure { try await ledger.take(2) }
        guard case .unavailable(let cause) = first else {
            Issue.record("the write did not fail")
            return
        }
        #expect(cause.contains(place.file + ": "))
        try place.tamper("ALTER TABLE hidden RENAME TO entry")
        guard case .unavailable(let why) = try await failure({ try ledger.selfCheck() }) else {
            Issue.record("it was sound")
            return
        }
        #expect(why.contains("nothing is done any more"))
        #expect(why.contains(place.file))
    }

    @Test func `a WAL that nobody can move into the file is told`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1)
        let size = try #require(place.bytes("-wal")).count
        try #require(unsafe truncate(place.file + "-wal", (1 << 30) + 1) == 0)
        let error = try await failure { try ledger.selfCheck() }
        try #require(unsafe truncate(place.file + "-wal", size) == 0)
        guard case .unavailable(let why) = error else {
            Issue.record("it was sound")
            return
        }
        #expect(why.contains("End that reader"))
        try await ledger.close()
    }

    @Test func `a disk tells its room, and that it takes no writes any more`() async throws {
        guard let disk = try SmallDisk(megabytes: 8) else { return }
        let file = disk.directory + "/ledger.sqlite"
        try SQLiteLedger.create(at: file)
        let ledger = try SQLiteLedger.open(
            at: file, binding: Workplace.binding, sha256: TestSHA256.hash)
        let before = try ledger.freeBytes()
        #expect((4 << 20...8 << 20).contains(before))
        try Data(repeating: 1, count: 1 << 20).write(to: URL(filePath: disk.directory + "/big"))
        #expect(try ledger.freeBytes() == before - (1 << 20))
        try ledger.selfCheck()
        try #require(disk.cover())
        let error = try await failure { try ledger.selfCheck() }
        #expect(disk.uncover())
        guard case .unavailable(let why) = error else {
            Issue.record("it was sound")
            return
        }
        #expect(why.contains("takes no writes"))
        try ledger.selfCheck()
        try await ledger.close()
    }
}
