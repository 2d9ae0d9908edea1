/// The hashes of an audit log's tree (RFC 6962, section 2.1).
package enum MerkleTree {
    /// The hash of an entry: SHA-256 over a zero byte and its bytes.
    package static func leaf(_ entry: [UInt8], _ sha256: SHA256) -> Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entry.count + 1)
        bytes.append(0)
        bytes.append(contentsOf: entry)
        return sha256(bytes)
    }

    /// The hash of two subtrees: SHA-256 over a one byte and both hashes.
    package static func node(_ left: Digest, _ right: Digest, _ sha256: SHA256) -> Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(65)
        bytes.append(1)
        bytes.append(contentsOf: left.bytes)
        bytes.append(contentsOf: right.bytes)
        return sha256(bytes)
    }

    /// The root of a tree without entries: SHA-256 over nothing.
    package static func empty(_ sha256: SHA256) -> Digest { sha256([]) }
}
