import ApprovalAgent
import ApprovalCore
import SodiumKeys

/// The keys of one agent, every file checked.
struct Keys {
    /// Which key files are opened.
    enum Use {
        /// The API key alone: what signs a GET. INVARIANT: I7. No approval key is opened.
        case asking
        /// All of them.
        case approving
    }

    let api: SodiumSigner
    /// By entity; empty where only asking.
    let signers: [EntityID: SodiumSigner]
    /// The log's key, which signs checkpoints alone; nil where only asking.
    let logSigner: SodiumSigner?
    /// The public part of the log's key; nil where only asking.
    var log: PublicKey? { logSigner?.publicKey }

    /// Published keys are refused unless the platform `isLoopback`.
    init(
        _ configuration: Configuration, for use: Use, isLoopback: Bool
    ) throws(Failure) {
        let environment = configuration.environment
        var signers: [EntityID: SodiumSigner] = [:]
        var logSigner: SodiumSigner?
        do throws(KeyFileError) {
            api = try SodiumSigner(
                opening: configuration.platform.apiKeyFile, purpose: .api,
                environment: environment)
            if use == .approving {
                for approver in configuration.approvers {
                    signers[approver.entityID] = try SodiumSigner(
                        opening: approver.keyFile, purpose: .approval, environment: environment)
                }
                logSigner = try SodiumSigner(
                    opening: configuration.ledger.logKeyFile, purpose: .log,
                    environment: environment)
            }
        } catch { throw .invalid(error.description) }
        self.signers = signers
        self.logSigner = logSigner
        try checkDistinct(configuration)
        if !isLoopback { try checkPublished(configuration) }
    }

    /// INVARIANT: I1. An approval key signs nothing but approvals: one key for two purposes could be
    /// made to sign an HTTP request in the shape of a challenge.
    private func checkDistinct(_ configuration: Configuration) throws(Failure) {
        if let log, log == api.publicKey {
            throw .invalid(
                "\(configuration.ledger.logKeyFile): the log key is the API key; make another "
                    + "with `countersign keys create --purpose log FILE`")
        }
        for approver in configuration.approvers {
            guard let key = signers[approver.entityID]?.publicKey else { continue }
            if key == api.publicKey {
                throw .invalid(
                    "\(approver.keyFile): the approval key is the API key; make another with "
                        + "`countersign keys create --purpose approval FILE`")
            }
            if let log, key == log {
                throw .invalid(
                    "\(approver.keyFile): the approval key is the log key; make another with "
                        + "`countersign keys create --purpose log FILE`")
            }
        }
    }

    /// The guide's example keys are known to the world.
    private func checkPublished(_ configuration: Configuration) throws(Failure) {
        let all =
            [(configuration.platform.apiKeyFile, api.publicKey as PublicKey?)]
            + configuration.approvers.map { ($0.keyFile, signers[$0.entityID]?.publicKey) }
            + [(configuration.ledger.logKeyFile, log)]
        let known = all.filter { $0.1.map(KnownKeys.published.contains) == true }
        guard known.isEmpty else {
            throw .invalid(
                known.map {
                    "\($0.0): the key is one of the published examples, which the whole world "
                        + "knows; they are refused outside loopback. Make your own with "
                        + "`countersign keys create`"
                })
        }
    }
}
