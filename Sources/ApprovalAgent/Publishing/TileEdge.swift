import ApprovalCore

/// The right edge of a log's tiles: the hashes of every tile that is not full yet. It is all that
/// is needed to go on from there.
struct TileEdge: Equatable {
    /// A tile that an entry completed.
    struct Full {
        let path: LogPath
        let hashes: [Digest]
    }

    /// The number of entries.
    private(set) var size: Int64 = 0
    /// By level, the lowest first: up to 255 hashes each.
    private var rows: [[Digest]] = [[]]

    /// The edge of a log without entries.
    init() {}

    /// The edge at a size, out of the tiles that were written for it, or wider ones; nil where one
    /// is missing or is no tile. What they say is not checked here: compare ``frontier(_:)``.
    init?<Failure: Error>(
        size: Int64, read: (LogPath) throws(Failure) -> [UInt8]?
    ) throws(Failure) {
        self.size = size
        rows = []
        for level in 0...LogPath.maximumLevel {
            let count = size >> Int64(8 * level)
            let (index, width) = (count / 256, Int(count % 256))
            guard width > 0 else {
                rows.append([])
                continue
            }
            let partial = LogPath.tile(level: level, index: index, width: width)
            let full = LogPath.tile(level: level, index: index, width: LogPath.fullWidth)
            var bytes = try read(partial)
            if bytes == nil { bytes = try read(full) }
            guard let bytes, let hashes = MerkleTree.hashes(ofTile: bytes), hashes.count >= width
            else { return nil }
            rows.append(Array(hashes.prefix(width)))
        }
    }

    /// The leaf hash of an entry of the lowest tile that is not full; nil where it is not there.
    func leaf(_ index: Int64) -> Digest? {
        let place = index - size / 256 * 256
        return rows[0].indices.contains(Int(place)) ? rows[0][Int(place)] : nil
    }

    /// Appends an entry by its leaf hash, and gives the tiles that are full now, the lowest first.
    mutating func append(leaf: Digest, _ sha256: SHA256) -> [Full] {
        size += 1
        rows[0].append(leaf)
        var full: [Full] = []
        var level = 0
        while rows[level].count == LogPath.fullWidth {
            let hashes = rows[level]
            let index = size >> Int64(8 * (level + 1)) - 1
            full.append(
                Full(
                    path: .tile(level: level, index: index, width: LogPath.fullWidth),
                    hashes: hashes))
            rows[level] = []
            level += 1
            if level == rows.count { rows.append([]) }
            rows[level].append(MerkleTree.root(ofComplete: hashes, sha256))
        }
        return full
    }

    /// The tiles that are not full and not empty, the lowest first.
    var partial: [Full] {
        rows.enumerated().filter { !$0.element.isEmpty }.map { level, hashes in
            Full(
                path: .tile(
                    level: level, index: size >> Int64(8 * (level + 1)), width: hashes.count),
                hashes: hashes)
        }
    }

    /// The frontier of the same tree.
    func frontier(_ sha256: SHA256) -> Frontier? {
        var hashes: [Digest] = []
        for row in rows.reversed() {
            var start = 0
            for bit in (0..<8).reversed() where row.count & (1 << bit) != 0 {
                hashes.append(
                    MerkleTree.root(ofComplete: row[start..<(start + 1 << bit)], sha256))
                start += 1 << bit
            }
        }
        return Frontier(size: size, hashes: hashes)
    }
}
