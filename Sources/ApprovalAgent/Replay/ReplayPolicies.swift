package import ApprovalCore

/// The policies of a ledger, each loaded once.
actor ReplayPolicies {
    /// What is known of a policy.
    enum Known: Sendable {
        case loaded(LoadedPolicy)
        /// It was never active: its files are not kept.
        case missing
        /// Its files are not what they should be.
        case refused(expected: String, found: String)

        var policy: LoadedPolicy? {
            guard case .loaded(let policy) = self else { return nil }
            return policy
        }
    }

    private let ledger: any ReplayedLedger
    private let load: ReplayLoader
    private var known: [Digest: Known] = [:]

    init(_ ledger: any ReplayedLedger, load: @escaping ReplayLoader) {
        self.ledger = ledger
        self.load = load
    }

    /// How many were loaded.
    var loaded: Int64 { Int64(known.values.count { $0.policy != nil }) }

    /// What is known of each of these.
    func find(_ digests: Set<Digest>) async throws(LedgerError) -> [Digest: Known] {
        var found: [Digest: Known] = [:]
        for digest in digests {
            if let policy = known[digest] {
                found[digest] = policy
                continue
            }
            let files = try await ledger.policyFiles(digest)
            let policy = known[digest] ?? examine(files, digest)
            known[digest] = policy
            found[digest] = policy
        }
        return found
    }

    private func examine(_ files: [PolicyFile], _ digest: Digest) -> Known {
        guard !files.isEmpty else { return .missing }
        switch load(files) {
        case .success(let policy) where policy.digest == digest: return .loaded(policy)
        case .success(let policy):
            return .refused(expected: "\(digest)", found: "\(policy.digest)")
        case .failure(let refused):
            return .refused(
                expected: "files that load", found: refused.findings.first ?? "no policy")
        }
    }
}

/// Reads a policy from its files, as it was read when it was activated.
package typealias ReplayLoader =
    @Sendable (_ files: [PolicyFile]) -> Result<LoadedPolicy, PolicyRejected>

/// Whether an Ed25519 signature over a message is one of this key.
package typealias SignatureCheck =
    @Sendable (_ signature: Signature, _ message: [UInt8], _ key: PublicKey) -> Bool
