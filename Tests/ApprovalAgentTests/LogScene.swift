import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization
import Testing

/// A ledger with entries and the places where its log is published.
struct LogScene {
    static let origin = "log.example/one"

    let ledger: InMemoryLedger
    let signer: HashingSigner
    let clock = ManualClock()
    let figures = Figures()
    let identity: LogIdentity

    init(_ ledger: InMemoryLedger = InMemoryLedger(), key: String = "log key") throws {
        self.ledger = ledger
        let signer = try #require(HashingSigner(seed: key))
        self.signer = signer
        let verifier = try #require(
            VerifierKey(name: Self.origin, publicKey: signer.publicKey, TestSHA256.hash))
        identity = LogIdentity(
            key: verifier,
            ed25519: { signer.signature(of: $0) == $1 && $2 == signer.publicKey },
            sha256: Self.remembered)
    }

    /// SHA-256 that hashes the same bytes once: most of what these tests hash is the same.
    private static let known = Mutex<[[UInt8]: Digest]>([:])
    static let remembered: SHA256 = { bytes in
        if let digest = known.withLock({ $0[bytes] }) { return digest }
        let digest = TestSHA256.hash(bytes)
        known.withLock { $0[bytes] = digest }
        return digest
    }

    /// Writes entries; each tenth confirms a transaction.
    func write(_ count: Int) async throws {
        let first = await ledger.entries.count
        for number in first..<(first + count) {
            let id = try #require(TransactionID(Self.id(number)))
            try await ledger.append(
                number % 10 == 9 ? .confirmed : .started, about: number % 10 == 9 ? id : nil,
                entry: [JSONMember("n", .integer(number))], now: clock.now())
        }
    }

    static func id(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 32 - digits.utf8.count) + digits + "atrx"
    }

    func places(
        _ directory: InMemoryLogDirectory, _ highWater: InMemoryHighWaterMark,
        log: (any EntryLog)? = nil
    ) -> LogPlaces {
        LogPlaces(
            log: log ?? ledger, directory: directory, highWater: highWater, identity: identity)
    }

    func publisher(
        _ directory: InMemoryLogDirectory, _ highWater: InMemoryHighWaterMark,
        log: (any EntryLog)? = nil
    ) -> Publisher {
        Publisher(
            places(directory, highWater, log: log), signer: signer, clock: clock, figures: figures)
    }

    /// What stops a publisher; nil where nothing does.
    static func stop(_ publisher: Publisher) async -> String? {
        do throws(Stop) {
            _ = try await publisher.publish()
            return nil
        } catch { return error.why }
    }
}

/// A log that is changed on its way, as by a disk that lies.
struct LyingLog: EntryLog {
    let log: any EntryLog
    var lie: @Sendable (LogLeaf) -> LogLeaf = { $0 }
    var frontierLie: @Sendable (Frontier) -> Frontier = { $0 }
    var checkpointLie: @Sendable (SignedCheckpoint?) -> SignedCheckpoint? = { $0 }

    func frontier() async throws(LedgerError) -> Frontier { frontierLie(try await log.frontier()) }

    func leaves(from index: Int64, count: Int) async throws(LedgerError) -> [LogLeaf] {
        try await log.leaves(from: index, count: count).map(lie)
    }

    func lastCheckpoint() async throws(LedgerError) -> SignedCheckpoint? {
        checkpointLie(try await log.lastCheckpoint())
    }

    func keep(_ checkpoint: SignedCheckpoint) async throws(LedgerError) {
        try await log.keep(checkpoint)
    }
}

extension LogLeaf {
    /// The same leaf with other bytes, and with their hash where it is to be believed.
    func changed(rehashed: Bool = false) -> LogLeaf {
        let bytes = entry.map { $0 == UInt8(ascii: "1") ? UInt8(ascii: "2") : $0 }
        return LogLeaf(
            index: index, kind: kind, transactionID: transactionID, entry: bytes,
            hash: rehashed ? MerkleTree.leaf(bytes, TestSHA256.hash) : hash)
    }
}
