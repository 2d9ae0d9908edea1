import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct LogStandingTests {
    /// A log of 20 entries that was published, and what was.
    private static func published(
        _ count: Int = 20
    ) async throws -> (LogScene, InMemoryLogDirectory, InMemoryHighWaterMark) {
        let scene = try LogScene()
        let (directory, mark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await scene.write(count)
        _ = try await scene.publisher(directory, mark).publish()
        return (scene, directory, mark)
    }

    private static func isBehind(_ standing: LogStanding) -> Bool {
        switch standing {
        case .behind: true
        case .sound: false
        }
    }

    @Test func `a ledger that holds all that was signed is sound`() async throws {
        let (scene, directory, mark) = try await Self.published()
        let old = mark.note
        #expect(try await scene.places(directory, mark).standing() == .sound)
        try await scene.write(30)
        #expect(try await scene.places(directory, mark).standing() == .sound)
        _ = try await scene.publisher(directory, mark).publish()
        #expect(try await scene.places(directory, mark).standing(given: old) == .sound)
        let bare = scene.places(InMemoryLogDirectory(), mark)
        #expect(try await bare.standing(given: old) == .sound, "without a tile at hand")
    }

    @Test(arguments: ["mark", "directory", "given"])
    func `a ledger that was restored from an older copy is behind`(_ place: String) async throws {
        let (_, directory, mark) = try await Self.published()
        let older = try LogScene()
        try await older.write(19)
        let note = try #require(mark.note)
        let files = try #require(directory.files["checkpoint"])
        let standing = try await older.places(
            InMemoryLogDirectory(place == "directory" ? ["checkpoint": files] : [:]),
            InMemoryHighWaterMark(place == "mark" ? note : nil)
        ).standing(given: place == "given" ? note : nil)
        #expect(Self.isBehind(standing))
        let publisher = older.publisher(
            InMemoryLogDirectory(place == "given" ? [:] : ["checkpoint": files]),
            InMemoryHighWaterMark(place == "mark" ? note : nil))
        guard place != "given" else { return }
        let why = try #require(await LogScene.stop(publisher))
        #expect(
            why.contains(
                "nothing is approved until `countersign reconcile --accept`".capitalizedFirst))
        #expect(older.signer.signed.isEmpty)
    }

    @Test func `a ledger with as many other entries is no continuation`() async throws {
        let (_, directory, mark) = try await Self.published()
        let other = try LogScene()
        other.clock.advance(milliseconds: 5)
        try await other.write(25)
        let places = other.places(InMemoryLogDirectory(), mark)
        #expect(Self.isBehind(try await places.standing()))
        let fooled = other.places(directory, mark)
        #expect(Self.isBehind(try await fooled.standing()), "with the tiles of the first")
    }

    @Test func `a copy that was made just before its last checkpoint goes on from there`()
        async throws
    {
        let (scene, directory, mark) = try await Self.published()
        try await scene.write(5)
        _ = try await scene.publisher(directory, mark).publish()
        let copy = try LogScene()
        let (aside, asideMark) = (InMemoryLogDirectory(), InMemoryHighWaterMark())
        try await copy.write(20)
        _ = try await copy.publisher(aside, asideMark).publish()
        try await copy.write(5)
        #expect(try await copy.places(directory, mark).standing() == .sound)
        let published = try await copy.publisher(directory, mark).publish()
        #expect(published.size == 25)
        #expect(try await copy.ledger.lastCheckpoint()?.note == mark.note)
    }

    @Test(arguments: ["other key", "no note", "nothing"])
    func `a high-water mark that the log key did not sign is refused`(_ kind: String) async throws {
        let (scene, directory, mark) = try await Self.published()
        let other = try LogScene(key: "other key")
        let otherMark = InMemoryHighWaterMark()
        try await other.write(20)
        _ = try await other.publisher(InMemoryLogDirectory(), otherMark).publish()
        let bad: [UInt8] =
            switch kind {
            case "other key": try #require(otherMark.note)
            case "no note": Array("something\n".utf8)
            default: []
            }
        #expect(bad != mark.note)
        let why = await LogScene.stop(
            scene.publisher(directory, InMemoryHighWaterMark(bad)))
        #expect(why?.contains("high-water mark") == true)
        #expect(scene.signer.signed.count == 1)
    }

    @Test(arguments: ["leaf", "rehashed leaf", "frontier", "last checkpoint"])
    func `nothing is signed over a ledger that is not what was written`(
        _ place: String
    ) async throws {
        let (scene, directory, mark) = try await Self.published()
        try await scene.write(15)
        var log = LyingLog(log: scene.ledger)
        switch place {
        case "leaf": log.lie = { $0.index == 31 ? $0.changed() : $0 }
        case "rehashed leaf": log.lie = { $0.index == 31 ? $0.changed(rehashed: true) : $0 }
        case "frontier":
            log.frontierLie = { Frontier(size: $0.size, hashes: $0.hashes.reversed()) ?? $0 }
        default:
            let tree = Frontier()
            log.checkpointLie = { $0.map { SignedCheckpoint(frontier: tree, note: $0.note) } }
        }
        let before = (directory.files, mark.note)
        let why = await LogScene.stop(scene.publisher(directory, mark, log: log))
        #expect(why != nil)
        #expect(scene.signer.signed.count == 1)
        #expect(directory.files == before.0)
        #expect(mark.note == before.1)
        #expect(scene.figures.snapshot.publishingFailures == 1)
    }

    @Test(arguments: ["tile/0/000.p/20", "tile/0/000", "vkey"])
    func `nothing is signed over a file that is not what the ledger says`(
        _ path: String
    ) async throws {
        let (scene, directory, mark) = try await Self.published()
        var bytes = directory.files[path] ?? [UInt8](repeating: 0, count: 8_192)
        bytes[0] ^= 1
        directory.tamper(path, bytes)
        try await scene.write(240)
        let why = await LogScene.stop(scene.publisher(directory, mark))
        #expect(why?.contains("countersign audit rebuild") == true)
        #expect(scene.signer.signed.count == 1)
    }

    @Test func `a missing tile is told with the way to make it anew`() async throws {
        let (scene, directory, mark) = try await Self.published()
        directory.tamper("tile/0/000.p/20", nil)
        try await scene.write(1)
        let why = await LogScene.stop(scene.publisher(directory, mark))
        #expect(why?.contains("countersign audit rebuild") == true)
    }
}

extension String {
    /// With its first letter as a capital.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
