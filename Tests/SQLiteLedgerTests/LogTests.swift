import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

/// The tree over the entries against hands on the file.
@Suite struct LogTests {
    private typealias Fix = LedgerFixture

    /// A closed ledger of ten entries, with a checkpoint of the first six.
    private func prepared() async throws -> Workplace {
        let place = try Workplace()
        let ledger = try place.create()
        for number in 1...10 {
            try await ledger.take(number)
            guard number == 6 else { continue }
            let tree = try await ledger.frontier()
            try await ledger.keep(SignedCheckpoint(frontier: tree, note: [UInt8(number)]))
        }
        try await ledger.close()
        return place
    }

    private static let noTriggers = """
        DROP TRIGGER leaf_update; DROP TRIGGER leaf_delete; DROP TRIGGER entry_update;
        DROP TRIGGER entry_delete; DROP TRIGGER frontier_update; DROP TRIGGER frontier_delete;
        DROP TRIGGER frontier_insert; DROP TRIGGER signed_checkpoint_update;
        DROP TRIGGER signed_checkpoint_delete; PRAGMA foreign_keys = OFF
        """

    @Test(arguments: [
        ("entry 10", "UPDATE leaf SET hash = zeroblob(32) WHERE seq = 10"),
        ("entry 7", "UPDATE leaf SET hash = zeroblob(32) WHERE seq = 7"),
        ("entry 2", "UPDATE leaf SET hash = zeroblob(32) WHERE seq = 2"),
        ("entry 8", "DELETE FROM leaf WHERE seq = 8"),
        ("entry 9", "UPDATE entry SET body = x'7b7d' WHERE seq = 9"),
        ("entry 3", "DELETE FROM entry WHERE seq = 3"),
        ("last entry is 9", "DELETE FROM entry WHERE seq = 10; DELETE FROM leaf WHERE seq = 10"),
        ("table frontier", "UPDATE frontier SET hashes = zeroblob(64)"),
        ("table frontier", "UPDATE frontier SET checksum = zeroblob(16)"),
        ("tree over the entries is missing", "DELETE FROM frontier"),
        ("table signed_checkpoint", "UPDATE signed_checkpoint SET note = x'00'"),
        (
            "tree over its entries",
            "UPDATE entry SET body = x'7b7d' WHERE seq = 9; UPDATE leaf SET hash = (SELECT hash FROM leaf WHERE seq = 1) WHERE seq = 9; UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 1) WHERE seq = 9"
        ),
    ])
    func `a log that was changed is refused at the start and by a backup`(
        _ expected: String, _ statements: String
    ) async throws {
        let place = try await prepared()
        try place.tamper(Self.noTriggers + ";" + statements)
        guard case .corrupt(_, let why) = try refusal({ try place.open() }) else {
            Issue.record("it was opened")
            return
        }
        #expect(why.contains(expected), "\(why)")
        guard case .corrupt? = await place.refusalToBackUp(sha256: TestSHA256.hash) else {
            Issue.record("it was copied")
            return
        }
    }

    @Test(arguments: [
        "DELETE FROM frontier; INSERT INTO frontier SELECT * FROM other.frontier",
        """
        DELETE FROM signed_checkpoint; DROP TRIGGER signed_checkpoint_rises;
        INSERT INTO signed_checkpoint SELECT * FROM other.signed_checkpoint
        """,
    ])
    func `a sound row of another ledger is refused`(_ statements: String) async throws {
        let (place, other) = (try await prepared(), try Workplace())
        let ledger = try other.create()
        for number in 11...20 { try await ledger.take(number) }
        let tree = try await ledger.frontier()
        try await ledger.keep(SignedCheckpoint(frontier: tree, note: [1]))
        try await ledger.close()
        try place.tamper("ATTACH '\(other.file)' AS other", Self.noTriggers + ";" + statements)
        guard case .corrupt = try refusal({ try place.open() }) else {
            Issue.record("it was opened")
            return
        }
    }

    @Test func `a ledger that ends before its checkpoint is an older copy`() async throws {
        let place = try await prepared()
        let tables = ["leaf", "entry"].map { "DELETE FROM \($0) WHERE seq > 4" }
        let other = try Workplace()
        let ledger = try other.create()
        for number in 1...4 { try await ledger.take(number) }
        try await ledger.close()
        try place.tamper(
            "ATTACH '\(other.file)' AS other",
            ([Self.noTriggers] + tables + [
                "DELETE FROM frontier", "INSERT INTO frontier SELECT * FROM other.frontier",
            ]).joined(separator: ";"))
        guard case .corrupt(_, let why) = try refusal({ try place.open() }) else {
            Issue.record("it was opened")
            return
        }
        #expect(why.contains("older copy"), "\(why)")
    }

    @Test func `a leaf that was changed while the agent works ends it at the next checkpoint`()
        async throws
    {
        let place = try await prepared()
        let ledger = try place.open()
        let tree = try await ledger.frontier()
        try place.tamper(Self.noTriggers, "UPDATE leaf SET hash = zeroblob(32) WHERE seq = 8")
        let error = try await failure {
            try await ledger.keep(SignedCheckpoint(frontier: tree, note: [1]))
        }
        guard case .corrupt = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await failure { try await ledger.take(99) } == error)
    }

    @Test func `a tree that was changed while the agent works lets nothing be written`()
        async throws
    {
        let place = try await prepared()
        let ledger = try place.open()
        try place.tamper(Self.noTriggers, "UPDATE frontier SET hashes = zeroblob(64)")
        let error = try await failure { try await ledger.take(99) }
        #expect(
            error
                == .corrupt("\(place.file): a row of the table frontier is not what was written"))
    }

    @Test func `a reader gives the tree at every size`() async throws {
        let place = try await prepared()
        let reader = try place.reader()
        let leaves = try await reader.leaves(from: 0, count: 20)
        #expect(leaves.count == 10)
        var tree = Frontier()
        for size in 0...10 {
            #expect(try await reader.tree(at: Int64(size)) == tree)
            #expect(try await reader.root(at: Int64(size)) == tree.root(TestSHA256.hash))
            if size < 10 { tree.append(leaf: leaves[size].hash, TestSHA256.hash) }
        }
        #expect(try await reader.frontier() == tree)
        #expect(try await reader.root(at: 11) == nil)
        #expect(try await reader.root(at: -1) == nil)
        #expect(try await reader.lastCheckpoint()?.note == [6])
        #expect(try await reader.checkpoint(upTo: 5) == nil)
        #expect(try await reader.checkpoint(upTo: 9)?.frontier.size == 6)
    }
}
