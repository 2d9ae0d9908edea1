import ApprovalAgent
import ApprovalCore
import CustodyClient
import PolicyYAML
import SQLiteLedger
import SodiumKeys

/// Builds the parts from the configuration. The only place that names two adapters.
struct Wiring {
    let configuration: Configuration
    let policy: LoadedPolicy
    let clock = SystemClock()
    let clockWatch = ClockWatch()
    let pulse = Pulse()
    let figures = Figures()

    /// Reads configuration and policy, and holds one against the other.
    init(_ option: ConfigurationOption) throws(Failure) {
        let configuration = try option.load()
        let policy: LoadedPolicy
        do throws(PolicyRejected) { policy = try TestedPolicy(configuration).load() } catch {
            throw .invalid(error.findings)
        }
        try self.init(configuration, policy)
    }

    /// Takes both as they were read, and holds one against the other.
    init(_ configuration: Configuration, _ policy: LoadedPolicy) throws(Failure) {
        self.configuration = configuration
        self.policy = policy
        try checkEntities()
    }

    /// Every account for which this agent itself may have to sign needs a key of its entity.
    private func checkEntities() throws(Failure) {
        let known = Set(configuration.approvers.map(\.entityID))
        let orphans = policy.policy.accounts.values.filter {
            !known.contains($0.entityID) && policy.policy.needsSigner(account: $0)
        }
        guard orphans.isEmpty else {
            throw .invalid(
                orphans.sorted { $0.name < $1.name }.map {
                    "\(configuration.path): approvers: the policy's account \($0.name) belongs to "
                        + "entity \($0.entityID), for which no approver is named; add one"
                })
        }
    }

    /// Opens the keys; published ones only where the platform is on loopback.
    static func keys(
        _ configuration: Configuration, for use: Keys.Use
    ) throws(Failure) -> Keys {
        let isLoopback = try custodySettings(configuration).baseURL.isLoopback
        return try Keys(configuration, for: use, isLoopback: isLoopback)
    }

    /// Runs `body` with a client of the platform that repeats what may be repeated, and closes
    /// the client's connections after it.
    func withCustody<Result>(
        _ keys: Keys, _ body: (RetryingCustody) async throws -> Result
    ) async throws -> Result {
        try await withPlatform(keys) { custody, _ in try await body(custody) }
    }

    /// As ``withCustody(_:_:)``, with what the platform says that ever happened.
    func withPlatform<Result>(
        _ keys: Keys, _ body: (RetryingCustody, RetryingHistory) async throws -> Result
    ) async throws -> Result {
        let client = try client(keys)
        let custody = RetryingCustody(client, clock: clock) { Double.random(in: 0...1) }
        do {
            let result = try await body(custody, RetryingHistory(client, with: custody))
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// How the platform is reached; refused with the place of what is wrong.
    static func custodySettings(
        _ configuration: Configuration
    ) throws(Failure) -> CustodySettings {
        let platform = configuration.platform
        do throws(CustodySettingsError) {
            return try CustodySettings(
                baseURL: platform.baseURL, keyID: platform.apiKeyID,
                requestTimeoutMilliseconds: Int(platform.requestTimeout),
                maxConnections: platform.maxConnections, caFile: platform.caFile,
                pinnedPublicKeys: platform.pinnedPublicKeys)
        } catch { throw .invalid("\(platform.place): error E003: platform: \(error)") }
    }

    private func client(_ keys: Keys) throws(Failure) -> CurlCustody {
        CurlCustody(
            settings: try Self.custodySettings(configuration), key: keys.api, sha256: Sodium.sha256,
            randomBytes: { Sodium.randomBytes(count: $0) },
            now: { [clock] in clock.now() },
            onDate: { [clockWatch, pulse] in
                pulse.beat()
                clockWatch.observe(platform: $0, local: $1)
            })
    }

    func ledger(_ keys: Keys) throws(Failure) -> SQLiteLedger { try ledger(logKey: keys.log) }

    /// Opens the ledger as the only process that works on it; `logKey` is the log's public key.
    func ledger(logKey: PublicKey?) throws(Failure) -> SQLiteLedger {
        let opened = try open(logKey)
        do throws(SQLiteLedgerError) { return try opened.get() } catch {
            throw Self.failure(error)
        }
    }

    /// Opens it, or says why not; `accepting` one that is behind too.
    func open(
        _ logKey: PublicKey?, accepting: Bool = false
    ) throws(Failure) -> Result<SQLiteLedger, SQLiteLedgerError> {
        let binding = LedgerBinding(
            environment: configuration.environment,
            baseURL: try Self.custodySettings(configuration).baseURL.description,
            origin: configuration.ledger.origin, logPublicKey: logKey?.description ?? "")
        do throws(SQLiteLedgerError) {
            return .success(
                try SQLiteLedger.open(
                    at: configuration.ledger.file, binding: binding, sha256: Sodium.sha256,
                    accepting: accepting))
        } catch { return .failure(error) }
    }

    /// Moves everything into the ledger's file and lets go of its lock.
    func close(_ ledger: SQLiteLedger) async throws(Failure) {
        do throws(LedgerError) { try await ledger.close() } catch {
            throw .failed("the ledger was not closed well: \(error)")
        }
    }

    /// Refuses, without activating anything, a policy whose revisions do not rise over those of
    /// the active one, as far as that can still be read.
    func checkRevisions(_ reader: SQLiteLedgerReader) async throws(Failure) {
        let findings = try await Self.revisionFindings(policy, configuration, reader)
        guard findings.isEmpty else { throw .invalid(findings.map(\.description)) }
    }

    /// Where the revisions of a policy do not rise over those of the active one, as far as these
    /// can still be read.
    static func revisionFindings(
        _ policy: LoadedPolicy, _ configuration: Configuration, _ reader: SQLiteLedgerReader
    ) async throws(Failure) -> [Finding] {
        let files = try await read { () async throws(LedgerError) -> [PolicyFile] in
            guard let active = try await reader.overview().policyDigest, active != policy.digest
            else { return [] }
            return try await reader.policyFiles(active)
        }
        guard !files.isEmpty,
            let active = TestedPolicy(configuration).directory.check(files: files).loaded
        else { return [] }
        return policy.refusals(after: active).map { file, why in
            Finding(.revision, file: "\(configuration.policyShownAs)/\(file)", at: .start, why)
        }
    }

    /// Takes no lock and leaves the file as it is.
    static func ledgerReader(
        _ configuration: Configuration
    ) throws(Failure) -> SQLiteLedgerReader {
        do throws(SQLiteLedgerError) {
            return try SQLiteLedgerReader.open(
                at: configuration.ledger.file, sha256: Sodium.sha256)
        } catch { throw failure(error) }
    }

    /// What a question to the ledger gives, or that it cannot be read.
    static func read<Answer>(
        _ question: () async throws(LedgerError) -> Answer
    ) async throws(Failure) -> Answer {
        do throws(LedgerError) { return try await question() } catch {
            throw .failed("the ledger cannot be read: \(error)")
        }
    }

    /// A ledger that cannot be opened is a thing to mend, not an invalid configuration.
    static func failure(_ error: SQLiteLedgerError) -> Failure {
        guard case .behind(let file, let why) = error else { return .failed("\(error)") }
        return Failure(lines: ["\(file): \(why)."] + whatToDo, exitCode: 1)
    }

    /// The flow, on whatever ledger and custody it is to run.
    func approver(
        _ keys: Keys, custody: any Custody, ledger: any Ledger, stopSwitch: StopSwitch,
        policies: ActivePolicy
    ) -> Approver {
        var identities: [EntityID: Approver.Identity] = [:]
        for approver in configuration.approvers {
            identities[approver.entityID] = Approver.Identity(
                methodID: approver.methodID, signer: keys.signers[approver.entityID],
                entityStates: approver.entityStates)
        }
        return Approver(
            custody: custody, ledger: ledger, clock: clock, clockWatch: clockWatch,
            haltSwitch: configuration.haltFile, groupSwitch: configuration.groupHaltFile,
            stopSwitch: stopSwitch, identities: identities, policies: policies,
            brake: Brake(
                perMinute: configuration.brake.perMinute, perPass: configuration.brake.perPass),
            figures: figures, sha256: Sodium.sha256)
    }

    /// Asks the platform whether methods, keys, assets and accounts are as configured.
    func preflight(_ keys: Keys, _ custody: any Custody) async throws(Failure) {
        let preflight = Preflight(custody: custody)
        var findings: [Preflight.Finding] = []
        do throws(CustodyError) {
            for approver in configuration.approvers {
                findings += try await preflight.check(
                    method: approver.methodID, of: approver.entityID,
                    key: keys.signers[approver.entityID]?.publicKey)
            }
            findings += try await preflight.check(policy.policy)
        } catch { throw Self.failure(error) }
        guard findings.isEmpty else { throw .invalid(findings.map(\.description)) }
    }

    /// What went wrong with the platform, for a person.
    static func failure(_ error: CustodyError) -> Failure {
        switch error {
        case .refused(401):
            .failed(
                "the platform refused the request's signature (401): check platform.api_key_id, "
                    + "the registered API key and this host's clock")
        case .refused(404):
            .invalid(
                "the platform knows no such approval method, asset or account (404): check the "
                    + "ids in the configuration and the policy")
        case .refused(let status): .failed("the platform refused with status \(status)")
        case .malformed(let body): .failed("the platform's answer cannot be read: \(body)")
        case .notSent(let what), .ambiguous(let what):
            .failed("the platform cannot be reached: \(what)")
        case .throttled(let status, _): .failed("the platform is busy: status \(status)")
        }
    }
}
