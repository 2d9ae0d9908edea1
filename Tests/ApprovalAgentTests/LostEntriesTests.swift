import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What the published bundles still know of entries that a restored ledger does not hold.
@Suite struct LostEntriesTests {
    private static let account = "9c41ec8a82fb99b57cb5078ae0a8b569acct"

    /// Writes entries of a payout that was signed and one that people were asked for.
    private static func approve(_ scene: LogScene) async throws {
        let (signed, asked) = (try id(1), try id(2))
        let message = "id: \(signed)\naccount_id: \(account)\namount: -0.40000000"
        for (kind, id, entry) in [
            (EntryKind.decided, signed, []), (.requested, signed, []),
            (.signed, signed, [JSONMember("message", .string(message))]),
            (.delivered, signed, []), (.confirmed, signed, []), (.decided, asked, []),
            (.asked, asked, []), (.decided, try self.id(3), [JSONMember]()),
        ] {
            try await scene.ledger.append(kind, about: id, entry: entry, now: scene.clock.now())
        }
    }

    private static func id(_ number: Int) throws -> TransactionID {
        try #require(TransactionID(LogScene.id(number)))
    }

    /// A log of `count` plain entries and eight of approvals, published; and a ledger that has only
    /// the plain ones.
    private static func restored(
        _ count: Int = 20, more: Int = 0
    ) async throws -> (LogScene, InMemoryLogDirectory) {
        let (scene, older) = (try LogScene(), try LogScene())
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(count)
        _ = try await scene.publisher(directory, mark).publish()
        try await approve(scene)
        try await scene.write(more)
        _ = try await scene.publisher(directory, mark).publish()
        try await older.write(count)
        return (older, directory)
    }

    private static func lost(
        _ scene: LogScene, _ directory: InMemoryLogDirectory
    ) async throws -> LostEntries {
        try await scene.places(directory, InMemoryHighWaterMark()).lostEntries()
    }

    @Test(arguments: [(20, 0), (252, 0), (255, 3), (20, 300), (300, 520)])
    func `each approval among the lost entries is known, and surely`(
        count: Int, more: Int
    ) async throws {
        let (older, directory) = try await Self.restored(count, more: more)
        let lost = try await Self.lost(older, directory)
        #expect(lost.doubt == nil)
        #expect(lost.entries == Int64(8 + more) && lost.last == Int64(count + 8 + more))
        let known = lost.approved.prefix(2)
        #expect(known.map(\.id) == [try Self.id(1), try Self.id(2)])
        #expect(known.map(\.isSigned) == [true, false])
        #expect(known.map { $0.accountID?.text } == [Self.account, nil])
        #expect(!lost.approved.contains { $0.id.text == LogScene.id(3) })
    }

    @Test func `a ledger that holds all of it lost nothing`() async throws {
        let scene = try LogScene()
        let directory = InMemoryLogDirectory()
        try await scene.write(270)
        try await Self.approve(scene)
        _ = try await scene.publisher(directory, InMemoryHighWaterMark()).publish()
        try await scene.write(3)
        let lost = try await Self.lost(scene, directory)
        #expect(lost.entries == 0 && lost.approved == [] && lost.doubt == nil)
    }

    @Test func `entries that are other ones than the ledger's are lost too`() async throws {
        let (_, directory) = try await Self.restored()
        let forked = try LogScene()
        try await forked.write(40)
        let lost = try await Self.lost(forked, directory)
        #expect(lost.entries == 8 && lost.approved.count == 2 && lost.doubt == nil)
    }

    @Test(arguments: ["edited", "no checkpoint", "other checkpoint", "cut", "missing"])
    func `what cannot be verified is told, and used all the same`(_ how: String) async throws {
        let (older, directory) = try await Self.restored(300)
        let path = "tile/entries/001.p/52"
        let bytes = try #require(directory.files[path])
        switch how {
        case "edited":
            let digit = try #require(bytes.lastIndex(of: UInt8(ascii: "3")))
            var edited = bytes
            edited[digit] = UInt8(ascii: "4")
            directory.tamper(path, edited)
        case "no checkpoint": directory.tamper("checkpoint", nil)
        case "other checkpoint": directory.tamper("checkpoint", Array("something\n".utf8))
        case "cut": directory.tamper(path, bytes.dropLast())
        default: directory.tamper("tile/entries/000", nil)
        }
        let lost = try await Self.lost(older, directory)
        #expect(lost.doubt != nil)
        #expect(lost.approved.map(\.isSigned) == [true, false])
    }

    @Test func `what was written beyond the checkpoint is used, and needs no doubt`() async throws {
        let (older, directory) = try await Self.restored()
        let scene = try LogScene()
        try await scene.write(20)
        try await Self.approve(scene)
        try await scene.ledger.append(
            .signed, about: try Self.id(4), entry: [], now: scene.clock.now())
        let leaves = try await scene.ledger.leaves(from: 0, count: 29)
        directory.tamper("tile/entries/000.p/29", EntryBundle.encode(leaves.map(\.entry)))
        let lost = try await Self.lost(older, directory)
        #expect(lost.doubt == nil && lost.last == 29)
        #expect(lost.approved.last?.id == (try Self.id(4)))
    }

    @Test func `a directory without end is not looked through for ever`() async throws {
        let scene = try LogScene()
        let key = scene.identity.key
        let checkpoint = Checkpoint(
            origin: key.name, size: Checkpoint.largestSize, root: TestSHA256.hash([]))
        let signature = try scene.signer.sign(Array(checkpoint.text.utf8))
        let note = SignedNote(text: checkpoint.text, lines: [.init(key, signature)]).bytes
        let lost = try await Self.lost(scene, InMemoryLogDirectory(["checkpoint": note]))
        #expect(lost.doubt?.contains("missing") == true && lost.entries == 0)
    }
}
