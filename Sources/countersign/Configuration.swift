import ApprovalCore
import Listener

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
        /// States of the entity in which its transactions are approved; `absent` is that the
        /// platform shows none.
        let entityStates: Set<String>
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

    /// Where strangers and operators may call; nil is nowhere.
    struct Doors {
        var callbacks: ListenAddress?
        var operations: ListenAddress?
    }

    /// The command that tells people.
    struct NotifyCommand {
        /// `file:line:column`, for findings.
        let place: String
        /// The program's absolute path and its arguments; at least one.
        let words: [String]
    }

    struct Notify {
        var command: NotifyCommand?
        /// Milliseconds.
        var timeout: Int64 = 10_000
    }

    /// Signatures beyond which everything is held, whatever the policy says; nil is without end.
    struct BrakeBounds {
        var perMinute: Int?
        var perPass: Int?
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
    let listen: Doors
    let notify: Notify
    let brake: BrakeBounds

    /// `HALT` beside the ledger.
    var haltFile: HaltFile { HaltFile(besideLedger: ledger.file) }

    /// `last-pass.json` beside the ledger.
    var lastPassFile: LastPassFile {
        LastPassFile(path: HaltFile(besideLedger: ledger.file, name: "last-pass.json").path)
    }

    /// `GROUP-HALT` beside the ledger.
    var groupHaltFile: GroupHaltFile { GroupHaltFile(besideLedger: ledger.file) }
}
