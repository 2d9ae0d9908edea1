import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// A scene with an agent that runs, and a policy's directory as far as the agent sees it.
final class Desk: Sendable {
    private struct State {
        var load: @Sendable () throws(PolicyRejected) -> LoadedPolicy
        var passes = 0
        var isReloaded = false
    }

    let scene: Scene
    let bell = Bell()
    let reloads = Bell()
    let reloaded = Signal()
    private let policy: LoadedPolicy
    private let state: Mutex<State>

    init(revision: Int64 = 1, accounts: Int = 2) throws {
        scene = try Scene()
        scene.clockWatch.observe(platform: scene.clock.now(), local: scene.clock.now())
        let own = Array([scene.account, scene.treasury].prefix(accounts))
        policy = try scene.policy(revision: revision, accounts: own)
        state = Mutex(
            State { () throws(PolicyRejected) in throw PolicyRejected(findings: ["nothing put"]) })
    }

    func puts(_ policy: LoadedPolicy) { onLoad { () throws(PolicyRejected) in policy } }
    func puts(_ rejected: PolicyRejected) { onLoad { () throws(PolicyRejected) in throw rejected } }
    func onLoad(_ load: @escaping @Sendable () throws(PolicyRejected) -> LoadedPolicy) {
        state.withLock { $0.load = load }
    }

    func stop() {
        scene.stop.stop()
        bell.ring()
    }

    /// How many passes have ended.
    func count(_ event: Agent.Event) -> Int { state.withLock { $0.passes } }

    var isReloaded: Bool { state.withLock { $0.isReloaded } }

    /// Runs the agent; it waits for the bell between passes, however long.
    func run(
        _ tell: @escaping @Sendable (Agent.Event, Desk) -> Void
    ) async throws {
        let reloading = Reloading(bell: reloads) { [self] () async throws(PolicyRejected) in
            let load = state.withLock { $0.load }
            return try load()
        }
        try await Agent(
            try scene.approver(policy: policy, clock: PatientClock()), bell: bell,
            reloading: reloading, concurrency: 4, pollInterval: 15_000
        ) { [self] event in
            if case .passed = event { state.withLock { $0.passes += 1 } }
            if case .reloaded = event {
                state.withLock { $0.isReloaded = true }
                reloaded.fire()
            }
            tell(event, self)
        }.run()
    }

    var kinds: [EntryKind] { get async { await scene.ledger.entries.map(\.kind) } }

    /// The policy's revision of each decision, in order.
    var revisions: [Int64] {
        get async {
            await scene.ledger.entries.filter { $0.kind == .decided }.compactMap {
                guard case .number(let text)? = $0["policy"]?["revision"] else { return nil }
                return Int64(text)
            }
        }
    }
}

/// Something that happens once, and can be waited for.
final class Signal: Sendable {
    private struct State {
        var isFired = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func fire() {
        let waiting = state.withLock { state in
            state.isFired = true
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isFired = state.withLock { state in
                if !state.isFired { state.waiting.append(continuation) }
                return state.isFired
            }
            if isFired { continuation.resume() }
        }
    }
}
