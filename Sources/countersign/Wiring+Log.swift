import ApprovalAgent
import ApprovalCore
import AuditFiles
import SQLiteLedger
import SodiumKeys

// The audit log: where it is published, and whose it is.
extension Wiring {
    /// The log of this configuration, under a public key.
    static func logIdentity(
        _ configuration: Configuration, _ publicKey: PublicKey
    ) throws(Failure) -> LogIdentity {
        let origin = configuration.ledger.origin
        guard let key = VerifierKey(name: origin, publicKey: publicKey, Sodium.sha256) else {
            throw .invalid(
                "\(configuration.path): ledger.origin: a log's name is 1 to 255 bytes without "
                    + "white space, control characters and '+'; write it as a name and a path, "
                    + "such as 'countersign.example/treasury'")
        }
        return LogIdentity(
            key: key, ed25519: { Sodium.verify($1, of: $0, by: $2) }, sha256: Sodium.sha256)
    }

    /// The places of the log of a ledger that is open, for the one process that writes to them.
    func publisher(_ keys: Keys, _ ledger: SQLiteLedger) throws(Failure) -> Publisher {
        guard let signer = keys.logSigner else { throw .failed("the log key was not opened") }
        let directory = AuditDirectory(configuration.ledger.auditDirectory)
        do throws(LogDirectoryError) { try directory.removeLeftovers() } catch {
            throw .failed("the audit log cannot be kept: \(error)")
        }
        let places = LogPlaces(
            log: ledger, directory: directory,
            highWater: HighWaterFile(besideLedger: configuration.ledger.file),
            identity: try Self.logIdentity(configuration, signer.publicKey))
        return Publisher(places, signer: signer, clock: clock, figures: figures)
    }

    /// The places of the log for those who only read; `directory` is the configured one where nil.
    static func logPlaces(
        _ configuration: Configuration, _ reader: SQLiteLedgerReader,
        directory: AuditDirectory? = nil
    ) throws(Failure) -> LogPlaces {
        try LogPlaces(
            log: ReadLog(reader: reader),
            directory: directory ?? AuditDirectory(configuration.ledger.auditDirectory),
            highWater: HighWaterFile(besideLedger: configuration.ledger.file),
            identity: logIdentity(configuration, configuration.logPublicKey()))
    }
}

extension Configuration {
    /// The public half of the log key; its secret is not decoded.
    func logPublicKey() throws(Failure) -> PublicKey {
        do throws(KeyFileError) {
            return try KeyFile.publicPart(
                ledger.logKeyFile, purpose: .log, environment: environment
            ).publicKey
        } catch { throw .invalid(error.description) }
    }
}

/// The log of a ledger that is only read.
struct ReadLog: EntryLog {
    let reader: SQLiteLedgerReader

    func frontier() async throws(LedgerError) -> Frontier { try await reader.frontier() }

    func leaves(from index: Int64, count: Int) async throws(LedgerError) -> [LogLeaf] {
        try await reader.leaves(from: index, count: count)
    }

    func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint? {
        try await reader.lastCheckpoint()
    }

    func keep(_ checkpoint: SignedCheckpoint) async throws(LedgerError) {
        throw .unavailable("a ledger that is only read keeps no checkpoint")
    }
}
