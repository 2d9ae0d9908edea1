import ApprovalCore

/// Publishes the log: tiles and bundles, then a signed checkpoint over them, then receipts.
///
/// It remembers nothing between two calls: whatever a crash left is found again in the ledger and in
/// the files, and the same files are there in the end. Nothing is ever tried again in place.
package struct Publisher: Sendable {
    /// What was published.
    package struct Published: Hashable, Sendable {
        /// The number of entries that the last checkpoint covers.
        package let size: Int64
        /// Whether that checkpoint was signed now.
        package let isNew: Bool

        package init(size: Int64, isNew: Bool) {
            self.size = size
            self.isNew = isNew
        }
    }

    /// The longest receipt, in bytes.
    package static let longestReceipt = 4_096

    package let places: LogPlaces
    private let signer: any Signer
    let figures: Figures
    let clock: any WallClock

    var sha256: SHA256 { places.sha256 }

    /// `signer` is the log's key, never an approval key.
    package init(
        _ places: LogPlaces, signer: any Signer, clock: any WallClock, figures: Figures
    ) {
        self.places = places
        self.clock = clock
        self.signer = signer
        self.figures = figures
    }

    /// Publishes what is durable in the ledger and not yet covered by a checkpoint; ends first what
    /// an earlier process did not. An empty log gets a checkpoint too.
    ///
    /// INVARIANT: I8. Before it signs, it reads the entries anew, hashes them again, extends the
    /// tree of the last checkpoint with them, and compares the outcome with the ledger's own
    /// frontier; the last checkpoint must be the same in the ledger and in the high-water mark.
    package func publish() async throws(Stop) -> Published {
        let now = clock.now()
        do throws(Stop) {
            let published = try await publishOnce()
            figures.covered(published.size, at: now, isNew: published.isNew)
            return published
        } catch {
            figures.publishingFailed()
            throw error
        }
    }

    private func publishOnce() async throws(Stop) -> Published {
        if case .behind(let why) = try await places.standing() { throw .behind(why) }
        let (frontier, last) = try await places.ledgerState()
        let start = try edge(at: last?.frontier ?? Frontier())
        try places.checkVerifierKey()
        if let last { try await finish(last) }
        if let last, last.frontier.size >= frontier.size {
            guard last.frontier == frontier else {
                throw .damaged("the ledger's frontier is not that of its last checkpoint")
            }
            return Published(size: frontier.size, isNew: false)
        }
        guard let end = try await places.extended(start, to: frontier.size),
            end.frontier(sha256) == frontier
        else {
            throw .damaged(
                "the ledger's \(frontier.size) entries do not make the tree that it keeps")
        }
        try await TileWriter(places).write(from: start, to: end)
        let checkpoint = SignedCheckpoint(frontier: frontier, note: try sign(frontier))
        // From the first checkpoint on there is a mark: a ledger without one is a copy.
        if last == nil { try keepMark(checkpoint) }
        do throws(LedgerError) { try await places.log.keep(checkpoint) } catch { throw Stop(error) }
        try await finish(checkpoint)
        return Published(size: frontier.size, isNew: true)
    }

    /// The edge of the tiles under a checkpoint that was signed.
    private func edge(at frontier: Frontier) throws(Stop) -> TileEdge {
        let edge = try TileEdge(size: frontier.size) { path throws(Stop) in
            try places.read(path.text)
        }
        guard let edge, edge.frontier(sha256) == frontier else {
            throw .tiles(
                "the tiles in the audit directory are not those of the last checkpoint, of "
                    + "\(frontier.size) entries: one is missing or was changed")
        }
        return edge
    }

    /// INVARIANT: I11. The log's key signs checkpoints alone; what it gives is verified.
    private func sign(_ frontier: Frontier) throws(Stop) -> [UInt8] {
        let key = places.identity.key
        let checkpoint = Checkpoint(
            origin: key.name, size: frontier.size, root: frontier.root(sha256))
        let signature: Signature
        do throws(SignerError) { signature = try signer.sign(Array(checkpoint.text.utf8)) } catch {
            throw Stop("the log key did not sign: \(error)")
        }
        let note = SignedNote(text: checkpoint.text, lines: [.init(key, signature)]).bytes
        guard (try? places.identity.checkpoint(note)) == checkpoint else {
            throw Stop("the log key's signature does not verify: check ledger.log_key_file")
        }
        return note
    }

    /// What follows on a checkpoint that the ledger keeps, as far as it is not done: the high-water
    /// mark, the receipts of what it newly covers, and last the checkpoint for everyone. A ledger
    /// that was copied just before its last checkpoint leaves what is newer as it is.
    private func finish(_ checkpoint: SignedCheckpoint) async throws(Stop) {
        let size = checkpoint.frontier.size
        let mark = try places.highWaterNote().map(size(of:)) ?? -1
        guard mark <= size else { return }
        if mark < size { try keepMark(checkpoint) }
        let published = try places.read(LogPlaces.Name.checkpoint).map(size(of:)) ?? -1
        guard published < size else { return }
        try await ReceiptWriter(places, checkpoint).write(for: max(0, published)..<size)
        try places.write([LogFile(path: LogPlaces.Name.checkpoint, bytes: checkpoint.note)])
    }

    private func keepMark(_ checkpoint: SignedCheckpoint) throws(Stop) {
        do throws(LogDirectoryError) { try places.highWater.keep(checkpoint.note) } catch {
            throw Stop(error)
        }
    }

    private func size(of note: [UInt8]) throws(Stop) -> Int64 {
        do throws(SignedNoteError) { return try places.identity.checkpoint(note).size } catch {
            throw .damaged("a checkpoint is not one of this log: \(error)")
        }
    }
}
