import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// Which checkpoints a ledger does not lead to: all of them, and no other.
@Suite struct DoubtTests {
    /// A published log of 20 entries, its ledger, and a checkpoint of 25 entries that the ledger
    /// does not hold.
    private static func lost() async throws -> (
        LogScene, InMemoryLogDirectory, InMemoryHighWaterMark, note: [UInt8]
    ) {
        let (scene, ahead) = (try LogScene(), try LogScene())
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(20)
        _ = try await scene.publisher(directory, mark).publish()
        let aside = InMemoryHighWaterMark()
        try await ahead.write(25)
        _ = try await ahead.publisher(InMemoryLogDirectory(), aside).publish()
        return (scene, directory, mark, try #require(aside.note))
    }

    @Test(arguments: 0..<8)
    func `every note that is ahead is named, and no sound one`(_ which: Int) async throws {
        let (scene, directory, mark, ahead) = try await Self.lost()
        let sound = try #require(mark.note)
        var expected: [DoubtedNote.Place] = []
        if which & 1 != 0 {
            try mark.keep(ahead)
            expected.append(.highWater)
        }
        if which & 2 != 0 {
            directory.tamper("checkpoint", ahead)
            expected.append(.directory)
        }
        if which & 4 != 0 { expected.append(.given) }
        let places = scene.places(directory, mark)
        let given = which & 4 != 0 ? ahead : sound
        let doubts = try await places.doubts(given: given)
        #expect(doubts.map(\.place) == expected)
        #expect(doubts.allSatisfy { $0.note == ahead && $0.checkpoint?.size == 25 })
        let standing = try await places.standing(given: given)
        #expect((standing == .sound) == expected.isEmpty)
    }

    @Test func `a note that is none of this log is named without a size`() async throws {
        let (scene, directory, mark, _) = try await Self.lost()
        let doubts = try await scene.places(directory, mark).doubts(given: Array("x\n".utf8))
        #expect(doubts.map(\.place) == [.given] && doubts.first?.checkpoint == nil)
    }

    @Test func `the ledger's own checkpoint is named where it is not of its tree`() async throws {
        let (scene, directory, mark, ahead) = try await Self.lost()
        var log = LyingLog(log: scene.ledger)
        log.checkpointLie = {
            $0.map { SignedCheckpoint(frontier: $0.frontier, note: ahead) }
        }
        let doubts = try await scene.places(directory, mark, log: log).doubts()
        #expect(doubts.map(\.place) == [.ledger])
        try mark.keep(ahead)
        let both = try await scene.places(directory, mark, log: log).doubts()
        #expect(both.map(\.place) == [.ledger, .highWater])
    }

    /// What the ledger says of an entry beside its bytes, which no hash covers.
    enum Column: CaseIterable {
        case kind, transaction, noTransaction, number
    }

    @Test(arguments: Column.allCases)
    func `an entry that is kept as another than its bytes say is refused`(
        column: Column
    ) async throws {
        let (scene, directory, mark, _) = try await Self.lost()
        let places = scene.places(directory, mark)
        let entries: [(seq: Int64, kind: EntryKind)] = [(10, .confirmed)]
        guard case .receipt = try await places.receipt(entries) else {
            Issue.record("a sound entry has no receipt")
            return
        }
        let other = try #require(TransactionID(LogScene.id(77)))
        var log = LyingLog(log: scene.ledger)
        log.lie = { leaf in
            switch column {
            case .kind: leaf.kept(as: .signed, about: leaf.transactionID, at: leaf.index)
            case .transaction: leaf.kept(as: leaf.kind, about: other, at: leaf.index)
            case .noTransaction: leaf.kept(as: leaf.kind, about: nil, at: leaf.index)
            case .number: leaf.kept(as: leaf.kind, about: leaf.transactionID, at: 9)
            }
        }
        let lying = scene.places(directory, mark, log: log)
        let asked: [(seq: Int64, kind: EntryKind)] =
            column == .number ? [(20, .confirmed)] : entries
        if column == .number { log.lie = { $0.kept(as: $0.kind, about: $0.transactionID, at: 9) } }
        await #expect(throws: Stop.self) { _ = try await lying.receipt(asked) }
        // Nothing is signed over it either.
        try await scene.write(5)
        let published = scene.signer.signed.count
        let why = await LogScene.stop(scene.publisher(directory, mark, log: log))
        #expect(why?.contains("ledger") == true, "\(why ?? "published")")
        #expect(scene.signer.signed.count == published)
    }
}

extension LogLeaf {
    /// The same bytes, kept as something else.
    fileprivate func kept(
        as kind: EntryKind, about id: TransactionID?, at index: Int64
    ) -> LogLeaf {
        LogLeaf(index: index, kind: kind, transactionID: id, entry: entry, hash: hash)
    }
}
