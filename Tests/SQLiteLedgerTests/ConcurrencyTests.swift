import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Synchronization
import Testing

/// INVARIANT: I5. Limits under many callers at once.
@Suite struct ConcurrencyTests {
    private typealias Fix = LedgerFixture

    private static let limit: Int128 = 1_000

    /// Which policy is active, and whether all is over.
    private final class Stage: Sendable {
        let active = Mutex(0)
        let isOver = Atomic(false)
    }

    /// Allows so many units where they fit.
    private func settle(_ number: Int, _ units: Int128, in ledger: SQLiteLedger) async throws
        -> Bool
    {
        let question = Fix.question.at(Moment(now: Fix.start))
        let id = try Fix.transaction(number)
        let allow = try Fix.allow(units)
        let settlement = try await ledger.settle(Fix.proposal(number), now: Fix.reading(0)) {
            _, ask throws(LedgerError) in
            let answers = try ask(Questions(transactionID: id, limits: [question]))
            guard let used = answers.usage.first?.used.units else { return Fix.refuse() }
            return used + units <= Self.limit ? allow : Fix.refuse()
        }
        switch settlement {
        case .judged(let decision, _): return decision.action == .allow
        case .occupied: return false
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `settling at once never exceeds a limit`(_ seed: UInt64) async throws {
        let place = try Workplace()
        let ledger = try place.create(sha256: Hashes.quick)
        var generator = SeededGenerator(seed: seed)
        let amounts = (0..<40).map { _ in Int128.random(in: 1...200, using: &generator) }
        let lettingGo = Set((0..<10).map { _ in Int.random(in: 0..<40, using: &generator) })
        let held = try await withThrowingTaskGroup(of: Int128.self) { group in
            for (number, units) in amounts.enumerated() {
                group.addTask {
                    guard try await self.settle(number, units, in: ledger) else { return 0 }
                    guard lettingGo.contains(number) else { return units }
                    try await ledger.advance(
                        Fix.transaction(number), .released(retryAt: nil), entry: [],
                        now: Fix.start)
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
        let used = try await ledger.used(at: 0).used.units
        #expect(used == held)
        #expect(used <= Self.limit)
        // What was let go of made room again, and the entries tell all of it in their order.
        #expect(try await settle(900, Self.limit - used + 1, in: ledger) == false)
        #expect(try await ledger.frontier().size == ledger.overview().entries)
        try await ledger.close()
        #expect(try await place.backUp().entries > 40)
    }

    @Test func `no decision falls between two policies while many are made`() async throws {
        let place = try Workplace()
        let ledger = try place.create(sha256: Hashes.quick)
        let names = ["first", "second", "third"]
        let policies = try names.enumerated().map { number, name in
            try Fix.policy(
                revision: Int64(number + 1), digest: UInt8(number + 1),
                more: [
                    Limit(
                        id: name, scope: [], per: [], window: .rolling(milliseconds: Fix.hour),
                        maxAmount: Fix.amount(1_000))
                ])
        }
        try await ledger.activate(policies[0], now: Fix.start)
        let stage = Stage()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in 0..<8 {
                group.addTask {
                    var number = place * 100_000
                    while !stage.isOver.load(ordering: .sequentiallyConsistent) {
                        number += 1
                        let id = try Fix.transaction(number)
                        // A limit of another policy than the active one is not answered.
                        _ = try await ledger.settle(Fix.proposal(number), now: Fix.reading(0)) {
                            now, ask throws(LedgerError) in
                            let name = names[stage.active.withLock { $0 }]
                            let question = Fix.WindowQuestion(
                                limit: name, window: .rolling(milliseconds: Fix.hour))
                            _ = try ask(
                                Questions(
                                    transactionID: id, limits: [question.at(Moment(now: now))]))
                            return Fix.refuse()
                        }
                    }
                }
            }
            for next in 1...2 {
                try await ledger.activate(policies[next], now: Fix.start) {
                    stage.active.withLock { $0 = next }
                }
            }
            stage.isOver.store(true, ordering: .sequentiallyConsistent)
            try await group.waitForAll()
        }
        #expect(stage.active.withLock { $0 } == 2)
        try await ledger.close()
    }
}
