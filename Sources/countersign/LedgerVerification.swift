import ApprovalAgent
import ApprovalCore
import AuditFiles
import SQLiteLedger
import SodiumKeys
import Synchronization

/// Verifies the configured ledger, its audit directory, and that both say the same.
///
/// INVARIANT: I7. It takes no lock, writes nothing, and decodes no secret key.
struct LedgerVerification {
    private let configuration: Configuration
    private let key: VerifierKey
    private let reader: SQLiteLedgerReader

    init(_ configuration: Configuration) throws(Failure) {
        self.configuration = configuration
        key = try Wiring.logIdentity(configuration, configuration.logPublicKey()).key
        reader = try Wiring.ledgerReader(configuration)
    }

    /// The ledger's entries, its other rows and its directory are read side by side. What was signed is read before the
    /// directory is, and where the ledger ends after it, so that an agent that works meanwhile
    /// can only be ahead.
    func run(since kept: [KeptNote]) async throws -> LogReport {
        if let begun = configuration.begunAcceptance {
            Console.note("\(begun); nothing is approved until it is repeated")
        }
        let (last, expected) = try await Wiring.read { () async throws(LedgerError) in
            (try await reader.lastCheckpoint(), try await reader.frontier().size)
        }
        let verification = LogVerification(
            directory: configuration.ledger.auditDirectory, key: key, progress: nil)
        let other = try Wiring.ledgerReader(configuration)
        async let rows = Self.rows(other)
        async let examined = entries(
            LeafTiles(verification.files, size: try size(of: verification.published())), expected)
        var report = try await published(verification, last, kept)
        try report.add(await rows, in: configuration.ledger.file)
        try report.add(await examined, in: configuration.ledger.file)
        let frontier = try await Wiring.read { () async throws(LedgerError) in
            try await reader.frontier()
        }
        report.ledgerEntries = frontier.size
        if let published = report.checkpoint?.size, frontier.size < published {
            report.add(
                LogFault(
                    .rolledBack, (frontier.size + 1)...published, in: configuration.ledger.file,
                    "the ledger ends before what was published of it: it was restored from an "
                        + "older copy"))
        }
        try await addLoss(&report)
        try await explain(kept, verification, &report)
        return report
    }

    /// The directory, against its own checkpoint and all that are known.
    private func published(
        _ verification: LogVerification, _ last: SignedCheckpoint?, _ kept: [KeptNote]
    ) async throws(Failure) -> LogReport {
        let signed = try kept + signed(last)
        let isPublished = try verification.published() != nil
        guard last != nil || isPublished else {
            Console.note(
                "\(verification.directory): nothing was published yet; the ledger alone is verified"
            )
            return LogReport(directory: verification.directory, key: key)
        }
        let report = try verification.run(since: signed)
        guard report.fault?.deed == .rolledBack else { return report }
        return try await unfinished(verification, signed) ?? report
    }

    /// The directory under the newest checkpoint that was signed, where it holds all that this is
    /// of: then it is no older copy, but one that is being published, or was when the agent was
    /// stopped. Nil where it does not.
    private func unfinished(
        _ verification: LogVerification, _ signed: [KeptNote]
    ) async throws(Failure) -> LogReport? {
        guard let newest = signed.max(by: { size(of: $0) < size(of: $1) }) else { return nil }
        var report = try verification.run(under: newest, since: signed)
        guard report.fault == nil else { return nil }
        for _ in 0..<Self.patience {
            report.isUnfinished = try size(of: verification.published()) < size(of: newest)
            guard report.isUnfinished else { break }
            // An agent at work publishes within milliseconds; nothing tells when it has.
            try? await Task.sleep(for: .milliseconds(100))
        }
        return report
    }

    /// Of a checkpoint of this log; 0 where it is none.
    private func size(of note: KeptNote?) -> Int64 {
        guard let note = note?.note else { return 0 }
        return (try? note.checkpoint(by: key) { Sodium.verify($1, of: $0, by: $2) })?.size ?? 0
    }

    /// Looks at the directory's checkpoint, a tenth of a second apart.
    private static let patience = 20

    /// INVARIANT: I8. What says that entries were lost, though all that is there fits together.
    private func addLoss(_ report: inout LogReport) async throws(Failure) {
        if configuration.begunAcceptance != nil {
            report.add(
                LogFault(
                    .rolledBack, nil, in: configuration.acceptanceFile.path,
                    "an acceptance after a loss was begun and not ended; repeat `countersign "
                        + "reconcile --accept`"))
        }
        if let why = try await Wiring.read({ () async throws(LedgerError) in
            try await reader.behind()
        }) {
            report.add(LogFault(.rolledBack, nil, in: configuration.ledger.file, why))
        }
    }

    /// Where the log was abandoned at a checkpoint that was kept, and the entry that says so is in
    /// the ledger, published or not.
    private func explain(
        _ kept: [KeptNote], _ verification: LogVerification, _ report: inout LogReport
    ) async throws(Failure) {
        guard report.abandonment == nil, let fault = report.fault,
            let old = verification.doubted(by: fault, kept)
        else { return }
        let entries = try await Wiring.read { () async throws(LedgerError) in
            try await reader.entries(limit: Self.looksBack)
        }
        for entry in entries.reversed() where entry.kind == .reconciled {
            if let found = Abandonment(entry: entry.body, of: old, isPublished: false) {
                return report.add(found)
            }
        }
    }

    /// So many of the latest entries are looked at for one that is not published.
    private static let looksBack = 1_000

    /// The notes that show how far the log was signed, wherever the directory says it ends.
    private func signed(_ last: SignedCheckpoint?) throws(Failure) -> [KeptNote] {
        let mark = HighWaterFile(besideLedger: configuration.ledger.file)
        var notes: [KeptNote] = []
        do throws(LogDirectoryError) {
            if let note = try mark.read() {
                notes.append(KeptNote(file: mark.path, note: SignedNote(parsing: note)))
            }
        } catch { throw .failed(error.description) }
        if let last {
            notes.append(
                KeptNote(file: configuration.ledger.file, note: SignedNote(parsing: last.note)))
        }
        return notes
    }

    /// Reads every row but those of entries, on a connection of its own.
    @concurrent
    private static func rows(
        _ reader: SQLiteLedgerReader
    ) async -> Result<BadEntry?, LedgerError> {
        do throws(LedgerError) {
            try await reader.checkRows()
            return .success(nil)
        } catch { return .failure(error) }
    }

    /// Reads every entry, against the published one too.
    @concurrent
    private func entries(
        _ tiles: LeafTiles, _ entries: Int64
    ) async -> Result<BadEntry?, LedgerError> {
        let tiles = Mutex(tiles)
        let progress = ProgressLine("verified")
        defer { progress.end() }
        do throws(LedgerError) {
            return .success(
                try await reader.checkEntries { index, hash in
                    if index & 0xFFF == 0 { progress.show(index, of: entries) }
                    return tiles.withLock { $0.hash(index) ?? hash } == hash
                })
        } catch { return .failure(error) }
    }
}

extension LogReport {
    /// Tells what reading a part of the ledger gave.
    fileprivate mutating func add(
        _ examined: Result<BadEntry?, LedgerError>, in file: String
    ) throws(Failure) {
        do throws(LedgerError) {
            guard let bad = try examined.get() else { return }
            let deed: LogFault.Deed =
                switch bad.fault {
                case .changed: .edited
                case .removed: .removed
                case .cutOff: .truncated
                case .otherPublished: .forked
                }
            add(LogFault(deed, bad.seq...bad.seq, in: file, "the ledger's entry \(bad.why)"))
        } catch {
            guard case .corrupt(let why) = error else {
                throw .failed("\(file): the ledger cannot be read: \(error)")
            }
            add(LogFault(.edited, nil, in: file, why))
        }
    }
}

/// The published hashes of entries, one tile of them at a time.
private struct LeafTiles {
    private let hashes: TileHashes
    private let size: Int64
    private var tile: (index: Int64, hashes: [Digest]) = (-1, [])

    init(_ files: AuditDirectory, size: Int64) {
        self.size = size
        hashes = TileHashes(size: size, Sodium.sha256) { path throws(LogDamage) in
            try? files.read(path.text)
        }
    }

    /// Nil beyond the checkpoint, and where the tile cannot be read: that is told elsewhere.
    mutating func hash(_ index: Int64) -> Digest? {
        guard index < size else { return nil }
        if tile.index != index >> 8 {
            tile = (index >> 8, (try? hashes.tile(level: 0, index: index >> 8)) ?? [])
        }
        let place = Int(index & 0xFF)
        return place < tile.hashes.count ? tile.hashes[place] : nil
    }
}
