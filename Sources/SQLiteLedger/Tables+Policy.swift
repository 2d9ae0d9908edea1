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
    /// When it became active.
    let time: UnixTime
    /// Whether no other was active before it.
    let isFirst: Bool
}

extension Tables {
    /// The policy that limits are counted under; nil before the first.
    func activation() throws -> Activation? {
        let row = try first(
            """
            SELECT policy_activation.*, time, (SELECT count(*) FROM policy_activation) AS n
                FROM policy_activation JOIN entry ON seq = entry_seq
            ORDER BY entry_seq DESC LIMIT 1
            """)
        guard let row else { return nil }
        let sealed = try verified(.activation, row)
        return Activation(
            digest: try sealed.value("digest", sealed.bytes, Digest.init),
            revision: try sealed.integer("revision"),
            bookRevision: try sealed.integer("address_book_revision"),
            policyFile: try sealed.bytes("policy_sha256"),
            bookFile: try sealed.optionalBytes("address_book_sha256"),
            time: try sealed.time("time"), isFirst: try sealed.integer("n") == 1)
    }

    /// Makes a policy the one that limits are counted under. As revisions never fall, the last
    /// activation has the highest ones.
    func activate(_ edition: Edition, _ prepared: Preparation, now: UnixTime) throws {
        try check(edition)
        let last = try activation()
        let time = try effective(now)
        let age = try age(of: edition, after: last, at: time)
        if last?.digest != edition.digest {
            try keep(edition)
            try append(edition, at: time)
        }
        if let age { try know(batch: prepared.batch, age) }
        try swap(edition, prepared.series)
    }

    private func append(_ edition: Edition, at time: UnixTime) throws {
        let seq = try append(
            .policyActivated, about: nil, [JSONMember("policy", edition.json)], at: time)
        try insert(
            .activation,
            [
                .integer(seq), .bytes(edition.digest.bytes),
                .integer(edition.policy.metadata.revision),
                .integer(edition.policy.addressBook.revision),
                .bytes(edition.policyFile.bytes),
                .optional(edition.bookFile?.bytes, { .bytes($0) }),
            ])
    }

    /// Since when the new destinations of an edition are known; nil where none can be new. A
    /// ledger that kept no ages before takes a book that was active as known since then.
    private func age(
        of edition: Edition, after last: Activation?, at time: UnixTime
    ) throws -> DestinationAge? {
        guard let last else { return DestinationAge(activatedAt: time, isOriginal: true) }
        let isAged = try first("SELECT 1 FROM batch LIMIT 1") != nil
        let isSameBook = last.bookFile == edition.bookFile?.bytes
        if !isAged, last.digest == edition.digest || (isSameBook && last.bookFile != nil) {
            return DestinationAge(activatedAt: last.time, isOriginal: last.isFirst)
        }
        return last.digest == edition.digest
            ? nil : DestinationAge(activatedAt: time, isOriginal: false)
    }

    /// Each file's revision rises with each change of that file.
    func check(_ edition: Edition) throws {
        guard let last = try activation() else { return }
        let revision = edition.policy.metadata.revision
        guard revision >= last.revision else {
            throw LedgerError.policyRevision(
                "revision \(revision) is lower than \(last.revision), which was active before")
        }
        guard revision > last.revision || edition.policyFile.bytes == last.policyFile else {
            throw LedgerError.policyRevision(
                "revision \(revision) was active before with other bytes: raise it")
        }
        let book = edition.policy.addressBook.revision
        guard book >= last.bookRevision else {
            throw LedgerError.policyRevision(
                "the address book's revision \(book) is lower than \(last.bookRevision), "
                    + "which was active before")
        }
        guard book > last.bookRevision || edition.bookFile?.bytes == last.bookFile else {
            throw LedgerError.policyRevision(
                "the address book's revision \(book) was active before with other bytes: raise it")
        }
    }

    private func keep(_ edition: Edition) throws {
        let digest = DatabaseValue.bytes(edition.digest.bytes)
        for file in edition.files {
            try keep(file)
            let hash = DatabaseValue.bytes(file.sha256.bytes)
            let known = try first(
                "SELECT sha256 FROM policy_content WHERE policy_digest = ? AND path = ?", digest,
                .text(file.path))
            if let known {
                guard try known.cell("sha256") == hash else {
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
