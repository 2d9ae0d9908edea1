import ApprovalCore

extension LogPlaces {
    /// Makes everything that is published anew, into an empty directory: tiles, bundles and receipts
    /// under the ledger's last checkpoint, which was signed before. No key is needed. Gives the
    /// number of entries; nil where nothing was ever signed.
    ///
    /// Tiles and bundles are byte for byte those that were published; only partial ones of earlier
    /// checkpoints are not made again.
    package func rebuild() async throws(Stop) -> Int64? {
        let (_, last) = try await ledgerState()
        guard let last else { return nil }
        let signed: Checkpoint
        do throws(SignedNoteError) { signed = try identity.checkpoint(last.note) } catch {
            throw .damaged("the ledger's last checkpoint is not one of this log: \(error)")
        }
        let end = try await extended(TileEdge(), to: last.frontier.size)
        guard let end, let frontier = end.frontier(sha256), frontier == last.frontier,
            signed.size == frontier.size, signed.root == frontier.root(sha256)
        else {
            throw .damaged("the ledger's entries do not make the tree of its last checkpoint")
        }
        try await TileWriter(self).write(from: TileEdge(), to: end)
        try await ReceiptWriter(self, last).write(for: 0..<frontier.size)
        try write([LogFile(path: Name.checkpoint, bytes: last.note)])
        return frontier.size
    }
}
