import ApprovalAgent
import ApprovalCore
import Foundation
import Listener
import PolicyYAML
import SQLiteLedger
import Synchronization

/// What `/readyz`, `/status` and `/metrics` say of the running agent. Asked anew for each request;
/// it writes nothing and holds nothing up.
struct Operations: Sendable {
    let configuration: Configuration
    let policies: ActivePolicy
    let clock: SystemClock
    let clockWatch: ClockWatch
    let ledger: any Ledger
    let logbook: Logbook
    let figures: Figures
    let notifications: Tally
    /// Why an approval key cannot be used at the platform; nil where all can.
    let keyDoubt: @Sendable () async -> Reason?
    /// By ``RunningAgent/CallbackResult``.
    let callbacks: Tally
    let callbackRefusals = Tally(CallbackRefusal.labels)
    private let directory: PolicyDirectoryDigest

    init(
        configuration: Configuration, policies: ActivePolicy, clock: SystemClock,
        clockWatch: ClockWatch, ledger: any Ledger, logbook: Logbook, figures: Figures,
        notifications: Tally, callbacks: Tally,
        keyDoubt: @escaping @Sendable () async -> Reason?
    ) {
        self.configuration = configuration
        self.policies = policies
        self.clock = clock
        self.clockWatch = clockWatch
        self.ledger = ledger
        self.logbook = logbook
        self.figures = figures
        self.notifications = notifications
        self.callbacks = callbacks
        self.keyDoubt = keyDoubt
        directory = PolicyDirectoryDigest(TestedPolicy(configuration))
    }

    var pages: OperationsPages {
        OperationsPages(
            ready: {
                let readiness = await readiness()
                return (readiness.isReady, readiness.json)
            }, status: { await status() }, metrics: { await metrics() })
    }

    func readiness() async -> Readiness { Readiness(await findings()) }

    func findings() async -> Readiness.Findings {
        await Readiness.Findings(
            policies: policies, clockWatch: clockWatch, ledger: ledger,
            haltSwitch: configuration.haltFile, lastCompletePass: logbook.lastCompletePass,
            pollInterval: configuration.watch.pollInterval, now: clock.now(),
            keyDoubt: await keyDoubt(), firstPassSince: logbook.firstPassSince)
    }

    /// The digest of what the directory holds now; nil where that is not valid.
    func directoryDigest() async -> Digest? { await directory.current() }

    /// The ledger's figures, read beside the agent; nil where they cannot be.
    func overview() async -> LedgerOverview? {
        do {
            let reader = try Wiring.ledgerReader(configuration)
            return try await Wiring.read { () async throws(LedgerError) in
                try await reader.overview()
            }
        } catch { return nil }
    }
}

/// The digest of a policy's directory, computed at most once in a while, on a thread of its own. It
/// is shown and never loaded.
private final class PolicyDirectoryDigest: Sendable {
    private struct Known {
        let digest: Digest?
        let at: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(5)

    private let policy: TestedPolicy
    private let queue = DispatchQueue(label: "policy directory")
    private let known = Mutex<Known?>(nil)

    init(_ policy: TestedPolicy) { self.policy = policy }

    func current() async -> Digest? {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.read()) }
        }
    }

    private func read() -> Digest? {
        if let known = known.withLock({ $0 }), known.at.duration(to: .now) < Self.lifetime {
            return known.digest
        }
        let digest = policy.directory.check().loaded?.digest
        known.withLock { $0 = Known(digest: digest, at: .now) }
        return digest
    }
}
