import ApprovalAgent
import ApprovalCore
import GRDB

/// The policy that was activated last.
struct Activation {
    let digest: Digest
    let revision: Int64
    let bookRevision: Int64
    let policyFile: [UInt8]
    let bookFile: [UInt8]?
}

extension Tables {
    /// The policy that limits are counted under; nil before the first.
    func activation() throws -> Activation? {
        let row = try first("SELECT * FROM policy_activation ORDER BY entry_seq DESC LIMIT 1")
        guard let row else { return nil }
        let sealed = try verified(.activation, row)
        return Activation(
            digest: try sealed.value("digest", sealed.bytes, Digest.init),
            revision: try sealed.integer("revision"),
            bookRevision: try sealed.integer("address_book_revision"),
            policyFile: try sealed.bytes("policy_sha256"),
            bookFile: try sealed.optionalBytes("address_book_sha256"))
    }

    /// Makes a policy the one that limits are counted under. As revisions never fall, the last
    /// activation has the highest ones.
    func activate(_ policy: LoadedPolicy, now: UnixTime) throws {
        let last = try activation()
        if let last { try check(policy, after: last) }
        if let last, last.digest == policy.digest { return }
        try keep(policy)
        let metadata = policy.policy.metadata
        let seq = try append(
            .policyActivated, about: nil, [JSONMember("policy", policy.json)], at: effective(now))
        try insert(
            .activation,
            [
                .integer(seq), .bytes(policy.digest.bytes), .integer(metadata.revision),
                .integer(policy.policy.addressBook.revision), .bytes(policyFile(policy)),
                .optional(bookFile(policy), { .bytes($0) }),
            ])
        try recount(under: policy.policy)
    }

    /// Each file's revision rises with each change of that file.
    private func check(_ policy: LoadedPolicy, after last: Activation) throws {
        let revision = policy.policy.metadata.revision
        guard revision >= last.revision else {
            throw LedgerError.policyRevision(
                "revision \(revision) is lower than \(last.revision), which was active before")
        }
        guard revision > last.revision || policyFile(policy) == last.policyFile else {
            throw LedgerError.policyRevision(
                "revision \(revision) was active before with other bytes: raise it")
        }
        let book = policy.policy.addressBook.revision
        guard book >= last.bookRevision else {
            throw LedgerError.policyRevision(
                "the address book's revision \(book) is lower than \(last.bookRevision), "
                    + "which was active before")
        }
        guard book > last.bookRevision || bookFile(policy) == last.bookFile else {
            throw LedgerError.policyRevision(
                "the address book's revision \(book) was active before with other bytes: raise it")
        }
    }

    /// The hash of `policy.yaml`; the policy's digest where there is no such file.
    private func policyFile(_ policy: LoadedPolicy) -> [UInt8] {
        policy.files.first { $0.path.isVerbatim("policy.yaml") }.map { sha256($0.bytes).bytes }
            ?? policy.digest.bytes
    }

    private func bookFile(_ policy: LoadedPolicy) -> [UInt8]? {
        policy.files.first { $0.path.isVerbatim("address_book.yaml") }
            .map { sha256($0.bytes).bytes }
    }

    private func keep(_ policy: LoadedPolicy) throws {
        let digest = DatabaseValue.bytes(policy.digest.bytes)
        for file in policy.files {
            let hash = DatabaseValue.bytes(sha256(file.bytes).bytes)
            if try first("SELECT 1 FROM policy_file WHERE sha256 = ?", hash) == nil {
                try run(
                    "INSERT INTO policy_file (sha256, bytes) VALUES (?, ?)", hash,
                    .bytes(file.bytes))
            }
            let known = try first(
                "SELECT sha256 FROM policy_content WHERE policy_digest = ? AND path = ?", digest,
                .text(file.path))
            if let known {
                guard known.cell("sha256") == hash else {
                    throw LedgerError.corrupt("two policies have one digest")
                }
                continue
            }
            try run(
                "INSERT INTO policy_content (policy_digest, path, sha256) VALUES (?, ?, ?)",
                digest, .text(file.path), hash)
        }
    }

    /// The files of a policy that was active, for replay; empty where it never was.
    func policyFiles(_ digest: Digest) throws -> [PolicyFile] {
        try all(
            """
            SELECT path, bytes, sha256 FROM policy_content JOIN policy_file USING (sha256)
            WHERE policy_digest = ? ORDER BY path
            """, .bytes(digest.bytes)
        ).map { row in
            let bytes = try row.bytes("bytes")
            guard sha256(bytes).bytes == (try row.bytes("sha256")) else {
                throw LedgerError.corrupt("a policy file is not what was written")
            }
            return PolicyFile(path: try row.text("path"), bytes: bytes)
        }
    }
}
