import ApprovalCore

/// Writes the tiles and bundles of a log's new entries.
struct TileWriter {
    /// So many files, or a few more, are written between two syncs of their directories.
    private static let filesAtOnce = 32

    let places: LogPlaces

    init(_ places: LogPlaces) { self.places = places }

    /// Writes what is between two edges, full tiles and the partial ones of the second, durably.
    /// What is there must be the same bytes.
    func write(from start: TileEdge, to end: TileEdge) async throws(Stop) {
        try put([
            LogFile(path: LogPlaces.Name.verifierKey, bytes: places.verifierKeyBytes)
        ])
        var (edge, files) = (start, [LogFile]())
        var full: [LogPath] = []
        let range = (start.size / 256 * 256)..<end.size
        try await places.forEachBundle(range) { leaves throws(Stop) in
            for leaf in leaves where leaf.index >= start.size {
                for tile in edge.append(leaf: leaf.hash, places.sha256) {
                    files.append(Self.file(tile))
                    full.append(tile.path)
                }
            }
            files.append(try Self.bundle(leaves))
            if files.count >= Self.filesAtOnce, edge != end {
                try put(files)
                files = []
            }
        }
        guard edge == end else {
            throw .damaged("the ledger gave other entries when it was read again")
        }
        try put(files + edge.partial.map(Self.file))
        try removePartial(full)
    }

    private static func file(_ tile: TileEdge.Full) -> LogFile {
        LogFile(path: tile.path.text, bytes: MerkleTree.tile(tile.hashes))
    }

    private static func bundle(_ leaves: [LogLeaf]) throws(Stop) -> LogFile {
        let index = (leaves.first?.index ?? 0) / 256
        guard let bytes = EntryBundle.encode(leaves.map(\.entry)) else {
            throw .damaged("an entry of the ledger is longer than an entry can be")
        }
        let path = LogPath.entries(index: index, width: leaves.count)
        return LogFile(path: path.text, bytes: bytes)
    }

    /// Writes what is not there.
    private func put(_ files: [LogFile]) throws(Stop) {
        var missing: [LogFile] = []
        for file in files {
            guard let bytes = try places.read(file.path) else {
                missing.append(file)
                continue
            }
            guard bytes == file.bytes else {
                throw .tiles("\(file.path) in the audit directory is not what the ledger says")
            }
        }
        try places.write(missing)
    }

    /// Partial tiles and bundles are of no more use where the full one is there: readers take that.
    private func removePartial(_ full: [LogPath]) throws(Stop) {
        for path in full {
            guard case .tile(let level, let index, _) = path else { continue }
            var partial = [LogPath.tile(level: level, index: index, width: 1)]
            if level == 0 { partial.append(.entries(index: index, width: 1)) }
            for path in partial {
                do throws(LogDirectoryError) {
                    try places.directory.remove(String(path.text.dropLast(2)))
                } catch { throw Stop(error) }
            }
        }
    }
}
