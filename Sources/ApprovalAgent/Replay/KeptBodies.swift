import ApprovalCore

/// Bodies as a ledger keeps them, each hashed once; accounts, which many decisions share, are also
/// parsed once.
struct KeptBodies: Sendable {
    struct Body: Sendable {
        let bytes: [UInt8]
        /// The hash of the bytes: to be held against the one that it is kept under.
        let found: Digest
    }

    private let all: [Digest: Body]
    private let accounts: [Digest: Account]

    /// `kept` by the hash that each is kept under; `accounts` are the hashes that entries name as
    /// those of accounts.
    init(_ kept: [Digest: [UInt8]], accounts: Set<Digest>, sha256: SHA256) {
        all = kept.mapValues { Body(bytes: $0, found: sha256($0)) }
        var parsed: [Digest: Account] = [:]
        for digest in accounts { parsed[digest] = kept[digest].flatMap { try? Account(bytes: $0) } }
        self.accounts = parsed
    }

    /// Nil where it was erased.
    subscript(digest: Digest) -> Body? { all[digest] }

    /// The account whose body is kept under this hash.
    func account(_ digest: Digest) throws(MalformedBody) -> Account? {
        if let account = accounts[digest] { return account }
        return try all[digest].map { body throws(MalformedBody) in
            try Account(bytes: body.bytes)
        }
    }
}
