/// Verifies the files of a published log (c2sp.org/tlog-tiles): each entry against its hash, each
/// tile against the ones below it, all of it against a signed checkpoint, and what each entry says
/// of itself. It reads every file once and keeps none of them.
///
/// The entries are checked in spans, in any order and at the same time; ``conclude(_:_:since:)``
/// puts the spans together.
package struct LogAudit<Failure: Error>: Sendable {
    /// The bytes of a tile or bundle; nil where there is none.
    package typealias Read = @Sendable (LogPath) throws(Failure) -> [UInt8]?

    /// The number of entries that the checkpoint is of.
    package let size: Int64
    let sha256: SHA256
    let read: Read
    private let kinds: [[UInt8]]

    /// `kinds` are the kinds of entry that there are.
    package init(
        size: Int64, kinds: [String], _ sha256: @escaping SHA256, read: @escaping Read
    ) {
        self.size = size
        self.kinds = kinds.map { Array($0.utf8) }
        self.sha256 = sha256
        self.read = read
    }

    /// How many bundles there are.
    package var bundles: Int64 { (size + 255) >> 8 }

    /// Whether the last bundle is not there.
    package func isEndMissing() throws(Failure) -> Bool {
        guard bundles > 0 else { return false }
        return try bundle(bundles - 1).isMissing
    }

    /// What was found in consecutive bundles.
    package struct Span: Sendable {
        let first: Int64
        /// The hash over each full bundle's entries; nil where they cannot be read.
        var folds: [Digest?] = []
        /// The hashes of the entries of the last bundle, where it is not full.
        var tail: [Digest] = []
        var environment: [UInt8]?
        /// The first bundle that its tile does not fit.
        var suspect: Int64?
        /// The first entry that contradicts itself or its neighbours.
        var fault: LogFault?
    }

    /// Checks consecutive bundles and their tiles.
    package func check(_ bundles: Range<Int64>) throws(Failure) -> Span {
        var span = Span(first: bundles.lowerBound)
        for number in bundles {
            let (bundle, count) = (try bundle(number), width(0, number))
            var leaves: [Digest] = []
            leaves.reserveCapacity(count)
            for place in bundle.ranges.indices {
                leaves.append(leaf(bundle.bytes, bundle.ranges[place]))
                if span.fault == nil {
                    span.fault = fault(bundle, place, number, &span.environment)
                }
            }
            let tile = try tile(0, number)
            if !bundle.isWhole || tile != leaves {
                span.suspect = span.suspect ?? number
            }
            if count < LogPath.fullWidth {
                span.tail = bundle.isWhole ? leaves : []
            } else {
                span.folds.append(
                    bundle.isWhole ? MerkleTree.root(ofComplete: leaves, sha256) : nil)
            }
        }
        return span
    }

    private func fault(
        _ bundle: Bundle, _ place: Int, _ number: Int64, _ environment: inout [UInt8]?
    ) -> LogFault? {
        let (bytes, ranges) = (bundle.bytes, bundle.ranges)
        let seq = number << 8 + Int64(place) + 1
        let file = path(0, number, isBundle: true).text
        func edited(_ why: String) -> LogFault { LogFault(.edited, seq...seq, in: file, why) }
        guard let head = EntryScan.head(of: bytes, in: ranges[place]) else {
            return edited("it is not one object of canonical JSON")
        }
        guard head.seq == seq else {
            guard let found = head.seq else { return edited("it has no number") }
            let isLater = ranges.contains { EntryScan.head(of: bytes, in: $0)?.seq == seq }
            return LogFault(
                found < seq || isLater ? .reordered : .removed, seq...seq, in: file,
                "in its place stands the entry that calls itself \(found)")
        }
        guard head.version == 1 else { return edited("its version is not 1") }
        guard let kind = head.kind, kinds.contains(where: { bytes[kind].elementsEqual($0) }) else {
            return edited("its kind is unknown")
        }
        guard let name = head.environment else { return edited("it names no environment") }
        let own = Array(bytes[name])
        guard own == environment ?? own else { return edited("it is of another environment") }
        environment = own
        return nil
    }

    func leaf(_ bytes: [UInt8], _ range: Range<Int>) -> Digest {
        var message: [UInt8] = []
        message.reserveCapacity(range.count + 1)
        message.append(0)
        message.append(contentsOf: bytes[range])
        return sha256(message)
    }

    // Where things stand in a tree of this size.

    /// How many hashes of a level there are.
    func count(_ level: Int) -> Int64 {
        level > LogPath.maximumLevel ? 0 : size >> Int64(8 * level)
    }

    /// How many of them one tile has.
    func width(_ level: Int, _ index: Int64) -> Int {
        Int(max(0, min(Int64(LogPath.fullWidth), count(level) - index << 8)))
    }

    func path(_ level: Int, _ index: Int64, isBundle: Bool = false) -> LogPath {
        let width = width(level, index)
        return isBundle
            ? .entries(index: index, width: width)
            : .tile(level: level, index: index, width: width)
    }

    /// A tile as far as the tree goes; nil where it is missing or not of its size.
    func tile(_ level: Int, _ index: Int64) throws(Failure) -> [Digest]? {
        let width = width(level, index)
        var bytes = try read(path(level, index))
        if bytes == nil, width < LogPath.fullWidth {
            bytes = try read(.tile(level: level, index: index, width: LogPath.fullWidth))
        } else if bytes?.count != width * 32 {
            return nil
        }
        guard let bytes, let hashes = MerkleTree.hashes(ofTile: bytes), hashes.count >= width else {
            return nil
        }
        return Array(hashes.prefix(width))
    }

    /// The entries of a bundle as far as the tree goes, and as far as the file has them.
    struct Bundle {
        let bytes: [UInt8]
        let ranges: [Range<Int>]
        /// Whether they are all there, and nothing else is.
        let isWhole: Bool
        let isMissing: Bool
    }

    func bundle(_ index: Int64) throws(Failure) -> Bundle {
        let width = width(0, index)
        var bytes = try read(path(0, index, isBundle: true))
        var isWider = false
        if bytes == nil, width < LogPath.fullWidth {
            bytes = try read(.entries(index: index, width: LogPath.fullWidth))
            isWider = true
        }
        let (ranges, end) = EntryBundle.wholeRanges(of: bytes ?? [], atMost: width)
        return Bundle(
            bytes: bytes ?? [], ranges: ranges,
            isWhole: ranges.count == width && (isWider || end == bytes?.count),
            isMissing: bytes == nil)
    }
}
