import AgentTestKit
import ApprovalAgent
import ApprovalCore
import GRDB
import SQLiteLedger
import Synchronization
import Testing

/// A policy that changes while decisions go on.
@Suite struct ReloadTests {
    private typealias Fix = LedgerFixture

    /// Every revision counts something else as `changed`, and the same as `same`.
    private func policy(_ revision: Int64, more: [Limit] = []) throws -> LoadedPolicy {
        let scope = Condition.amount(AmountCondition(moreThan: Fix.amount(Int128(revision))))
        return try Fix.policy(
            revision: revision, digest: UInt8(revision),
            more: [
                Limit(id: "changed", scope: [scope], window: .total, maxCount: 9),
                Limit(
                    id: "same", per: [.destination],
                    window: .rolling(milliseconds: revision * Fix.hour), maxCount: revision),
            ] + more, bookRevision: revision,
            entries: (0..<30).map {
                .init(label: "\($0)", assets: ["BTC"], address: "r\(revision)-\($0)")
            })
    }

    /// Approves one under whatever policy is active at that moment.
    private func approve(_ number: Int, _ ledger: SQLiteLedger, _ stage: Stage) async throws {
        let exposure = try Fix.exposure(Int128(1 + number % 10))
        _ = try await ledger.settle(Fix.proposal(number), now: Fix.reading(1)) {
            _, _ throws(LedgerError) in
            let memberships = stage.policy.withLock { $0 }.memberships(of: exposure)
            return Judgement(
                decision: Decision(action: .allow, reasons: [], exposure: exposure), entry: [],
                fingerprint: Fix.digest(1),
                reservation: Reservation(exposure: exposure, memberships: memberships))
        }
    }

    private func finish(_ number: Int, _ ledger: SQLiteLedger) async throws {
        for step in [
            Step.requested(try Fix.request(number)), .signed(Fix.challenge(1)), .confirmed,
        ] {
            try await ledger.advance(Fix.transaction(number), step, entry: [], now: Fix.time(1))
        }
    }

    private func counts(_ ledger: any LedgerReading) async throws -> [LimitUsage] {
        var found: [LimitUsage] = []
        for (limit, key) in [
            ("changed", "all"), ("same", "BTC:bc1qexample"), ("payouts-day", "all"),
        ] {
            let question = Fix.WindowQuestion(limit: limit, key: key, window: .total)
            found.append(try await ledger.used(at: 1, 0, question))
        }
        return found
    }

    private func series(_ place: Workplace) async throws -> (
        counter: Set<String>, rows: Set<String>
    ) {
        try await DatabaseQueue(path: place.file).read { database in
            (
                try String.fetchSet(database, sql: "SELECT series FROM counter"),
                try String.fetchSet(
                    database, sql: "SELECT series FROM total UNION SELECT series FROM membership")
            )
        }
    }

    private func filled(_ place: Workplace, _ count: Int) async throws -> SQLiteLedger {
        let ledger = try place.create(sha256: Hashes.quick)
        try await ledger.activate(policy(1), now: Fix.start)
        let stage = Stage(try policy(1).policy)
        for number in 1...count {
            try await approve(number, ledger, stage)
            if !number.isMultiple(of: 9) { try await finish(number, ledger) }
        }
        return ledger
    }

    @Test func `a reload while decisions are made counts each of them once`() async throws {
        let place = try Workplace()
        let ledger = try await filled(place, 450)
        let stage = Stage(try policy(1).policy)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var number = 1_000
                while !stage.isDone.load(ordering: .relaxed) {
                    number += 1
                    try await approve(number, ledger, stage)
                    // Some end at once, some after a reload, some never.
                    if number.isMultiple(of: 3) { try await finish(number, ledger) }
                    if number > 1_040, number % 3 == 1 { try await finish(number - 39, ledger) }
                }
            }
            for revision in Int64(2)...5 {
                let next = try policy(revision)
                if revision.isMultiple(of: 2) { try await ledger.prepare(next) }
                try await ledger.activate(next, now: Fix.time(1)) {
                    stage.policy.withLock { $0 = next.policy }
                }
            }
            stage.isDone.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let other = Limit(id: "other", window: .total, maxCount: 9)
        let walked = SQLiteLedgerHistory(
            try place.reader(sha256: Hashes.quick), under: try policy(5, more: [other]))
        let found = try await counts(ledger)
        #expect(try await counts(walked) == found)
        #expect(found.last?.count ?? 0 > 450)
        let (counter, rows) = try await series(place)
        #expect(rows == counter)
    }

    @Test(arguments: [0, 1, 2, 3, 5, 8, 13, 21, 34])
    func `a stop at any step of a reload loses nothing and doubles nothing`(
        _ turns: Int
    ) async throws {
        let place = try Workplace()
        var ledger = try await filled(place, 230)
        let expected = try await counts(ledger)
        let (stopping, next) = (ledger, try policy(4))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await stopping.activate(next, now: Fix.time(1)) }
            for _ in 0..<turns { _ = try? await stopping.effective(Fix.start) }
            try? await stopping.close()
        }
        ledger = try place.open(sha256: Hashes.quick)
        let isActive = try await ledger.overview().policyRevision == 4
        if !isActive {
            #expect(try await counts(ledger) == expected)
            try await ledger.activate(policy(1), now: Fix.time(1))
            let (counter, rows) = try await series(place)
            #expect(rows == counter)
            let age = KnownDestination(asset: "BTC", address: "r4-0")
            let answers = try await ledger.answers(
                Questions(transactionID: Fix.transaction(999), destination: age))
            #expect(answers.destination == nil)
        }
        try await ledger.activate(next, now: Fix.time(1))
        let after = try await counts(ledger).map(\.count)
        // Of 230 approvals, 23 each have 1 to 10 units: 5 to 10 are above 4.
        #expect(after == [138, 230, 230])
        let (counter, rows) = try await series(place)
        #expect(rows == counter)
    }

    @Test func `a changed window, bound or name builds nothing anew`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        func activate(_ revision: Int64, _ limits: [Limit]) async throws -> [String: String] {
            try await ledger.activate(
                Fix.policy(revision: revision, digest: UInt8(revision), more: limits),
                now: Fix.start)
            return try await DatabaseQueue(path: place.file).read { database in
                try Dictionary(
                    uniqueKeysWithValues: Row.fetchAll(
                        database, sql: "SELECT name, series FROM counter"
                    ).map { ($0["name"], $0["series"]) })
            }
        }
        let to: Set<Limit.Dimension> = [.destination, .source]
        let scope = [
            Condition.source(.init(accounts: [try Fix.account(1), try Fix.account(2)])),
            .destination(.init(accounts: [try Fix.account(3)])),
        ]
        let first = try await activate(
            1, [Limit(id: "a", scope: scope, per: to, window: .total, maxCount: 1)])
        let second = try await activate(
            2,
            [
                Limit(
                    id: "b", scope: scope, per: to, window: .calendar(.day),
                    maxAmount: Fix.amount(7)),
                Limit(id: "a", scope: scope, window: .total, maxCount: 1),
            ])
        #expect(first["a"] != nil)
        #expect(second["b"] == first["a"])
        #expect(second["a"] != first["a"])
        #expect(second["payouts-day"] == first["payouts-day"])
    }
}

/// What decides now, and whether it may stop.
private final class Stage: Sendable {
    let policy: Mutex<Policy>
    let isDone = Atomic(false)

    init(_ policy: Policy) { self.policy = Mutex(policy) }
}
