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
        try await places.forEachBundle(range) { leaves throws(Stop) in
            var files: [LogFile] = []
            for leaf in leaves where leaf.kind == .confirmed {
                guard let id = leaf.transactionID else { continue }
                let receipt = try places.receipt(of: leaf, under: checkpoint.note)
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

extension LogPlaces {
    /// The receipt of an entry under a signed checkpoint that covers it, out of the tiles; verified.
    package func receipt(of leaf: LogLeaf, under note: [UInt8]) throws(Stop) -> Receipt {
        let checkpoint: Checkpoint
        do throws(SignedNoteError) { checkpoint = try identity.checkpoint(note) } catch {
            throw .tiles("the checkpoint is not one of this log: \(error)")
        }
        guard let note = SignedNote(parsing: note) else {
            throw .tiles("the checkpoint is not one of this log")
        }
        let hashes = TileHashes(size: checkpoint.size, sha256) { path throws(LogDamage) in
            do throws(LogDirectoryError) { return try directory.read(path.text) } catch {
                throw LogDamage(path: path)
            }
        }
        let proof: [Digest]?
        do throws(LogDamage) {
            proof = try MerkleTree.inclusion(of: leaf.index, size: checkpoint.size, sha256) {
                level, index throws(LogDamage) in try hashes.hash(level: level, index: index)
            }
        } catch { throw .tiles("the audit directory is damaged: \(error)") }
        let receipt = Receipt(index: leaf.index, hashes: proof ?? [], note: note)
        do throws(ReceiptError) {
            _ = try receipt.verify(
                entry: leaf.entry, key: identity.key, identity.ed25519, sha256)
        } catch {
            throw .tiles("the tiles do not lead from entry \(leaf.index + 1) to the root")
        }
        return receipt
    }
}
