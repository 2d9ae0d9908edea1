import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import Glibc
import SQLiteLedger
import Testing

@Suite struct LedgerFileTests {
    @Test func `a new ledger belongs to its owner alone and is never made twice`() throws {
        let place = try Workplace()
        try SQLiteLedger.create(at: place.file)
        let before = place.bytes()
        let attributes = try FileManager.default.attributesOfItem(atPath: place.file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(place.bytes("-wal") == nil)
        #expect(throws: SQLiteLedgerError.exists(place.file)) {
            try SQLiteLedger.create(at: place.file)
        }
        #expect(place.bytes() == before)
    }

    @Test func `a missing ledger is not made by opening it`() throws {
        let place = try Workplace()
        let error = try refusal { try place.open() }
        #expect(error == .missing(place.file))
        #expect(error?.description.contains("countersign init") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.directory).isEmpty)
    }

    @Test func `a second agent is refused and told of the first`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        let lock = place.file + ".lock"
        let error = try refusal { try place.open() }
        #expect(error == .locked(file: lock, processID: String(getpid())))
        #expect(error?.description.contains(lock) == true)
        #expect(error?.description.contains("process \(getpid())") == true)
        try await ledger.close()
        let second = try place.open()
        try await second.close()
        #expect(place.bytes("-wal") == nil)
    }

    @Test func `a file that others may open is refused`() throws {
        let place = try Workplace()
        try SQLiteLedger.create(at: place.file)
        for mode in [0o640, 0o604, 0o660] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: place.file)
            guard case .unsafe(_, let why) = try refusal({ try place.open() }) else {
                Issue.record("mode \(mode) was not refused")
                continue
            }
            #expect(why.contains("chmod 600"))
        }
    }

    @Test func `a symbolic link is refused`() throws {
        let place = try Workplace()
        let other = try Workplace()
        try SQLiteLedger.create(at: other.file)
        try FileManager.default.createSymbolicLink(
            atPath: place.file, withDestinationPath: other.file)
        guard case .unsafe(let file, _) = try refusal({ try place.open() }) else {
            Issue.record("a link was not refused")
            return
        }
        #expect(file == place.file)
    }

    @Test func `what is no ledger is refused and left as it is`() throws {
        let place = try Workplace()
        for content in ["", "this is no database, but long enough to be read as one: ...."] {
            try? FileManager.default.removeItem(atPath: place.file)
            let isMade = FileManager.default.createFile(
                atPath: place.file, contents: Data(content.utf8),
                attributes: [.posixPermissions: 0o600])
            #expect(isMade)
            let error = try refusal { try place.open() }
            #expect(error == .unknownFormat(file: place.file, why: "this is not a ledger"))
            #expect(place.bytes() == Array(content.utf8))
        }
    }

    @Test func `a ledger of a newer version is refused`() throws {
        let place = try Workplace()
        try SQLiteLedger.create(at: place.file)
        try place.tamper("PRAGMA user_version = 5")
        guard case .unknownFormat(_, let why) = try refusal({ try place.open() }) else {
            Issue.record("version 5 was not refused")
            return
        }
        #expect(why.contains("newer"))
    }

    @Test func `a page that was overwritten is found at the start`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        for number in 1...50 { try await ledger.take(number) }
        try await ledger.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: place.file))
        try handle.seek(toOffset: 4_096 * 3)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
        try handle.close()
        switch try refusal({ try place.open() }) {
        case .corrupt, .unavailable: break
        case let other: Issue.record("opened, or refused with \(String(describing: other))")
        }
    }

    @Test(arguments: [
        ("environment", "production", "https://platform.example", "log.example/one", "key-1"),
        ("platform", "test", "https://other.example", "log.example/one", "key-1"),
        ("log origin", "test", "https://platform.example", "log.example/two", "key-1"),
        ("log key", "test", "https://platform.example", "log.example/one", "key-2"),
    ])
    func `a bound ledger is refused for anything else, by name`(
        _ name: String, _ environment: String, _ url: String, _ origin: String, _ key: String
    ) async throws {
        let place = try Workplace()
        try await place.create().close()
        let other = LedgerBinding(
            environment: environment, baseURL: url, origin: origin, logPublicKey: key)
        let error = try refusal { try place.open(other) }
        guard case .bound(_, _, _, let found) = error else {
            Issue.record("not refused: \(String(describing: error))")
            return
        }
        #expect(found == name)
        #expect(error?.description.contains(name) == true)
        try await place.open().close()
    }

    @Test func `every acknowledged entry is in the files of a killed process`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        for number in 1...20 {
            try await ledger.take(number, 10, [.requested(LedgerFixture.request(number))])
            let other = try Workplace()
            try place.copy(to: other)
            let copy = try other.open()
            #expect(try await copy.overview().entries == Int64(2 * number))
            #expect(try await copy.used(at: 0).count == Int64(number))
            try await copy.close()
        }
    }

    @Test func `a cancelled task does not cut a commit short`() async throws {
        let ledger = try Workplace().create()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                #expect(Task.isCancelled)
                try await ledger.take(1)
            }
            try await group.waitForAll()
        }
        #expect(try await ledger.overview().entries == 1)
    }

    @Test func `many commits are moved into the file while the agent runs`() async throws {
        let place = try Workplace()
        let ledger = try place.create(sha256: Hashes.quick)
        let before = try #require(place.bytes()).count
        for _ in 1...1_100 {
            try await ledger.append(.started, about: nil, entry: [], now: LedgerFixture.start)
        }
        #expect(try #require(place.bytes()).count > before)
        try await ledger.close()
    }
}
