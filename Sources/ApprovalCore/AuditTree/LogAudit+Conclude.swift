/// A checkpoint that is known from elsewhere than the log's directory.
package struct KeptCheckpoint: Hashable, Sendable {
    /// Where it is kept, for messages.
    package let file: String
    package let checkpoint: Checkpoint

    package init(file: String, _ checkpoint: Checkpoint) {
        self.file = file
        self.checkpoint = checkpoint
    }
}

extension LogAudit {
    /// Puts the spans of all bundles together: the first thing that is wrong, nil where the log is
    /// the one that was signed and continues every checkpoint that was kept.
    package func conclude(
        _ spans: [Span], _ checkpoint: Checkpoint, since kept: [KeptCheckpoint] = []
    ) throws(Failure) -> LogFault? {
        let spans = spans.sorted { $0.first < $1.first }
        let tree = EntryTree(spans, self)
        let isSigned = tree.root(size: size, sha256) == checkpoint.root
        var faults = [spans.compactMap(\.fault).first, otherEnvironment(spans)]
        if let suspect = spans.compactMap(\.suspect).first {
            faults.append(try diagnose(suspect, isSigned, checkpoint))
        }
        if faults.allSatisfy({ $0 == nil }) { faults.append(try upperTiles(tree)) }
        let isConsistent = faults.allSatisfy { $0 == nil }
        for kept in kept { faults.append(try compare(kept, tree)) }
        if isConsistent, !isSigned, faults.allSatisfy({ $0 == nil }) {
            faults.append(rebuilt(after: kept.map(\.checkpoint.size).max() ?? 0))
        }
        return LogFault.first(of: faults.compactMap { $0 })
    }

    /// The tree was made again over other entries, without the key, after those that a checkpoint
    /// from elsewhere vouches for. Nothing in it says over which.
    private func rebuilt(after known: Int64) -> LogFault {
        LogFault(
            .edited, known < size ? (known + 1)...size : nil, in: "checkpoint",
            "entries and tiles fit each other, but not the root that was signed: at least one "
                + "entry was changed and the tree made again; an older checkpoint or another copy "
                + "tells which")
    }

    private func otherEnvironment(_ spans: [Span]) -> LogFault? {
        let known = spans.compactMap(\.environment).first
        guard let other = spans.first(where: { $0.environment ?? known != known }) else {
            return nil
        }
        let first = other.first << 8 + 1
        return LogFault(
            .edited, first...first, in: path(0, other.first, isBundle: true).text,
            "it is of another environment")
    }

    /// The tiles above the lowest, against what the entries give.
    private func upperTiles(_ tree: EntryTree) throws(Failure) -> LogFault? {
        for level in 1...LogPath.maximumLevel {
            let row = tree.rows[level]
            for index in 0..<((count(level) + 255) >> 8) {
                let path = path(level, index)
                let due = row.dropFirst(Int(index) << 8).prefix(width(level, index))
                guard let hashes = try tile(level, index) else {
                    return missing(path, over: index << 8, Int64(due.count), level)
                }
                guard let place = zip(due, hashes).enumerated().first(where: { $1.0 != $1.1 })
                else { continue }
                let number = index << 8 + Int64(place.offset)
                return LogFault(
                    .edited, Self.entries(under: number, 1, level), in: path.text,
                    "its hash over these entries is not the one that they give")
            }
        }
        return nil
    }

    private func missing(
        _ path: LogPath, over first: Int64, _ count: Int64, _ level: Int
    ) -> LogFault {
        LogFault(
            .removed, Self.entries(under: first, count, level), in: path.text,
            "the tile of hashes is missing, or not of its size")
    }

    private static func entries(
        under first: Int64, _ count: Int64, _ level: Int
    ) -> ClosedRange<Int64> {
        let shift = Int64(8 * level)
        return (first << shift + 1)...((first + count) << shift)
    }

    /// A checkpoint that was kept must be one of this history.
    private func compare(
        _ kept: KeptCheckpoint, _ tree: EntryTree
    ) throws(Failure) -> LogFault? {
        let old = kept.checkpoint
        guard old.size <= size else {
            return LogFault(
                .rolledBack, (size + 1)...old.size, in: "checkpoint",
                "it ends at entry \(size), and \(kept.file) is a checkpoint of \(old.size)")
        }
        let index = old.size >> 8
        let part = old.size & 0xFF == 0 ? [] : try bundle(index).leaves(self)
        guard let root = tree.root(size: old.size, tail: part, sha256), root != old.root else {
            return nil
        }
        return LogFault(
            .forked, old.size > 0 ? 1...old.size : nil, in: "checkpoint",
            "its first \(old.size) entries are not those of \(kept.file)")
    }
}

extension LogAudit.Bundle {
    func leaves(_ audit: LogAudit) -> [Digest] { ranges.map { audit.leaf(bytes, $0) } }
}

extension LogFault {
    /// The one to tell: of those that name one entry the first, else of those that name several.
    package static func first(of faults: [LogFault]) -> LogFault? {
        func order(_ fault: LogFault) -> (Int, Int64) {
            guard let entries = fault.entries else { return (2, 0) }
            return (entries.lowerBound == entries.upperBound ? 0 : 1, entries.lowerBound)
        }
        return faults.min { order($0) < order($1) }
    }
}

/// The tree as the entries give it, whatever the tiles say.
struct EntryTree {
    /// By level of tile; the lowest is left out. Nil where entries below it cannot be read.
    let rows: [[Digest?]]
    private let tail: [Digest]

    init<Failure>(_ spans: [LogAudit<Failure>.Span], _ audit: LogAudit<Failure>) {
        var rows: [[Digest?]] = [[], spans.flatMap(\.folds)]
        while rows.count <= LogPath.maximumLevel {
            let below = rows[rows.count - 1]
            rows.append(
                stride(from: 0, to: below.count & ~0xFF, by: 256).map { start in
                    let hashes = below[start..<(start + 256)].compactMap { $0 }
                    guard hashes.count == 256 else { return nil }
                    return MerkleTree.root(ofComplete: hashes, audit.sha256)
                })
        }
        self.rows = rows
        tail = spans.last?.tail ?? []
    }

    /// The root over the first entries; nil where some of them cannot be read. `tail` are the
    /// hashes of the last bundle that is not full, where it is not the log's own.
    func root(size: Int64, tail: [Digest]? = nil, _ sha256: SHA256) -> Digest? {
        let tail = tail ?? self.tail
        return try? MerkleTree.root(size: size, sha256) { level, index throws(Unreadable) in
            let (row, height) = (level / 8, Int64(level % 8))
            let all = row == 0 ? tail.map(Optional.some) : rows[row]
            let start = row == 0 ? Int(index << height & 0xFF) : Int(index << height)
            let hashes = all.dropFirst(start).prefix(1 << Int(height)).compactMap { $0 }
            guard hashes.count == 1 << Int(height) else { throw Unreadable() }
            return MerkleTree.root(ofComplete: hashes, sha256)
        }
    }

    private struct Unreadable: Error {}
}
