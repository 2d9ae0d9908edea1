package import ApprovalCore

/// Writes whole logs as files in memory, from the entries alone: a publisher of another hand, to
/// hold readers and the real one against. It keeps what it wrote before, older partial tiles too.
package struct LogWriter: Sendable {
    /// By path below the log's directory.
    package var files: [String: [UInt8]] = [:]
    package let key: VerifierKey
    private let sha256: SHA256
    private let sign: @Sendable ([UInt8]) -> Signature?

    /// `sign` signs checkpoints in the name of `key`; nil leaves the checkpoint as it was.
    package init(
        _ key: VerifierKey, _ sha256: @escaping SHA256,
        sign: @escaping @Sendable ([UInt8]) -> Signature?
    ) {
        self.key = key
        self.sha256 = sha256
        self.sign = sign
        files["vkey"] = Array("\(key)\n".utf8)
    }

    /// Writes tiles and bundles over all of these entries, and the checkpoint.
    @discardableResult
    package mutating func write(_ entries: [[UInt8]]) -> Checkpoint {
        for start in stride(from: 0, to: entries.count, by: LogPath.fullWidth) {
            let part = entries[start..<min(start + LogPath.fullWidth, entries.count)]
            let path = LogPath.entries(index: Int64(start >> 8), width: part.count)
            files[path.text] = EntryBundle.encode(part)
        }
        var tree = Frontier()
        var row = entries.map { MerkleTree.leaf($0, sha256) }
        for leaf in row { tree.append(leaf: leaf, sha256) }
        for level in 0...LogPath.maximumLevel where !row.isEmpty {
            var next: [Digest] = []
            for start in stride(from: 0, to: row.count, by: LogPath.fullWidth) {
                let part = row[start..<min(start + LogPath.fullWidth, row.count)]
                let path = LogPath.tile(level: level, index: Int64(start >> 8), width: part.count)
                files[path.text] = MerkleTree.tile(part)
                guard part.count == LogPath.fullWidth else { continue }
                next.append(MerkleTree.root(ofComplete: part, sha256))
            }
            row = next
        }
        let checkpoint = Checkpoint(
            origin: key.name, size: tree.size, root: tree.root(sha256))
        if let signature = sign(Array(checkpoint.text.utf8)) {
            files["checkpoint"] =
                SignedNote(text: checkpoint.text, lines: [.init(key, signature)]).bytes
        }
        return checkpoint
    }

    /// Entries as a ledger writes them, numbered from 1; the amount of each is its number.
    package static func entries(
        _ count: Int, amount: (_ seq: Int) -> String = { "0.\($0)" }
    ) -> [[UInt8]] {
        (0..<count).map { index in
            let seq = index + 1
            let text =
                #"{"amount":"\#(amount(seq))","environment":"sandbox","kind":"decided","#
                + #""result":{"action":"allow","reasons":[{"code":"RULE_ALLOW","rule":"Größe\n"}]},"#
                + #""seq":\#(seq),"time":"2026-10-02T09:14:03.221Z","v":1}"#
            return Array(text.utf8)
        }
    }
}
