import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// Everything around the agent in one seed: time, host, disk, platform, and the books of what
/// happened.
final class World: Sendable {
    let seed: UInt64
    let fate: Fate
    let trace: Trace
    let executor: SeedExecutor
    let books: Books
    let host = Host()
    let treasury: Treasury

    /// 2026-10-06T09:00:00Z.
    static let start: Int64 = 1_791_277_200_000

    init(seed: UInt64, keepsLines: Bool) throws {
        self.seed = seed
        fate = Fate(seed: seed)
        trace = Trace(keepsLines: keepsLines)
        executor = SeedExecutor(fate, now: Self.start)
        treasury = try Treasury()
        books = Books(trace, executor)
        fate.chooseWeather()
    }

    func note(_ what: String, _ first: Int = 0, _ second: Int = 0) {
        trace.note(what, first, second, at: executor.now)
    }

    /// Whether the seed is over before its end: something is already known to be broken.
    var isBroken: Bool { trace.violation != nil }

    /// Something reaches the world, or is about to: the moment at which a process is killed, a
    /// clock steps and a person halts.
    func happens(to life: Life) {
        if isBroken { life.die() }
        guard life.isAlive else { return }
        if fate.strikes(\.kills) {
            note("kill", life.number)
            life.die()
        }
        if fate.strikes(\.clock) { stepClock() }
        if fate.strikes(\.halts) {
            let isHalted = host.toggleHalt(at: executor.now)
            note(isHalted ? "halt" : "resume")
        }
    }

    private func stepClock() {
        let hour: Int64 = 3_600_000
        let steps: [Int64] = [0, 0, 2 * hour, -2 * hour, 30 * hour, -30 * hour, 20_000, -20_000]
        let step = fate.pick(steps)
        if step == 0, fate.once(in: 2) {
            host.stopClock(at: executor.now)
        } else {
            host.setClock(ahead: step)
        }
        note("clock", Int(step))
    }

    /// From now on nothing goes wrong any more.
    func clearUp() {
        fate.weather = .fair
        host.setClock(ahead: 0)
        host.resume()
        note("fair weather")
    }
}

/// The host: its clock, its key, and the file by which a person halts.
final class Host: Sendable {
    private struct State {
        var ahead: Int64 = 0
        var stoppedAt: Int64?
        var halt: Halt?
        var key = 1
    }

    private let state = Mutex(State())

    /// What its clock shows at a true time.
    func clock(at now: Int64) -> Int64 { state.withLock { $0.stoppedAt ?? now + $0.ahead } }

    /// Which approval key is in use, here and at the platform.
    var key: Int { state.withLock { $0.key } }

    /// People replace the key, here and at the platform.
    func replaceKey() { state.withLock { $0.key += 1 } }

    func setClock(ahead: Int64) {
        state.withLock {
            $0.ahead = ahead
            $0.stoppedAt = nil
        }
    }

    func stopClock(at now: Int64) { state.withLock { $0.stoppedAt = now + $0.ahead } }

    var halt: Halt? { state.withLock { $0.halt } }

    func toggleHalt(at now: Int64) -> Bool {
        state.withLock {
            $0.halt = $0.halt == nil ? Halt(since: nil, by: "anna", why: "a drill") : nil
            return $0.halt != nil
        }
    }

    func resume() { state.withLock { $0.halt = nil } }
}

extension Host: HaltSwitch {
    func current() -> Halt? { halt }
}

/// The clock as a process sees it.
struct HostClock: WallClock {
    let world: World
    let life: Life

    func now() -> UnixTime {
        UnixTime(milliseconds: world.host.clock(at: world.executor.now))
    }

    func wait(milliseconds: Int64) async throws(CancellationError) {
        guard life.isAlive else { throw CancellationError() }
        try await world.executor.wait(milliseconds)
        guard life.isAlive else { throw CancellationError() }
    }
}

/// The approval key as a process uses it.
struct WatchedSigner: Signer {
    let world: World
    let life: Life
    let disk: ModelDisk
    let publicKey: PublicKey
    let key: Int

    func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        guard life.isAlive else { throw .unusable("the process is gone") }
        guard let signature = ModelKey.signature(of: message, by: key) else { throw .didNotVerify }
        world.books.signs(message, signature, life, durable: disk.durable)
        return signature
    }
}
