/// The hashes of a log's tree, out of its tiles. What the tiles say is not checked here: it is only
/// as true as the root that comes of it.
package struct TileHashes: Sendable {
    /// The number of entries.
    package let size: Int64
    private let sha256: SHA256
    private let read: @Sendable (LogPath) throws(LogDamage) -> [UInt8]?

    /// `read` gives the bytes of a tile, nil where there is none.
    package init(
        size: Int64, _ sha256: @escaping SHA256,
        read: @escaping @Sendable (LogPath) throws(LogDamage) -> [UInt8]?
    ) {
        self.size = size
        self.sha256 = sha256
        self.read = read
    }

    /// The hash of a complete subtree; see ``SubtreeHash``.
    package func hash(level: Int, index: Int64) throws(LogDamage) -> Digest {
        let (tileLevel, height) = (level / 8, level % 8)
        let first = index << Int64(height)
        let hashes = try tile(level: tileLevel, index: first >> 8)
        let start = Int(first & 0xFF)
        guard start + 1 << height <= hashes.count else {
            throw LogDamage(path: .tile(level: tileLevel, index: first >> 8, width: hashes.count))
        }
        return MerkleTree.root(ofComplete: hashes[start..<(start + 1 << height)], sha256)
    }

    /// The hashes of a tile as far as the tree goes: of the partial tile, or where it is gone, of
    /// the wider one that took its place.
    package func tile(level: Int, index: Int64) throws(LogDamage) -> [Digest] {
        let all = level > LogPath.maximumLevel ? 0 : size >> Int64(8 * level)
        let width = Int(max(0, min(Int64(LogPath.fullWidth), all - index << 8)))
        let path = LogPath.tile(level: level, index: index, width: width)
        guard width > 0 else { throw LogDamage(path: path) }
        let full = LogPath.tile(level: level, index: index, width: LogPath.fullWidth)
        var bytes = try read(path)
        if bytes == nil { bytes = try read(full) }
        guard let bytes, let hashes = MerkleTree.hashes(ofTile: bytes),
            hashes.count == width || hashes.count == LogPath.fullWidth
        else { throw LogDamage(path: path) }
        return Array(hashes.prefix(width))
    }

    fileprivate func above(_ row: [Digest]) -> [Digest] { MerkleTree.above(row, sha256) }
}

/// The hashes of a log's tree, for many proofs under one size: a tile that was read lately is not
/// read again, and no subtree in it hashed again.
package struct RememberedTiles {
    /// Proofs of neighbours need a handful of tiles.
    private static let most = 16

    private struct Place: Hashable {
        let level: Int
        let index: Int64
    }

    private let hashes: TileHashes
    /// Of each tile the roots of its complete subtrees, by their height.
    private var known: [Place: [[Digest]]] = [:]

    package init(_ hashes: TileHashes) { self.hashes = hashes }

    /// As ``TileHashes/hash(level:index:)``.
    package mutating func hash(level: Int, index: Int64) throws(LogDamage) -> Digest {
        let height = level % 8
        let first = index << Int64(height)
        let place = Place(level: level / 8, index: first >> 8)
        let rows = try rows(place)
        let number = Int(first & 0xFF) >> height
        guard number < rows[height].count else {
            throw LogDamage(
                path: .tile(level: place.level, index: place.index, width: rows[0].count))
        }
        return rows[height][number]
    }

    private mutating func rows(_ place: Place) throws(LogDamage) -> [[Digest]] {
        if let rows = known[place] { return rows }
        var rows = [try hashes.tile(level: place.level, index: place.index)]
        for height in 1..<8 { rows.append(hashes.above(rows[height - 1])) }
        if known.count >= Self.most { known = [:] }
        known[place] = rows
        return rows
    }
}

/// A file of a log is missing, or is not what its place asks for.
package struct LogDamage: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: LogPath

    package init(path: LogPath) { self.path = path }

    package var description: String { "\(path.text): it is missing, or not a tile of its size" }
}

extension MerkleTree {
    /// The hashes of a tile; nil where the bytes are not 1 to 256 hashes.
    package static func hashes(ofTile bytes: [UInt8]) -> [Digest]? {
        guard !bytes.isEmpty, bytes.count.isMultiple(of: 32),
            bytes.count <= 32 * LogPath.fullWidth
        else { return nil }
        return stride(from: 0, to: bytes.count, by: 32).compactMap {
            Digest(Array(bytes[$0..<($0 + 32)]))
        }
    }

    /// The bytes of a tile.
    package static func tile(_ hashes: some Sequence<Digest>) -> [UInt8] {
        hashes.flatMap(\.bytes)
    }

    /// The root over the hashes of a complete subtree, a power of two of them.
    package static func root(
        ofComplete hashes: some Collection<Digest>, _ sha256: SHA256
    ) -> Digest {
        var row = Array(hashes)
        while row.count > 1 { row = above(row, sha256) }
        return row.first ?? empty(sha256)
    }

    /// The hashes of pairs of hashes; one without a pair is left out.
    fileprivate static func above(_ row: [Digest], _ sha256: SHA256) -> [Digest] {
        stride(from: 0, to: row.count - 1, by: 2).map { node(row[$0], row[$0 + 1], sha256) }
    }
}

extension Frontier {
    /// The frontier of the first `size` entries, out of the hashes of a tree that has them.
    package init<Failure: Error>(
        size: Int64, _ hash: SubtreeHash<Failure>
    ) throws(Failure) {
        var hashes: [Digest] = []
        var start: Int64 = 0
        while start < size {
            let level = 63 - (size - start).leadingZeroBitCount
            hashes.append(try hash(level, start >> Int64(level)))
            start += 1 << Int64(level)
        }
        self.init(kept: hashes, size: max(0, size))
    }
}
