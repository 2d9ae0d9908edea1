package import ApprovalCore

/// How a ledger stands to the checkpoints that were signed of it.
package enum LogStanding: Hashable, Sendable {
    /// It holds all that was ever signed, as far as the checkpoints at hand say.
    case sound
    /// Something that was signed is not in it: it was restored from an older copy, or is another.
    /// One sentence says which checkpoint tells so, and how.
    case behind(String)
}

/// A signed note that the ledger does not lead to, as far as it is one.
package struct DoubtedNote: Hashable, Sendable {
    /// Where a note is kept.
    package enum Place: String, Hashable, Sendable, CaseIterable {
        case ledger
        case highWater = "high_water"
        case directory, given

        /// For people.
        package var name: String {
            switch self {
            case .ledger: "the ledger's own last checkpoint"
            case .highWater: "the high-water mark beside the ledger"
            case .directory: "the checkpoint in the audit directory"
            case .given: "the checkpoint that was given"
            }
        }
    }

    package let place: Place
    package let note: [UInt8]
    /// What the note says; nil where it is no checkpoint of this log.
    package let checkpoint: Checkpoint?
    /// Goes on after the name of the place.
    package let why: String
}

extension LogPlaces {
    /// Holds the ledger against its own last checkpoint, the high-water mark, the published
    /// checkpoint and one that was given: each must be signed by the log, and be of a tree that the
    /// ledger's own begins with.
    ///
    /// Throws where ledger or files cannot be read. Where nothing was restored it takes a few small
    /// reads; otherwise up to all entries are hashed again.
    package func standing(given: [UInt8]? = nil) async throws(Stop) -> LogStanding {
        let (_, last) = try await ledgerState()
        // Looked for after the ledger was read: the mark of a first checkpoint is older than it.
        if let last, last.frontier.size > 0, try highWaterNote() == nil {
            return .behind(
                "the high-water mark beside the ledger is missing, and the ledger knows a "
                    + "checkpoint of \(last.frontier.size) entries: it may be a copy")
        }
        guard let first = try await doubts(given: given, most: 1).first else { return .sound }
        return .behind("\(first.place.name) \(first.why)")
    }

    /// Every note, of those that ``standing(given:)`` looks at, that is not a checkpoint of this
    /// ledger; after so many it looks no further.
    package func doubts(
        given: [UInt8]? = nil, most: Int = .max
    ) async throws(Stop) -> [DoubtedNote] {
        let notes: [(DoubtedNote.Place, [UInt8]?)] = [
            (.highWater, try highWaterNote()), (.directory, try read(Name.checkpoint)),
            (.given, given),
        ]
        let (frontier, last) = try await ledgerState()
        var known = [(frontier.size, frontier.root(sha256))]
        var (found, ownDoubt): ([DoubtedNote], String?) = ([], nil)
        if let last {
            let root = last.frontier.root(sha256)
            let signed = try? identity.checkpoint(last.note)
            if signed?.size == last.frontier.size, signed?.root == root {
                known.append((last.frontier.size, root))
                ownDoubt = try await doubt(last.note, last, frontier, &known)
            } else {
                ownDoubt = "is not of the tree beside it"
            }
            if let ownDoubt { found.append(doubted(.ledger, last.note, ownDoubt)) }
        }
        for (place, note) in notes where found.count < most {
            guard let note else { continue }
            let why =
                note == last?.note ? ownDoubt : try await doubt(note, last, frontier, &known)
            if let why { found.append(doubted(place, note, why)) }
        }
        return found
    }

    private func doubted(
        _ place: DoubtedNote.Place, _ note: [UInt8], _ why: String
    ) -> DoubtedNote {
        DoubtedNote(
            place: place, note: note, checkpoint: try? identity.checkpoint(note), why: why)
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
