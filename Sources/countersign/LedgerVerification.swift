import ApprovalAgent
import ApprovalCore
import AuditFiles
import SQLiteLedger
import SodiumKeys

/// Verifies the configured ledger, its audit directory, and that both say the same.
///
/// INVARIANT: I7. It takes no lock, writes nothing, and decodes no secret key.
struct LedgerVerification {
    /// So many entries are read from the ledger at a time: whole bundles.
    private static let entriesAtOnce = 4_096

    private let configuration: Configuration
    private let key: VerifierKey
    private let reader: SQLiteLedgerReader

    init(_ configuration: Configuration) throws(Failure) {
        self.configuration = configuration
        let publicKey: PublicKey
        do throws(KeyFileError) {
            publicKey = try KeyFile.publicPart(
                configuration.ledger.logKeyFile, purpose: .log,
                environment: configuration.environment
            ).publicKey
        } catch { throw .invalid(error.description) }
        let origin = configuration.ledger.origin
        guard let key = VerifierKey(name: origin, publicKey: publicKey, Sodium.sha256) else {
            throw .invalid(
                "\(configuration.path): ledger.origin: \(origin) cannot be the name of a log; "
                    + "take one without spaces and without +")
        }
        self.key = key
        reader = try Wiring.ledgerReader(configuration)
    }

    /// What was signed is read before the directory is, so that an agent that works meanwhile can
    /// only be ahead of it.
    func run(since kept: [KeptNote]) async throws -> LogReport {
        if let begun = configuration.begunAcceptance {
            Console.note("\(begun); nothing is approved until it is repeated")
        }
        let last = try await Wiring.read { () async throws(LedgerError) in
            try await reader.lastCheckpoint()
        }
        let signed = try kept + signed(last)
        let directory = configuration.ledger.auditDirectory
        let verification = LogVerification(directory: directory, key: key)
        var report = LogReport(directory: directory, key: key)
        if try last != nil || verification.published() != nil {
            report = try verification.run(since: signed)
            if report.fault?.deed == .rolledBack,
                let unfinished = try await unfinished(verification, signed)
            {
                report = unfinished
            }
        } else {
            Console.note("\(directory): nothing was published yet; the ledger alone is verified")
        }
        try await compare(verification, &report)
        try await addLoss(&report)
        try await explain(kept, verification, &report)
        return report
    }

    /// The directory under the newest checkpoint that was signed, where it holds all that this is
    /// of: then it is no older copy, but one that is being published, or was when the agent was
    /// stopped. Nil where it does not.
    private func unfinished(
        _ verification: LogVerification, _ signed: [KeptNote]
    ) async throws(Failure) -> LogReport? {
        func size(_ kept: KeptNote) -> Int64 {
            (try? verification.checkpoint(kept).get())?.size ?? -1
        }
        guard let newest = signed.max(by: { size($0) < size($1) }) else { return nil }
        var report = try verification.run(under: newest, since: signed)
        guard report.fault == nil else { return nil }
        for _ in 0..<Self.patience {
            report.isUnfinished = try verification.published().map(size) ?? -1 < size(newest)
            guard report.isUnfinished else { break }
            // An agent at work publishes within milliseconds; nothing tells when it has.
            try? await Task.sleep(for: .milliseconds(100))
        }
        return report
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

    /// Reads the whole ledger: every row of it, every entry against the published one.
    private func compare(
        _ verification: LogVerification, _ report: inout LogReport
    ) async throws(Failure) {
        let file = configuration.ledger.file
        let other = try Wiring.ledgerReader(configuration)
        async let rows = Self.check(other)
        do throws(LedgerError) {
            let frontier = try await reader.frontier()
            report.ledgerEntries = frontier.size
            let published = report.checkpoint?.size ?? 0
            if frontier.size < published {
                report.add(
                    LogFault(
                        .rolledBack, (frontier.size + 1)...published, in: file,
                        "the ledger ends before what was published of it: it was restored from an "
                            + "older copy"))
            }
            if let fault = try await entries(frontier, verification, published) {
                report.add(fault)
            }
            try await rows.get()
        } catch {
            guard case .corrupt(let why) = error else {
                throw .failed("\(file): the ledger cannot be read: \(error)")
            }
            report.add(LogFault(.edited, nil, in: file, why))
        }
    }

    /// Reads every row, on a connection of its own beside the one that reads the entries.
    @concurrent
    private static func check(
        _ reader: SQLiteLedgerReader
    ) async -> Result<Void, LedgerError> {
        do throws(LedgerError) { return .success(try await reader.check()) } catch {
            return .failure(error)
        }
    }

    /// The first entry of the ledger that is not the one that was published, or not numbered as
    /// the one that follows; else whether they make the tree that the ledger keeps.
    private func entries(
        _ frontier: Frontier, _ verification: LogVerification, _ published: Int64
    ) async throws(LedgerError) -> LogFault? {
        let file = configuration.ledger.file
        let tiles = LeafTiles(verification, size: published)
        var tree = Frontier()
        let progress = ProgressLine("verified")
        defer { progress.end() }
        while tree.size < frontier.size {
            let count = min(Int64(Self.entriesAtOnce), frontier.size - tree.size)
            let leaves = try await reader.leaves(from: tree.size, count: Int(count))
            for leaf in leaves {
                let seq = tree.size + 1
                let hash = MerkleTree.leaf(leaf.entry, Sodium.sha256)
                guard leaf.index == tree.size, hash == leaf.hash else {
                    return LogFault(
                        .edited, seq...seq, in: file, "the ledger's entry is not what was written")
                }
                if let due = tiles.hash(leaf.index), due != hash {
                    return LogFault(
                        .forked, seq...seq, in: file,
                        "the ledger's entry is not the one that was published")
                }
                tree.append(leaf: hash, Sodium.sha256)
            }
            guard leaves.count == Int(count) else {
                return LogFault(
                    .truncated, (tree.size + 1)...(tree.size + 1), in: file,
                    "the ledger ends before the tree that it keeps")
            }
            progress.add(count, of: frontier.size)
        }
        guard tree == frontier else {
            return LogFault(
                .edited, nil, in: file, "its entries do not make the tree that it keeps")
        }
        return nil
    }
}

/// The published hashes of entries, one tile of them at a time.
private final class LeafTiles {
    private let hashes: TileHashes
    private let size: Int64
    private var tile: (index: Int64, hashes: [Digest]) = (-1, [])

    init(_ verification: LogVerification, size: Int64) {
        self.size = size
        let files = verification.files
        hashes = TileHashes(size: size, Sodium.sha256) { path throws(LogDamage) in
            try? files.read(path.text)
        }
    }

    /// Nil beyond the checkpoint, and where the tile cannot be read: that is told elsewhere.
    func hash(_ index: Int64) -> Digest? {
        guard index < size else { return nil }
        if tile.index != index >> 8 {
            tile = (index >> 8, (try? hashes.tile(level: 0, index: index >> 8)) ?? [])
        }
        let place = Int(index & 0xFF)
        return place < tile.hashes.count ? tile.hashes[place] : nil
    }
}
