/// A text with signatures below it (c2sp.org/signed-note). Of a note that was read, nothing is
/// known to be true before ``verify(with:_:)``.
package struct SignedNote: Sendable {
    /// One signature line. Whose it is in truth is known only once it verified.
    package struct Line: Sendable {
        package let name: String
        /// The four bytes of the key's id.
        package let keyID: [UInt8]
        package let signature: [UInt8]

        /// The line of an Ed25519 key.
        package init(_ key: VerifierKey, _ signature: Signature) {
            self.init(name: key.name, keyID: key.id, signature: signature.bytes)
        }

        fileprivate init(name: String, keyID: [UInt8], signature: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.signature = signature
        }

        fileprivate func isBy(_ key: VerifierKey) -> Bool {
            name.isVerbatim(key.name) && keyID == key.id
        }
    }

    /// The largest note that is read, in bytes.
    package static let maximumBytes = 1_000_000
    /// The most signature lines that are read.
    package static let maximumLines = 100

    /// What is signed; it ends with a line end.
    package let text: String
    /// At least one, in their order.
    package let lines: [Line]

    /// A note that was just signed. `text` ends with a line end and has no control character but
    /// line ends.
    package init(text: String, lines: [Line]) {
        self.text = text
        self.lines = lines
    }

    /// The note as bytes.
    package var bytes: [UInt8] {
        let below = lines.map { "— \($0.name) \(($0.keyID + $0.signature).base64)\n" }
        return Array((text + "\n" + below.joined()).utf8)
    }

    /// Reads a note; nil for everything that is not exactly what ``bytes`` gives: other white
    /// space, control characters, something after the last line, two lines of one key, a text that
    /// is no UTF-8.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.maximumBytes,
            bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }),
            let gap = Self.lastEmptyLine(bytes),
            let text = String(validating: bytes[..<gap], as: UTF8.self)
        else { return nil }
        let below = bytes[(gap + 1)...].split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let end = below.last, end.isEmpty, (2...(Self.maximumLines + 1)).contains(below.count)
        else { return nil }
        var lines: [Line] = []
        for bytes in below.dropLast() {
            guard let line = Line(parsing: bytes),
                !lines.contains(where: { $0.keyID == line.keyID && $0.name.isVerbatim(line.name) })
            else { return nil }
            lines.append(line)
        }
        self.init(text: text, lines: lines)
        guard self.bytes == bytes else { return nil }
    }

    /// The place of the line end that is the last empty line.
    private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropFirst().last { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }
    }
}

extension SignedNote {
    /// Whether the key signed the text. The lines of other keys, such as cosignatures, say nothing.
    package func verify(
        with key: VerifierKey, _ ed25519: Ed25519
    ) throws(SignedNoteError) {
        guard let line = lines.first(where: { $0.isBy(key) }) else {
            throw .otherKey(signers: lines.map(\.name))
        }
        guard let signature = Signature(line.signature),
            ed25519(Array(text.utf8), signature, key.publicKey)
        else { throw .badSignature }
    }

    /// The checkpoint that the note is, signed by the log's key.
    package func checkpoint(
        by key: VerifierKey, _ ed25519: Ed25519
    ) throws(SignedNoteError) -> Checkpoint {
        try verify(with: key, ed25519)
        guard let checkpoint = Checkpoint(text: text) else { throw .noCheckpoint }
        guard checkpoint.origin.isVerbatim(key.name) else {
            throw .otherOrigin(checkpoint.origin)
        }
        return checkpoint
    }
}

extension SignedNote.Line {
    fileprivate init?(parsing bytes: ArraySlice<UInt8>) {
        let dash = Array("— ".utf8)
        guard bytes.starts(with: dash) else { return nil }
        let parts = bytes.dropFirst(dash.count).split(
            separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = String(validating: parts[0], as: UTF8.self),
            VerifierKey.isName(name),
            let blob = [UInt8](base64: String(decoding: parts[1], as: UTF8.self)), blob.count > 4
        else { return nil }
        self.init(
            name: name, keyID: Array(blob.prefix(4)), signature: Array(blob.dropFirst(4)))
    }
}

/// Why a note says nothing.
package enum SignedNoteError: Error, Hashable, Sendable {
    /// No line is by the key; the names of those who signed, which anyone may have written.
    case otherKey(signers: [String])
    /// The line of the key does not verify.
    case badSignature
    /// It is signed, and is no checkpoint of a log.
    case noCheckpoint
    /// It is signed, and of another log.
    case otherOrigin(String)
}

extension SignedNoteError: CustomStringConvertible {
    /// What is wrong, to follow the name of what was read.
    package var description: String {
        switch self {
        case .otherKey(let signers):
            "it is not signed by this key, but in the name of \(signers.joined(separator: ", "))"
        case .badSignature: "its signature is not by this key over this text"
        case .noCheckpoint: "it is signed, but is no checkpoint"
        case .otherOrigin(let origin): "it is the checkpoint of another log, \(origin)"
        }
    }
}
