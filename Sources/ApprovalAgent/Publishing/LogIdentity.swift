package import ApprovalCore

/// Whose log it is, and what verifies it. The name of the key is the log's origin.
package struct LogIdentity: Sendable {
    package let key: VerifierKey
    package let ed25519: Ed25519
    package let sha256: SHA256

    package init(key: VerifierKey, ed25519: @escaping Ed25519, sha256: @escaping SHA256) {
        self.key = key
        self.ed25519 = ed25519
        self.sha256 = sha256
    }

    /// The checkpoint of this log that a note is.
    package func checkpoint(_ note: [UInt8]) throws(SignedNoteError) -> Checkpoint {
        guard let note = SignedNote(parsing: note) else { throw .noCheckpoint }
        return try note.checkpoint(by: key, ed25519)
    }
}
