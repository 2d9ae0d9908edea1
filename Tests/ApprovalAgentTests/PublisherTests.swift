import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct PublisherTests {
    @Test(arguments: [0, 1, 2, 255, 256, 257, 513])
    func `every entry is published under a checkpoint that the log key signed`(
        _ count: Int
    ) async throws {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(count)
        let published = try await scene.publisher(directory, mark).publish()
        #expect(published == .init(size: Int64(count), isNew: true))
        let note = try #require(directory.files["checkpoint"])
        #expect(mark.note == note)
        #expect(try await scene.ledger.lastCheckpoint()?.note == note)
        let checkpoint = try scene.identity.checkpoint(note)
        let entries = await scene.ledger.entries.map(\.body)
        var tree = Frontier()
        for entry in entries {
            tree.append(
                leaf: MerkleTree.leaf(entry, LogScene.remembered), LogScene.remembered)
        }
        #expect(checkpoint.root == tree.root(LogScene.remembered))
        #expect(try Self.published(directory, count) == entries)
        let hashes = TileHashes(size: Int64(count), LogScene.remembered) { path throws(LogDamage) in
            directory.files[path.text]
        }
        let root = try MerkleTree.root(size: Int64(count), LogScene.remembered) {
            level, index throws(LogDamage) in try hashes.hash(level: level, index: index)
        }
        #expect(root == checkpoint.root)
        #expect(directory.files["vkey"] == Array("\(scene.identity.key)\n".utf8))
    }

    /// The entries in the bundles.
    static func published(_ directory: InMemoryLogDirectory, _ count: Int) throws -> [[UInt8]] {
        try stride(from: 0, to: count, by: 256).flatMap { start in
            let width = min(256, count - start)
            let path = LogPath.entries(index: Int64(start / 256), width: width)
            let bytes = try #require(directory.files[path.text])
            return try #require(EntryBundle.decode(bytes, count: width))
        }
    }

    @Test func `each confirmed approval gets a receipt of at most 4 KiB`() async throws {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(300)
        _ = try await scene.publisher(directory, mark).publish()
        let confirmed = await scene.ledger.entries.filter { $0.kind == .confirmed }
        #expect(confirmed.count == 30)
        for entry in confirmed {
            let id = try #require(entry.transactionID)
            let bytes = try #require(directory.files["receipts/\(id.text).tlog-proof"])
            #expect(bytes.count <= 4_096)
            let receipt = try #require(Receipt(parsing: bytes))
            #expect(receipt.index == entry.seq - 1)
            let checkpoint = try receipt.verify(
                entry: entry.body, key: scene.identity.key, scene.identity.ed25519,
                TestSHA256.hash)
            #expect(checkpoint.size == 300)
        }
    }

    @Test func `nothing new is nothing signed`() async throws {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(3)
        _ = try await scene.publisher(directory, mark).publish()
        let files = directory.files
        let again = try await scene.publisher(directory, mark).publish()
        #expect(again == .init(size: 3, isNew: false))
        #expect(directory.files == files)
        #expect(scene.signer.signed.count == 1)
    }

    @Test func `a partial tile is removed once the full one is there`() async throws {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(200)
        _ = try await scene.publisher(directory, mark).publish()
        #expect(directory.files["tile/entries/000.p/200"] != nil)
        try await scene.write(100)
        _ = try await scene.publisher(directory, mark).publish()
        let tiles = directory.files.keys.filter { $0.hasPrefix("tile/") }.sorted()
        #expect(
            tiles == [
                "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000",
                "tile/entries/001.p/44",
            ])
    }

    @Test func `the checkpoint for everyone comes last and the ledger keeps it first`() async throws
    {
        let scene = try LogScene()
        let steps = FailingStep()
        let (directory, mark) = (
            InMemoryLogDirectory([:], steps), InMemoryHighWaterMark(nil, steps)
        )
        try await scene.write(10)
        _ = try await scene.publisher(directory, mark).publish()
        let receipt = "receipts/\(LogScene.id(9)).tlog-proof"
        let names = steps.names
        #expect(
            names == [
                "vkey", "tile/entries/000.p/10", "tile/0/000.p/10", "high-water", receipt,
                "checkpoint",
            ])
    }

    /// A crash at the nth step, before or after its effect, and a start after it: the files are
    /// those of a process that nothing befell.
    @Test(arguments: [false, true])
    func `a crash between any two writes leaves nothing that the next start does not mend`(
        _ isAfterEffect: Bool
    ) async throws {
        let sound = try await Self.files(failing: 0, isAfterEffect)
        #expect(sound.steps > 10)
        for step in 1...sound.steps {
            let mended = try await Self.files(failing: step, isAfterEffect)
            #expect(mended.wasCut, "step \(step)")
            #expect(mended.files == sound.files, "step \(step)")
            #expect(mended.mark == sound.mark, "step \(step)")
        }
    }

    private struct Outcome {
        let files: [String: [UInt8]]
        let mark: [UInt8]?
        let steps: Int
        let wasCut: Bool
    }

    /// 250 entries are published, then 20 more with a crash, then everything.
    private static func files(failing: Int, _ isAfterEffect: Bool) async throws -> Outcome {
        let scene = try LogScene()
        let (first, firstMark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(250)
        _ = try await scene.publisher(first, firstMark).publish()
        try await scene.write(20)
        let steps = FailingStep(failing, afterEffect: isAfterEffect)
        let directory = InMemoryLogDirectory(first.files, steps)
        let mark = InMemoryHighWaterMark(firstMark.note, steps)
        let why = await LogScene.stop(scene.publisher(directory, mark))
        #expect((why == nil) == (failing == 0))
        let (last, lastMark) = (
            InMemoryLogDirectory(directory.files), InMemoryHighWaterMark(mark.note)
        )
        _ = try await scene.publisher(last, lastMark).publish()
        return Outcome(
            files: last.files, mark: lastMark.note, steps: steps.names.count, wasCut: steps.isGone)
    }

    @Test(arguments: [InMemoryLedger.Moment.before, .after])
    func `a crash around the ledger's own record of a checkpoint changes nothing in the end`(
        _ moment: InMemoryLedger.Moment
    ) async throws {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(20)
        await scene.ledger.fail(.keep, moment)
        #expect(await LogScene.stop(scene.publisher(directory, mark)) != nil)
        // The first checkpoint's mark stands before the ledger knows of it: a ledger that knows
        // one and has no mark is a copy.
        #expect(mark.note != nil)
        #expect(directory.files["checkpoint"] == nil)
        await scene.ledger.restart()
        _ = try await scene.publisher(directory, mark).publish()
        let note = try #require(directory.files["checkpoint"])
        #expect(try scene.identity.checkpoint(note).size == 20)
        #expect(mark.note == note)
        #expect(directory.files["receipts/\(LogScene.id(19)).tlog-proof"] != nil)
    }

    @Test func `it is published at 256 new entries, and whatever is new within a minute`()
        async throws
    {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        let publisher = scene.publisher(directory, mark)
        _ = try await publisher.publish()
        let start = scene.clock.now()
        let watched = WatchedClock(scene.clock) { look throws(CancellationError) in
            switch look {
            case 3: try? await scene.write(256)
            case 10: try? await scene.write(1)
            case 200: throw CancellationError()
            default: break
            }
        }
        let scheduled = Publisher(
            publisher.places, signer: scene.signer, clock: watched, figures: scene.figures)
        try await scheduled.keepPublishing()
        let snapshot = scene.figures.snapshot
        #expect(snapshot.checkpointSize == 257)
        let signedAt = try #require(snapshot.checkpointAt)
        #expect(signedAt.milliseconds - start.milliseconds <= 70_000)
        #expect(signedAt.milliseconds - start.milliseconds >= 60_000)
        let coveredAt = try #require(snapshot.coveredAt)
        #expect(scene.clock.now().milliseconds - coveredAt.milliseconds <= 1_000)
        #expect(scene.signer.signed.count == 3)
    }
}

/// A clock whose every wait is seen, and may be the last.
private struct WatchedClock: WallClock {
    private let clock: ManualClock
    private let look: @Sendable (Int) async throws(CancellationError) -> Void

    init(
        _ clock: ManualClock,
        look: @escaping @Sendable (Int) async throws(CancellationError) -> Void
    ) {
        self.clock = clock
        self.look = look
    }

    func now() -> UnixTime { clock.now() }

    func wait(milliseconds: Int64) async throws(CancellationError) {
        try await clock.wait(milliseconds: milliseconds)
        try await look(clock.waits.count)
    }
}
