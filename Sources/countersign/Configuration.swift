import ApprovalCore

/// `countersign.yaml`, read and checked. Paths are resolved against the file's folder.
/// Every key: docs/configuration.md.
struct Configuration {
    struct Platform {
        /// `file:line:column` of `base_url`, for findings.
        let place: String
        let baseURL: String
        let apiKeyID: String
        let apiKeyFile: String
        let caFile: String?
        let pinnedPublicKeys: [String]
        /// Milliseconds.
        let requestTimeout: Int64
        let maxConnections: Int
    }

    struct ApproverIdentity {
        let entityID: EntityID
        let methodID: ApprovalMethodID
        let keyFile: String
    }

    struct LedgerFiles {
        let file: String
        let auditDirectory: String
        let logKeyFile: String
        let origin: String
    }

    struct WatchBounds {
        /// Milliseconds.
        let pollInterval: Int64
        let maxConcurrency: Int
    }

    /// The file as it was named.
    let path: String
    let environment: String
    let platform: Platform
    let approvers: [ApproverIdentity]
    let policyDirectory: String
    /// `policy.directory` as it is written, for findings.
    let policyShownAs: String
    let ledger: LedgerFiles
    let watch: WatchBounds

    /// `HALT` beside the ledger.
    var haltFile: HaltFile { HaltFile(besideLedger: ledger.file) }
}
