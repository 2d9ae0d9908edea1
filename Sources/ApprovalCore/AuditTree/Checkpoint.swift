/// What a log commits to: all of its first `size` entries (c2sp.org/tlog-checkpoint).
package struct Checkpoint: Hashable, Sendable {
    /// The name of the log: `ledger.origin`.
    package let origin: String
    /// The number of entries.
    package let size: Int64
    /// The root over them.
    package let root: Digest

    package init(origin: String, size: Int64, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// The text that is signed: origin, size and base64 of the root, each on a line of its own.
    package var text: String { "\(origin)\n\(size)\n\(root.bytes.base64)\n" }

    /// No log is larger: a million entries a second for twelve days.
    package static let largestSize: Int64 = 1 << 40

    /// Reads the text of a checkpoint; nil where it is not exactly what ``text`` gives. A log of
    /// ours has no extension lines, and at most ``largestSize`` entries.
    package init?(text: String) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == 4, let size = Int64(String(decoding: lines[1], as: UTF8.self)),
            let hash = [UInt8](base64: String(decoding: lines[2], as: UTF8.self)),
            let root = Digest(hash)
        else { return nil }
        self.init(origin: String(decoding: lines[0], as: UTF8.self), size: size, root: root)
        guard (0...Self.largestSize).contains(size), !origin.isEmpty,
            self.text.utf8.elementsEqual(text.utf8)
        else {
            return nil
        }
    }
}
