import ApprovalCore

/// How a ledger stands to the checkpoints that were signed of it.
package enum LogStanding: Hashable, Sendable {
    /// It holds all that was ever signed, as far as the checkpoints at hand say.
    case sound
    /// Something that was signed is not in it: it was restored from an older copy, or is another.
    /// One sentence says which checkpoint tells so, and how.
    case behind(String)
}

extension LogPlaces {
    /// Holds the ledger against its own last checkpoint, the high-water mark, the published
    /// checkpoint and one that was given: each must be signed by the log, and be of a tree that the
    /// ledger's own begins with.
    ///
    /// Throws where ledger or files cannot be read. Where nothing was restored it takes a few small
    /// reads; otherwise up to all entries are hashed again.
    package func standing(given: [UInt8]? = nil) async throws(Stop) -> LogStanding {
        let notes = [
            ("the high-water mark beside the ledger", try highWaterNote()),
            ("the checkpoint in the audit directory", try read(Name.checkpoint)),
            ("the checkpoint that was given", given),
        ]
        let (frontier, last) = try await ledgerState()
        if let last, last.frontier.size > 0, notes[0].1 == nil {
            return .behind(
                "the high-water mark beside the ledger is missing, and the ledger knows a "
                    + "checkpoint of \(last.frontier.size) entries: it may be a copy")
        }
        var known = [(frontier.size, frontier.root(sha256))]
        if let last {
            let root = last.frontier.root(sha256)
            let signed = try? identity.checkpoint(last.note)
            guard signed?.size == last.frontier.size, signed?.root == root else {
                return .behind("the ledger's own last checkpoint is not of the tree beside it")
            }
            known.append((last.frontier.size, root))
            if let why = try await doubt(last.note, last, frontier, &known) {
                return .behind("the ledger's own last checkpoint \(why)")
            }
        }
        for (name, note) in notes {
            guard let note, note != last?.note else { continue }
            if let why = try await doubt(note, last, frontier, &known) {
                return .behind("\(name) \(why)")
            }
        }
        return .sound
    }

    /// Why a note is not a checkpoint of this ledger; nil where it is. `known` are sizes and roots
    /// of the ledger's own tree that were worked out before.
    private func doubt(
        _ note: [UInt8], _ last: SignedCheckpoint?, _ frontier: Frontier,
        _ known: inout [(Int64, Digest)]
    ) async throws(Stop) -> String? {
        let checkpoint: Checkpoint
        do throws(SignedNoteError) { checkpoint = try identity.checkpoint(note) } catch {
            return "is not one of this log: \(error)"
        }
        guard checkpoint.size <= frontier.size else {
            return "is of \(checkpoint.size) entries, and the ledger has \(frontier.size)"
        }
        var root = known.first { $0.0 == checkpoint.size }?.1
        if root == nil {
            let target = last.map(\.frontier).flatMap { $0.size > checkpoint.size ? $0 : nil }
            root = try await self.root(of: checkpoint, before: target ?? frontier)
            if let root { known.append((checkpoint.size, root)) }
        }
        return root == checkpoint.root
            ? nil : "is of \(checkpoint.size) entries that are not the ledger's first ones"
    }

    /// So many entries are rather hashed from a tile on than all from the first.
    private static let longestWay: Int64 = 65_536

    /// The root of the ledger's tree at the size of a checkpoint: that of the tiles, where the
    /// ledger's entries lead on from there to a frontier of its own, else of all entries anew.
    private func root(
        of checkpoint: Checkpoint, before frontier: Frontier
    ) async throws(Stop) -> Digest? {
        if frontier.size - checkpoint.size <= Self.longestWay,
            let edge = TileEdge(size: checkpoint.size, read: { try? directory.read($0.text) }),
            let start = edge.frontier(sha256), start.root(sha256) == checkpoint.root,
            try await extended(edge, to: frontier.size)?.frontier(sha256) == frontier
        {
            return checkpoint.root
        }
        return try await extended(TileEdge(), to: checkpoint.size)?.frontier(sha256)?.root(sha256)
    }

    /// The edge with the ledger's entries up to a size appended; nil where those that it has itself
    /// are not the ledger's.
    func extended(_ edge: TileEdge, to size: Int64) async throws(Stop) -> TileEdge? {
        var (next, isOwn) = (edge, true)
        try await forEachBundle((edge.size / 256 * 256)..<size) { leaves throws(Stop) in
            for leaf in leaves {
                if leaf.index >= edge.size {
                    _ = next.append(leaf: leaf.hash, sha256)
                } else if edge.leaf(leaf.index) != leaf.hash {
                    isOwn = false
                }
            }
        }
        return isOwn ? next : nil
    }
}
