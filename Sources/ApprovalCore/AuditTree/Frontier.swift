/// What is enough of a tree to append to it and to give its root: the hashes of its complete
/// subtrees, one for each bit of its size.
package struct Frontier: Hashable, Sendable {
    /// The number of entries.
    package private(set) var size: Int64
    /// The roots of the complete subtrees, the largest first.
    package private(set) var hashes: [Digest]

    /// The tree without entries.
    package init() {
        size = 0
        hashes = []
    }

    /// A frontier as it was kept; nil where the number of hashes is not that of the size's bits.
    package init?(size: Int64, hashes: [Digest]) {
        guard size >= 0, hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    init(kept hashes: [Digest], size: Int64) {
        self.size = size
        self.hashes = hashes
    }

    /// Appends an entry by its leaf hash, in O(log n).
    package mutating func append(leaf: Digest, _ sha256: SHA256) {
        var hash = leaf
        var rest = size
        while rest & 1 == 1, let left = hashes.popLast() {
            hash = MerkleTree.node(left, hash, sha256)
            rest >>= 1
        }
        hashes.append(hash)
        size += 1
    }

    /// The root over all entries, in O(log n).
    package func root(_ sha256: SHA256) -> Digest {
        guard let last = hashes.last else { return MerkleTree.empty(sha256) }
        return hashes.dropLast().reversed().reduce(last) { MerkleTree.node($1, $0, sha256) }
    }
}
