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
        var (place, last) = (index, size - 1)
        var hash = leaf
        for step in proof {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = node(step, hash, sha256)
                // On the right edge, levels at which this subtree has no sibling are passed by.
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = node(hash, step, sha256)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }
}
