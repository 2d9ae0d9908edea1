package import ApprovalCore

/// Makes the receipts of approvals: for each `confirmed` entry the proof that the log holds it.
struct ReceiptWriter {
    let places: LogPlaces
    let checkpoint: SignedCheckpoint

    init(_ places: LogPlaces, _ checkpoint: SignedCheckpoint) {
        self.places = places
        self.checkpoint = checkpoint
    }

    /// Writes the receipts of the `confirmed` entries in a range that the checkpoint covers.
    func write(for range: Range<Int64>) async throws(Stop) {
        var maker = try ReceiptMaker(places, under: checkpoint.note)
        try await places.forEachBundle(range) { leaves throws(Stop) in
            var files: [LogFile] = []
            for leaf in leaves where leaf.kind == .confirmed {
                guard let id = leaf.transactionID else { continue }
                let receipt = try maker.receipt(of: leaf)
                let file = LogFile(path: LogPlaces.Name.receipt(id), bytes: receipt.bytes)
                guard file.bytes.count <= Publisher.longestReceipt else {
                    throw Stop(
                        "\(file.path) would be longer than \(Publisher.longestReceipt) bytes: "
                            + "shorten ledger.origin in a new ledger")
                }
                if try places.read(file.path) != file.bytes { files.append(file) }
            }
            try places.write(files)
        }
    }
}

/// Makes receipts under one signed checkpoint, out of the tiles; each is verified.
struct ReceiptMaker {
    private let note: SignedNote
    private let checkpoint: Checkpoint
    private let sha256: SHA256
    private var tiles: RememberedTiles

    /// Stops where the note is no checkpoint of this log.
    init(_ places: LogPlaces, under note: [UInt8]) throws(Stop) {
        guard let parsed = SignedNote(parsing: note) else {
            throw .tiles("the checkpoint is not one of this log")
        }
        self.note = parsed
        do throws(SignedNoteError) { checkpoint = try places.identity.checkpoint(note) } catch {
            throw .tiles("the checkpoint is not one of this log: \(error)")
        }
        sha256 = places.sha256
        tiles = RememberedTiles(
            TileHashes(size: checkpoint.size, sha256) {
                [directory = places.directory] path throws(LogDamage) in
                do throws(LogDirectoryError) { return try directory.read(path.text) } catch {
                    throw LogDamage(path: path)
                }
            })
    }

    mutating func receipt(of leaf: LogLeaf) throws(Stop) -> Receipt {
        let proof: [Digest]?
        do throws(LogDamage) {
            proof = try MerkleTree.inclusion(of: leaf.index, size: checkpoint.size, sha256) {
                level, index throws(LogDamage) in try tiles.hash(level: level, index: index)
            }
        } catch { throw .tiles("the audit directory is damaged: \(error)") }
        let hashes = proof ?? []
        guard
            MerkleTree.verifyInclusion(
                of: MerkleTree.leaf(leaf.entry, sha256), at: leaf.index, size: checkpoint.size,
                root: checkpoint.root, hashes, sha256)
        else { throw .tiles("the tiles do not lead from entry \(leaf.index + 1) to the root") }
        return Receipt(index: leaf.index, hashes: hashes, note: note)
    }
}

extension LogPlaces {
    /// The receipt of an entry under a signed checkpoint that covers it, out of the tiles; verified.
    package func receipt(of leaf: LogLeaf, under note: [UInt8]) throws(Stop) -> Receipt {
        var maker = try ReceiptMaker(self, under: note)
        return try maker.receipt(of: leaf)
    }
}
