import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// The play of one seed: processes that come and go while things go wrong, then fair weather in
/// which everything must come to its end.
struct Play: Sendable {
    let world: World
    let disk: ModelDisk
    let platform: ModelPlatform

    init(_ world: World) {
        self.world = world
        disk = ModelDisk(world)
        platform = ModelPlatform(world)
    }

    /// Fair days after which whatever is allowed must be approved.
    private static let mostDays = 12

    func run() async {
        let lives = 2 + world.fate.below(4)
        for number in 1...lives where !world.isBroken {
            await live(number * 10)
            let pauses: [Int64] = [0, 0, 60_000, 600_000, 3_600_000, 26_000_000, 90_000_000]
            try? await world.executor.wait(world.fate.pick(pauses))
            if world.fate.strikes(\.keys) { replaceKey() }
        }
        // What is still under way has its effect before the fair weather.
        try? await world.executor.wait(600_000)
        let births = platform.deals.map(\.bornAt).max() ?? 0
        try? await world.executor.wait(births - world.executor.now)
        world.clearUp()
        for day in 1...Self.mostDays where !world.isBroken {
            // The second pass has the room of what the first one put off.
            await process(Life(1_000 + day, .passes(2)))
            if isSettled { break }
            try? await world.executor.wait(Treasury.day + Treasury.hour)
        }
        if !world.isBroken { expectEnd() }
    }

    private func replaceKey() {
        world.host.replaceKey()
        world.note("another key", world.host.key)
    }

    /// One process, and whoever else touches the ledger meanwhile.
    private func live(_ number: Int) async {
        let hasRival = world.fate.strikes(\.rivals)
        let rehearses = world.fate.strikes(\.rehearsals)
        let passes = 1 + world.fate.below(3)
        let life = Life(number, world.fate.once(in: 2) ? .once : .passes(passes))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await process(life) }
            if hasRival { group.addTask { await later(Life(number + 1, .once)) } }
            if rehearses { group.addTask { await later(Life(number + 2, .rehearsal)) } }
        }
    }

    private func later(_ life: Life) async {
        try? await world.executor.wait(Int64(world.fate.below(2_000)))
        await process(life)
    }

    private func process(_ life: Life) async {
        world.note("process", life.number)
        guard
            let ledger: any Ledger =
                life.isRehearsal ? RehearsalLedger(disk.read(life)) : disk.open(life)
        else { return }
        let stop = StopSwitch()
        let agent = agent(life, ledger, stop)
        do {
            switch life.purpose {
            case .passes: try await agent.run()
            case .once: _ = try await agent.once()
            case .rehearsal: _ = try await agent.rehearse()
            }
            world.note("ended", life.number)
        } catch {
            world.note("stopped", life.number)
        }
        life.die()
        disk.close(life)
    }

    private func agent(_ life: Life, _ ledger: any Ledger, _ stop: StopSwitch) -> Agent {
        let clock = HostClock(world: world, life: life)
        let clockWatch = ClockWatch()
        let wire = Wire(
            world: world, platform: platform, disk: disk, life: life, clockWatch: clockWatch)
        let fate = world.fate
        let key = world.host.key
        let signer = ModelKey.publicKey(key).map {
            WatchedSigner(world: world, life: life, disk: disk, publicKey: $0, key: key)
        }
        let approver = Approver(
            custody: RetryingCustody(wire, clock: clock) { fate.fraction() }, ledger: ledger,
            clock: clock, clockWatch: clockWatch, haltSwitch: world.host,
            groupSwitch: FixedGroupSwitch(), stopSwitch: stop,
            identities: [
                world.treasury.payouts.entityID: Approver.Identity(
                    methodID: world.treasury.methodID, signer: life.isRehearsal ? nil : signer)
            ],
            policies: ActivePolicy(world.treasury.policy), sha256: ModelKey.hash)
        let passes = Mutex(0)
        world.books.begins()
        return Agent(
            approver, bell: Bell(), concurrency: 1 + fate.below(3),
            pollInterval: fate.pick([15_000, 300_000, 1_800_000])
        ) { [world, disk] event in
            if case .item(let report) = event, !life.isRehearsal { world.books.reports(report) }
            guard case .passed(let summary) = event else { return }
            world.note("passed", life.number, summary.seen)
            if !life.isRehearsal {
                world.books.passed(
                    isWhole: life.isAlive && summary.incomplete.isEmpty, durable: disk.durable)
            }
            let count = passes.withLock { passes in
                passes += 1
                return passes
            }
            if case .passes(let most) = life.purpose, count >= most { stop.stop() }
        }
    }
}

// The end.
extension Play {
    /// Whether everything that is allowed came to its end.
    private var isSettled: Bool { unsettled.isEmpty }

    /// What is allowed and not approved, although nothing keeps it.
    private var unsettled: [Deal] {
        let durable = disk.durable
        let deals = platform.deals
        let isOneTwinDone = deals.contains {
            $0.kind == .twin && (isExcused($0, durable) || durable.state(of: $0.id) == .confirmed)
        }
        // What the platform lied about may stay reserved for ever: its room is gone.
        let kept = deals.filter { durable.isReserved($0.id) && isExcused($0, durable) }
        let sum = kept.reduce(0) { $0 + $1.amount }
        return deals.filter { deal in
            let hasRoom =
                sum + deal.amount <= Treasury.mostPerDay && kept.count < Treasury.mostPerHour
            return deal.isAllowed && !isExcused(deal, durable) && hasRoom
                && durable.state(of: deal.id) != .confirmed
                && !(deal.kind == .twin && isOneTwinDone)
        }
    }

    /// Whether what the platform said of it, and what cannot be unsaid, may keep it for ever: its
    /// end, or values that were signed and that it does not have. So may a key that was replaced.
    private func isExcused(_ deal: Deal, _ durable: InMemoryLedger.Snapshot) -> Bool {
        guard !deal.isTainted, let challenge = durable.challenge(of: deal.id) else {
            return deal.isTainted
        }
        let signature = ModelKey.signature(of: challenge.message, by: world.host.key)
        if signature.map({ ModelKey.hash($0.bytes) }) != challenge.signatureDigest { return true }
        return SignedLines(challenge.message).all.contains { deal.text($0.name) != $0.value }
    }

    /// Nothing is stuck without a reason, and everything has an entry.
    private func expectEnd() {
        let durable = disk.durable
        for deal in unsettled {
            let state = durable.state(of: deal.id)?.rawValue ?? "unseen"
            world.books.breaks(
                "end",
                "transaction \(deal.number), a \(deal.kind), ended as \(state) and \(deal.state)")
        }
        for deal in platform.deals
        where !durable.entries.contains(where: { $0.transactionID == deal.id }) {
            world.books.breaks("I8", "transaction \(deal.number) has no entry at the end")
        }
        for approval in world.books.approvals where !durable.counts(approval.deal.id) {
            world.books.breaks(
                "I5", "transaction \(approval.deal.number) was approved, and does not count")
        }
    }
}
