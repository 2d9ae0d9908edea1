/// Gives the hash of the complete subtree over the 2^`level` entries from number
/// `index` · 2^`level` on.
package typealias SubtreeHash<Failure: Error> =
    (_ level: Int, _ index: Int64) throws(Failure) -> Digest

// Making proofs (RFC 6962, section 2.1). Each takes the hashes of O(log n) complete subtrees.
extension MerkleTree {
    /// The root over the first `size` entries.
    package static func root<Failure: Error>(
        size: Int64, _ sha256: SHA256, _ hash: SubtreeHash<Failure>
    ) throws(Failure) -> Digest {
        guard size > 0 else { return empty(sha256) }
        return try root(of: 0..<size, sha256, hash)
    }

    /// The hashes beside the way from an entry to the root, the lowest first (section 2.1.1); nil
    /// where there is no such entry.
    package static func inclusion<Failure: Error>(
        of index: Int64, size: Int64, _ sha256: SHA256, _ hash: SubtreeHash<Failure>
    ) throws(Failure) -> [Digest]? {
        guard index >= 0, index < size else { return nil }
        var range = 0..<size
        var proof: [Digest] = []
        while range.count > 1 {
            let middle = split(range)
            let isLeft = index < middle
            let (own, other) = (range.lowerBound..<middle, middle..<range.upperBound)
            proof.append(try root(of: isLeft ? other : own, sha256, hash))
            range = isLeft ? own : other
        }
        return proof.reversed()
    }

    /// What shows that the tree of `size` begins with the tree of `old` (section 2.1.2); nil where
    /// it cannot. Nothing needs to be shown for an empty tree and for the tree itself.
    package static func consistency<Failure: Error>(
        from old: Int64, size: Int64, _ sha256: SHA256, _ hash: SubtreeHash<Failure>
    ) throws(Failure) -> [Digest]? {
        guard old >= 0, old <= size else { return nil }
        guard old > 0, old < size else { return [] }
        var range = 0..<size
        var proof: [Digest] = []
        while range.upperBound != old {
            let middle = split(range)
            let isLeft = old <= middle
            let (own, other) = (range.lowerBound..<middle, middle..<range.upperBound)
            proof.append(try root(of: isLeft ? other : own, sha256, hash))
            range = isLeft ? own : other
        }
        if range.lowerBound > 0 { proof.append(try root(of: range, sha256, hash)) }
        return proof.reversed()
    }

    /// After how many entries a tree over a range of more than one divides.
    private static func split(_ range: Range<Int64>) -> Int64 {
        let level = 63 - (range.upperBound - range.lowerBound - 1).leadingZeroBitCount
        return range.lowerBound + 1 << Int64(level)
    }

    /// The root over a range that is not empty and whose start a tree divides at.
    private static func root<Failure: Error>(
        of range: Range<Int64>, _ sha256: SHA256, _ hash: SubtreeHash<Failure>
    ) throws(Failure) -> Digest {
        var hashes: [Digest] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let level = 63 - (range.upperBound - start).leadingZeroBitCount
            hashes.append(try hash(level, start >> Int64(level)))
            start += 1 << Int64(level)
        }
        guard let last = hashes.popLast() else { return empty(sha256) }
        return hashes.reversed().reduce(last) { node($1, $0, sha256) }
    }
}

// Verifying proofs.
extension MerkleTree {
    /// Whether the proof leads from the leaf to the root of a tree of this size.
    package static func verifyInclusion(
        of leaf: Digest, at index: Int64, size: Int64, root: Digest, _ proof: [Digest],
        _ sha256: SHA256
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var way = Way(place: index, last: size - 1)
        var hash = leaf
        for step in proof {
            guard !way.isAtRoot else { return false }
            hash = way.goOn() ? node(step, hash, sha256) : node(hash, step, sha256)
        }
        return way.isAtRoot && hash == root
    }

    /// Whether the proof leads to both roots: the newer tree begins with the older one.
    package static func verifyConsistency(
        from old: Int64, _ oldRoot: Digest, to size: Int64, _ root: Digest, _ proof: [Digest],
        _ sha256: SHA256
    ) -> Bool {
        guard old >= 0, old <= size else { return false }
        if old == size { return proof.isEmpty && oldRoot == root }
        if old == 0 { return proof.isEmpty && oldRoot == empty(sha256) }
        var way = Way(place: old - 1, last: size - 1)
        while way.place & 1 == 1 { way.rise() }
        var steps = proof[...]
        // A complete old tree is itself the first hash of the way.
        guard let first = way.place == 0 ? oldRoot : steps.popFirst() else { return false }
        var (older, newer) = (first, first)
        for step in steps {
            guard !way.isAtRoot else { return false }
            if way.goOn() {
                older = node(step, older, sha256)
                newer = node(step, newer, sha256)
            } else {
                newer = node(newer, step, sha256)
            }
        }
        return way.isAtRoot && older == oldRoot && newer == root
    }
}

/// The way of a proof, from a hash's place in its row up to the root.
private struct Way {
    var place: Int64
    /// The last place of the row.
    var last: Int64

    var isAtRoot: Bool { last == 0 }

    mutating func rise() {
        place >>= 1
        last >>= 1
    }

    /// Goes past the next hash of the proof; true where that stands on the left.
    mutating func goOn() -> Bool {
        let isOnLeft = place & 1 == 1 || place == last
        // On the right edge, levels at which this subtree has no sibling are passed by.
        while isOnLeft, place & 1 == 0, place > 0 { rise() }
        rise()
        return isOnLeft
    }
}
