import ApprovalAgent
import ApprovalCore
import SodiumKeys

/// The keys of one agent, every file checked. In a dry run the approval keys' secrets are never
/// loaded.
struct Keys {
    let api: SodiumSigner
    /// Public parts, by entity.
    let approvals: [EntityID: PublicKey]
    /// Empty in a dry run.
    let signers: [EntityID: SodiumSigner]
    /// The public part of the log's key.
    let log: PublicKey

    init(_ configuration: Configuration, loadingApprovals: Bool) throws(Failure) {
        let environment = configuration.environment
        var approvals: [EntityID: PublicKey] = [:]
        var signers: [EntityID: SodiumSigner] = [:]
        do throws(KeyFileError) {
            api = try SodiumSigner(
                opening: configuration.platform.apiKeyFile, purpose: .api,
                environment: environment)
            for approver in configuration.approvers {
                if loadingApprovals {
                    let signer = try SodiumSigner(
                        opening: approver.keyFile, purpose: .approval, environment: environment)
                    signers[approver.entityID] = signer
                    approvals[approver.entityID] = signer.publicKey
                } else {
                    approvals[approver.entityID] = try KeyFile.publicPart(
                        approver.keyFile, purpose: .approval, environment: environment
                    ).publicKey
                }
            }
            log = try KeyFile.publicPart(
                configuration.ledger.logKeyFile, purpose: .log, environment: environment
            ).publicKey
        } catch { throw .invalid(error.description) }
        self.approvals = approvals
        self.signers = signers
        try checkDistinct(configuration)
        try checkPublished(configuration)
    }

    /// INVARIANT: an approval key signs nothing but approvals: one key for two purposes could be
    /// made to sign an HTTP request in the shape of a challenge.
    private func checkDistinct(_ configuration: Configuration) throws(Failure) {
        for approver in configuration.approvers {
            let key = approvals[approver.entityID]
            if key == api.publicKey {
                throw .invalid(
                    "\(approver.keyFile): the approval key is the API key; make another with "
                        + "`countersign keys create --purpose approval FILE`")
            }
            if key == log {
                throw .invalid(
                    "\(approver.keyFile): the approval key is the log key; make another with "
                        + "`countersign keys create --purpose log FILE`")
            }
        }
    }

    /// The guide's example keys are known to the world.
    private func checkPublished(_ configuration: Configuration) throws(Failure) {
        let all = approvals.values + [api.publicKey, log]
        guard all.contains(where: KnownKeys.published.contains),
            !Loopback.isNamed(by: configuration.platform.baseURL)
        else { return }
        throw .invalid(
            "a key is one of the published examples, which the whole world knows; they are "
                + "refused outside loopback. Make your own with `countersign keys create`")
    }
}

/// Whether a base URL names this host itself.
enum Loopback {
    static func isNamed(by baseURL: String) -> Bool {
        guard let scheme = baseURL.firstRange(of: "://") else { return false }
        let authority = baseURL[scheme.upperBound...].prefix { $0 != "/" }
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost"
            || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
