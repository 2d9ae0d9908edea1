/// Proof that a log holds an entry, complete in itself: the hashes beside the entry's way to the
/// root, and the signed checkpoint with that root (c2sp.org/tlog-proof@v1).
package struct Receipt: Sendable {
    private static let head = "c2sp.org/tlog-proof@v1"
    /// The largest receipt that is read, in bytes.
    package static let maximumBytes = 65_536

    /// The number of the entry, from 0.
    package let index: Int64
    /// The hashes of the inclusion proof, the lowest first.
    package let hashes: [Digest]
    /// What came with the receipt. Nothing vouches for it.
    package let extra: [UInt8]?
    /// The checkpoint, as it was signed.
    package let note: SignedNote

    package init(index: Int64, hashes: [Digest], extra: [UInt8]? = nil, note: SignedNote) {
        self.index = index
        self.hashes = hashes
        self.extra = extra
        self.note = note
    }

    /// The receipt as bytes: the content of a `.tlog-proof` file.
    package var bytes: [UInt8] {
        let above =
            [Self.head] + (extra.map { ["extra \($0.base64)"] } ?? []) + ["index \(index)"]
            + hashes.map(\.bytes.base64)
        return above.flatMap { Array($0.utf8) + [0x0A] } + [0x0A] + note.bytes
    }

    /// Reads a receipt; nil for everything that is not exactly what ``bytes`` gives.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.maximumBytes,
            let gap = bytes.indices.dropFirst().first(where: {
                bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A
            }), let note = SignedNote(parsing: Array(bytes[(gap + 1)...]))
        else { return nil }
        var lines = bytes[..<(gap - 1)].split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }[...]
        guard let head = lines.popFirst(), head.isVerbatim(Self.head) else { return nil }
        var extra: [UInt8]?
        if let line = lines.first, let text = Self.value(of: "extra", in: line) {
            guard let blob = [UInt8](base64: text), !blob.isEmpty else { return nil }
            extra = blob
            lines.removeFirst()
        }
        guard let line = lines.popFirst(), let index = Self.value(of: "index", in: line),
            let number = Int64(index), number >= 0
        else { return nil }
        let hashes = lines.compactMap { [UInt8](base64: $0).flatMap(Digest.init) }
        guard hashes.count == lines.count, hashes.count < 64 else { return nil }
        self.init(index: number, hashes: hashes, extra: extra, note: note)
        guard self.bytes == bytes else { return nil }
    }

    private static func value(of name: String, in line: String) -> String? {
        let start = Array("\(name) ".utf8)
        guard line.utf8.starts(with: start) else { return nil }
        return String(decoding: line.utf8.dropFirst(start.count), as: UTF8.self)
    }

    /// The checkpoint under which the log with this key holds the entry at ``index``.
    package func verify(
        entry: [UInt8], key: VerifierKey, _ ed25519: Ed25519, _ sha256: SHA256
    ) throws(ReceiptError) -> Checkpoint {
        let checkpoint: Checkpoint
        do throws(SignedNoteError) { checkpoint = try note.checkpoint(by: key, ed25519) } catch {
            throw .checkpoint(error)
        }
        guard
            MerkleTree.verifyInclusion(
                of: MerkleTree.leaf(entry, sha256), at: index, size: checkpoint.size,
                root: checkpoint.root, hashes, sha256)
        else { throw .otherEntry }
        return checkpoint
    }
}

/// Why a receipt proves nothing.
package enum ReceiptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its checkpoint is not one of this log.
    case checkpoint(SignedNoteError)
    /// The log of the checkpoint does not hold this entry at this place.
    case otherEntry

    /// What is wrong, to follow the name of what was read.
    package var description: String {
        switch self {
        case .checkpoint(let error): "its checkpoint says nothing: \(error)"
        case .otherEntry: "it is not a receipt of this entry"
        }
    }
}
