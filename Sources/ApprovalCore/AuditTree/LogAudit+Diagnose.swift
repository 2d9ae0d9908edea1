extension LogAudit {
    /// What became of a bundle and its tile, of which at least one is not the one that was signed.
    /// `isSigned` says that the entries are.
    func diagnose(
        _ number: Int64, _ isSigned: Bool, _ checkpoint: Checkpoint
    ) throws(Failure) -> LogFault? {
        let first = number << 8 + 1
        let (own, above) = (path(0, number, isBundle: true).text, path(0, number).text)
        let bundle = try bundle(number)
        guard !bundle.isMissing else {
            let isEnd = try isEnd(after: number)
            return LogFault(
                isEnd ? .truncated : .removed, first...first, in: own, "the bundle is missing")
        }
        let leaves = bundle.leaves(self)
        guard let tile = try tile(0, number) else {
            let last = first + Int64(width(0, number)) - 1
            return LogFault(
                .removed, first...last, in: above,
                "the tile of hashes is missing, or not of its size")
        }
        guard let place = zip(leaves, tile).enumerated().first(where: { $1.0 != $1.1 })?.offset
        else { return try cut(bundle, number, leaves.count, own) }
        let seq = first + Int64(place)
        let isForged = try tileIsForged(number, leaves, tile)
        if isSigned || isForged {
            return LogFault(
                .edited, seq...seq, in: above,
                "the hash of this entry was changed; the entry is the one that was signed")
        }
        return LogFault(
            deed(place, leaves, tile), seq...seq, in: own,
            "it is not the entry whose hash was signed")
    }

    private func deed(_ place: Int, _ leaves: [Digest], _ tile: [Digest]) -> LogFault.Deed {
        if place + 1 < tile.count, leaves[place] == tile[place + 1] { return .removed }
        return tile.contains(leaves[place]) || leaves.contains(tile[place]) ? .reordered : .edited
    }

    /// Every entry that is there is right, and it is not all of them, or not all that is there.
    private func cut(
        _ bundle: Bundle, _ number: Int64, _ count: Int, _ file: String
    ) throws(Failure) -> LogFault? {
        let seq = number << 8 + Int64(count)
        guard count < width(0, number) else {
            return LogFault(
                .edited, seq...seq, in: file, "something stands behind the last entry")
        }
        let isEnd = try isEnd(after: number)
        return LogFault(
            isEnd ? .truncated : .removed, (seq + 1)...(seq + 1), in: file,
            "the bundle ends before this entry")
    }

    /// Whether nothing is left behind a bundle.
    private func isEnd(after number: Int64) throws(Failure) -> Bool {
        for next in (number + 1)..<max(number + 1, bundles) where try !bundle(next).isMissing {
            return false
        }
        return true
    }

    /// Whether the tile above takes the side of the entries.
    private func tileIsForged(
        _ number: Int64, _ leaves: [Digest], _ tile: [Digest]
    ) throws(Failure) -> Bool {
        guard leaves.count == LogPath.fullWidth, tile.count == LogPath.fullWidth,
            let above = try self.tile(1, number >> 8)
        else { return false }
        return above[Int(number & 0xFF)] == MerkleTree.root(ofComplete: leaves, sha256)
    }
}

// Files that are not needed for the tree, but must not contradict it.
extension LogAudit {
    /// What a file of the directory is to the log.
    package enum Use: Hashable, Sendable {
        /// The tree is made of it.
        case needed
        /// A part or a continuation of what is needed.
        case related
        /// It lies beyond the checkpoint.
        case beyond
    }

    /// What a tile or bundle is to a tree of this size.
    package func use(of file: LogPath) -> Use {
        let (level, index, _, isBundle) = file.parts
        guard width(level, index) > 0 else { return .beyond }
        return file == path(level, index, isBundle: isBundle) ? .needed : .related
    }

    /// Compares an older partial tile or bundle, or a wider one, with what is needed in its place:
    /// one must begin as the other. `cache` is what was read for the file before.
    package func compare(
        _ file: LogPath, _ cache: inout (LogPath, [[UInt8]])?
    ) throws(Failure) -> LogFault? {
        let (level, index, width, isBundle) = file.parts
        let place = path(level, index, isBundle: isBundle)
        if cache?.0 != place { cache = (place, try rows(place) ?? []) }
        guard let due = cache?.1, let bytes = try read(file) else { return nil }
        let start = index << Int64(8 * level + 8)
        guard let rows = Self.rows(bytes, width, isBundle) else {
            return LogFault(
                .edited, (start + 1)...(start + Int64(width) << Int64(8 * level)), in: file.text,
                "it is not a file of its size")
        }
        guard let other = zip(rows, due).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return nil
        }
        let first = start + Int64(other) << Int64(8 * level)
        return LogFault(
            .forked, (first + 1)...(first + 1 << Int64(8 * level)), in: file.text,
            "it shows another history than \(place.text)")
    }

    private func rows(_ file: LogPath) throws(Failure) -> [[UInt8]]? {
        let (level, index, width, isBundle) = file.parts
        guard isBundle else { return try tile(level, index)?.map(\.bytes) }
        let bundle = try bundle(index)
        return bundle.ranges.count == width ? bundle.ranges.map { Array(bundle.bytes[$0]) } : nil
    }

    private static func rows(_ bytes: [UInt8], _ width: Int, _ isBundle: Bool) -> [[UInt8]]? {
        guard !isBundle else { return EntryBundle.decode(bytes, count: width) }
        guard bytes.count == width * 32 else { return nil }
        return MerkleTree.hashes(ofTile: bytes)?.map(\.bytes)
    }
}

extension LogPath {
    var parts: (level: Int, index: Int64, width: Int, isBundle: Bool) {
        switch self {
        case .tile(let level, let index, let width): (level, index, width, false)
        case .entries(let index, let width): (0, index, width, true)
        }
    }
}
