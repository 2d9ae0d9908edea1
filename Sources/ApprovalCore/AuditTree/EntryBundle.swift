/// Consecutive entries in one file: the length of each in two bytes, big-endian, and its bytes
/// (c2sp.org/tlog-tiles).
package enum EntryBundle {
    /// The most bytes that an entry can have.
    package static let maximumEntry = 65_535

    /// The bytes of a bundle; nil where an entry is too long.
    package static func encode(_ entries: some Sequence<[UInt8]>) -> [UInt8]? {
        var bytes: [UInt8] = []
        for entry in entries {
            guard entry.count <= maximumEntry else { return nil }
            bytes += [UInt8(entry.count >> 8), UInt8(entry.count & 0xFF)]
            bytes += entry
        }
        return bytes
    }

    /// Where the entries of a bundle stand in it; nil where it is not `count` whole entries and
    /// nothing else.
    package static func ranges(of bytes: [UInt8], count: Int) -> [Range<Int>]? {
        let (ranges, end) = wholeRanges(of: bytes, atMost: count)
        return ranges.count == count && end == bytes.count ? ranges : nil
    }

    /// The entries of a bundle; nil where it is not `count` whole entries and nothing else.
    package static func decode(_ bytes: [UInt8], count: Int) -> [[UInt8]]? {
        ranges(of: bytes, count: count)?.map { Array(bytes[$0]) }
    }

    /// Where the whole entries stand, up to `limit` of them, and where the last one ends: what is
    /// left of a bundle that was cut.
    package static func wholeRanges(
        of bytes: [UInt8], atMost limit: Int
    ) -> (ranges: [Range<Int>], end: Int) {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(min(limit, LogPath.fullWidth))
        var offset = 0
        while ranges.count < limit, offset + 2 <= bytes.count {
            let start = offset + 2
            let end = start + (Int(bytes[offset]) << 8 | Int(bytes[offset + 1]))
            guard end <= bytes.count else { break }
            ranges.append(start..<end)
            offset = end
        }
        return (ranges, offset)
    }
}
