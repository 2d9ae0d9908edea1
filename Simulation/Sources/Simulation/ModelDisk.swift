import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// The disk: what of the ledger is durable, who holds its lock, and how many entries it is known to
/// have had.
final class ModelDisk: Sendable {
    private struct State {
        var durable = InMemoryLedger.Snapshot()
        /// An older copy, as somebody may put it back.
        var backup: InMemoryLedger.Snapshot?
        var highWater = 0
        var owner: Life?
    }

    private let state = Mutex(State())
    private let world: World

    init(_ world: World) { self.world = world }

    /// What a restart would read now.
    var durable: InMemoryLedger.Snapshot { state.withLock { $0.durable } }

    /// Opens the ledger for writing; nil where it is refused: another process holds it, or it is
    /// not as long as it is known to have been.
    func open(_ life: Life) -> InMemoryLedger? {
        let restored = world.fate.weather.disk > 0 && world.fate.once(in: 12)
        let opened = state.withLock { state -> InMemoryLedger.Snapshot? in
            if let owner = state.owner, owner.isAlive { return nil }
            var found = state.durable
            if restored, let backup = state.backup { found = backup }
            guard found.entries.count >= state.highWater else { return nil }
            state.owner = life
            state.durable = found
            return found
        }
        world.note(opened == nil ? "refused" : "opened", life.number)
        return opened.map { InMemoryLedger($0, on: DiskSide(world: world, disk: self, life: life)) }
    }

    /// Reads the ledger without a lock, as a dry run does.
    func read(_ life: Life) -> InMemoryLedger {
        InMemoryLedger(durable, on: DiskSide(world: world, disk: self, life: life))
    }

    func close(_ life: Life) {
        state.withLock { if $0.owner === life { $0.owner = nil } }
    }

    func write(_ new: InMemoryLedger.Snapshot) {
        let isKept = world.fate.once(in: 8)
        state.withLock { state in
            if isKept { state.backup = state.durable }
            state.durable = new
            state.highWater = max(state.highWater, new.entries.count)
        }
    }
}

/// The disk as one process uses it.
struct DiskSide: LedgerDisk {
    let world: World
    let disk: ModelDisk
    let life: Life

    func begin(_ call: InMemoryLedger.Call) throws(LedgerError) {
        guard life.isAlive else { throw .unavailable("the process is gone") }
        if life.hasFailedWrite {
            world.books.breaks("I10", "the ledger was asked again after it had failed")
        }
        guard !world.fate.once(in: world.fate.weather.disk * 10) else {
            world.note("read fails", life.number)
            life.failedToWrite()
            throw .unavailable("a read failed")
        }
    }

    /// Lost, torn and failing writes, and commits of which nobody knows.
    func commit(_ new: InMemoryLedger.Snapshot) throws(LedgerError) {
        let gone = LedgerError.unavailable("the process is gone")
        let wasHalted = world.host.halt != nil
        world.happens(to: life)
        guard life.isAlive else { throw gone }
        if world.fate.strikes(\.disk) {
            let isDurable = world.fate.once(in: 2)
            world.note("write fails", life.number, isDurable ? 1 : 0)
            if isDurable { keep(new, wasHalted) }
            life.failedToWrite()
            throw .unavailable("a write failed")
        }
        keep(new, wasHalted)
        world.happens(to: life)
        guard life.isAlive else { throw gone }
    }

    private func keep(_ new: InMemoryLedger.Snapshot, _ wasHalted: Bool) {
        world.books.commits(new, life, wasHalted: wasHalted)
        disk.write(new)
    }
}
