import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization
import Testing

/// A platform that says now this and now that, a clock that jumps, and people who answer when they
/// like: what must hold in whatever order all of it comes.
@Suite struct GroupLieTests {
    private static let hour: Int64 = 3_600_000

    /// Whether something that comes once in so many times comes now.
    private final class Chance: Sendable {
        private let generator: Mutex<SeededGenerator>

        init(_ seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

        func once(in times: Int) -> Bool { generator.withLock { $0.chance(times) } }

        func one<Value: Sendable>(of values: [Value]) -> Value {
            values[generator.withLock { $0.below(values.count) }]
        }
    }

    @Test(arguments: [Quorum.Order.sequential, .parallel])
    func
        `I5, I9: whatever is shown, nobody is asked too often, and nothing is approved or cancelled that must not be`(
            _ order: Quorum.Order
        ) async throws
    {
        var (states, cancels): (Set<ItemState>, Int) = ([], 0)
        for seed in 0..<120 as Range<UInt64> {
            let chance = Chance(seed)
            let group = try GroupScene(order, onExpiry: .cancel)
            let ids = try (1...3).map { try group.scene.withdrawal($0, amount: "0.90000000") }
            let play = try Play(group, ids, chance)
            for pass in 0..<14 {
                try await play.pass("seed \(seed), pass \(pass)")
            }
            for id in ids {
                if let state = try await group.state(id) { states.insert(state) }
                cancels += group.scene.custody.calls.count { $0 == .cancel(id) }
            }
        }
        #expect(states.isSuperset(of: [.asked, .confirmed, .failed, .conflict]), "\(states)")
        #expect(cancels > 0)
    }

    /// One run of it.
    private final class Play: Sendable {
        private let group: GroupScene
        private let ids: [TransactionID]
        private let chance: Chance
        private let approver: Approver
        /// How far the clock is ahead of the platform's.
        private let skew = Mutex<Int64>(0)
        /// Cancellations that came before their time, by the platform's clock.
        private let early = Mutex<[TransactionID]>([])
        private let since = Mutex<[TransactionID: Int64]>([:])
        private let before = Mutex<[TransactionID: (ItemState, Asking?, Int)]>([:])

        init(_ group: GroupScene, _ ids: [TransactionID], _ chance: Chance) throws {
            (self.group, self.ids, self.chance) = (group, ids, chance)
            approver = try group.scene.approver(policy: group.policy())
            group.change { script in
                script.before = { [weak self] _, call in self?.look(call) }
                script.fault = { _, call in
                    guard call.isQuestion, chance.once(in: 40) else { return nil }
                    return chance.one(of: CrashTests.faults)
                }
                script.transaction = { _, _, members in
                    guard chance.once(in: 20) else { return members }
                    let states = ["APPROVED", "PENDING", "FAILED", "CANCELLED", "OTHER"]
                    return chance.once(in: 3)
                        ? members.with("amount", "-0.10000000")
                        : members.with("state", chance.one(of: states))
                }
                script.request = { _, read, members in
                    guard read > 0, chance.once(in: 20) else { return members }
                    if chance.once(in: 3) { return members.with("resource_id", "another") }
                    let states = ["PENDING", "FAILED", "CANCELLED", "OTHER", "CREATING"]
                    return members.with("state", chance.one(of: states))
                }
                script.entity = { _, members in
                    chance.once(in: 10) ? members.with("state", "LOCKED") : members
                }
            }
        }

        private func look(_ call: ScriptedCustody.Call) {
            let now = group.scene.clock.now()
            let ahead = skew.withLock { $0 }
            let platform = now.advanced(byMilliseconds: -ahead)
            group.scene.clockWatch.observe(platform: platform, local: now)
            switch call {
            case .create(let id): since.withLock { $0[id] = platform.milliseconds }
            case .cancel(let id):
                let began = since.withLock { $0[id] } ?? .max
                if platform.milliseconds - began < GroupLieTests.hour - 60_000 {
                    early.withLock { $0.append(id) }
                }
            default: break
            }
        }

        func pass(_ note: Comment) async throws {
            let chance = chance
            if chance.once(in: 6) { jump() }
            group.scene.clock.advance(milliseconds: chance.once(in: 5) ? 1_800_000 : 30_000)
            if chance.once(in: 3) {
                let name = chance.one(of: ["ceo", "cfo", "coo"])
                group.scene.custody.answer(
                    try group.member(name), chance.once(in: 4) ? "FAILED" : "APPROVED")
            }
            var shown = group.platformGroup
            shown.isShown = !chance.once(in: 8)
            if chance.once(in: 15) { shown.quorum = 1 }
            group.scene.custody.set(shown)
            if chance.once(in: 10) { group.scene.halt.halt() } else { group.scene.halt.resume() }
            if chance.once(in: 3) { group.scene.groupSwitch.resume() }
            try await group.scene.pass(approver, concurrency: 3)
            try await expectSafe(note)
        }

        /// The clock is ahead from now on, or right again.
        private func jump() {
            let step = skew.withLock { skew -> Int64 in
                let step = skew == 0 ? 2 * GroupLieTests.hour : -skew
                skew += step
                return step
            }
            group.scene.clock.advance(milliseconds: step)
        }

        private func expectSafe(_ note: Comment) async throws {
            #expect(early.withLock { $0 } == [], note)
            #expect(group.scene.custody.posted == [:], note)
            for id in ids {
                guard let item = try await group.scene.ledger.item(id) else { continue }
                let parts = group.scene.custody.parts(of: id)
                let perMember = Dictionary(grouping: parts, by: \.member)
                #expect(perMember.values.allSatisfy { $0.count <= Asking.mostBegun }, note)
                if item.state == .confirmed {
                    #expect(group.scene.custody.transactionState(id) != "PENDING", note)
                    #expect(item.asking?.isGranted == true, note)
                }
                if let (state, asking, count) = before.withLock({ $0[id] }) {
                    if [.confirmed, .failed, .conflict].contains(state) {
                        #expect(item.state == state, note)
                    }
                    if asking?.end != nil || [.confirmed, .failed, .conflict].contains(state) {
                        #expect(parts.count == count && item.asking?.end == asking?.end, note)
                    }
                    if asking != nil { #expect(item.asking?.requestID == asking?.requestID, note) }
                }
                before.withLock { $0[id] = (item.state, item.asking, parts.count) }
            }
            for peak in await group.scene.ledger.peak.values {
                #expect(peak.isAtMost(try Scene.amount("2.00000000")) == true, note)
            }
        }
    }
}
