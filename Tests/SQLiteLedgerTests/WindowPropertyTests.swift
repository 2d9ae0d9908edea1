import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

/// Random histories in SQLite against the same ones in memory, where usage is a walk over
/// everything.
@Suite struct WindowPropertyTests {
    @Test(arguments: 1...80)
    func `windows are what a walk over all history gives`(_ seed: Int) async throws {
        var history = try Twins(seed: UInt64(seed))
        for number in 0..<25 {
            do {
                try await history.run(number)
            } catch {
                Issue.record("seed \(seed), history \(number): \(error)")
                return
            }
        }
        #expect(history.compared >= 30)
        #expect(history.settled >= 3)
    }
}

/// Two ledgers that are told the same.
private struct Twins {
    private typealias Fix = LedgerFixture

    let place: Workplace
    var real: SQLiteLedger
    let fake = InMemoryLedger()
    var random: SeededGenerator
    var now = LedgerFixture.start
    var revision: Int64 = 0
    var policy: Policy
    var next = 0
    var open: [Int: ItemState] = [:]
    var compared = 0
    var settled = 0

    init(seed: UInt64) throws {
        place = try Workplace()
        real = try place.create(sha256: Hashes.quick)
        random = SeededGenerator(seed: seed)
        policy = try Self.policy(1).policy
    }

    private static func policy(_ revision: Int64) throws -> LoadedPolicy {
        let windows: [Int64] = revision.isMultiple(of: 2) ? [1, 7, 24] : [2, 24, 168]
        let limits = windows.map {
            Limit(
                id: "h\($0)", per: [.destination], window: .rolling(milliseconds: $0 * Fix.hour),
                maxCount: 9)
        }
        return try Fix.policy(revision: revision, digest: UInt8(revision % 200), more: limits)
    }

    mutating func run(_ history: Int) async throws {
        if revision == 0 || Int.random(in: 0..<40, using: &random) == 0 {
            revision += 1
            let loaded = try Self.policy(revision)
            policy = loaded.policy
            for ledger in both { try await ledger.activate(loaded, now: now) }
        }
        for _ in 0..<Int.random(in: 3...7, using: &random) {
            let step: Int64 = .random(in: -2...9, using: &random)
            now = now.advanced(byMilliseconds: step * Fix.hour / 2)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try await propose(history)
            case 1, 2: try await move()
            default: try await compare(history)
            }
        }
        try await compare(history)
        if Int.random(in: 0..<20, using: &random) == 0 { try await restart() }
    }

    private var both: [any Ledger] { [real, fake] }

    private func destination(_ history: Int, _ number: Int) -> String {
        "to-\(history / 4)-\(number)"
    }

    private mutating func propose(_ history: Int) async throws {
        next += 1
        let to = destination(history, .random(in: 0..<2, using: &random))
        let exposure = try Fix.exposure(.random(in: 1...1_000_000, using: &random), to: to)
        let reading = Reading(time: now, isTrusted: .random(using: &random))
        let judgement = Judgement(
            decision: Decision(action: .allow, reasons: [], exposure: exposure), entry: [],
            fingerprint: Fix.digest(1),
            reservation: Reservation(
                exposure: exposure, memberships: policy.memberships(of: exposure)))
        for ledger in both {
            _ = try await ledger.settle(Fix.proposal(next), now: reading) { _, _ in judgement }
        }
        open[next] = .intended
    }

    private mutating func move() async throws {
        let known = open.sorted { $0.key < $1.key }
        guard let (number, state) = known.randomElement(using: &random) else { return }
        let late = now.advanced(byMilliseconds: .random(in: -90...5, using: &random) * Fix.hour / 3)
        let step: Step
        switch (state, Int.random(in: 0..<5, using: &random)) {
        case (.intended, 0), (.requested, 0): step = .released(retryAt: nil)
        case (.intended, _): step = .requested(try Fix.request(number))
        case (.requested, _): step = .signed(Fix.challenge(1))
        case (_, 0): step = .failed
        case (.signed, 1...3), (.delivered, 1): step = .delivered(at: late)
        default: step = .confirmed
        }
        for ledger in both {
            try await ledger.advance(Fix.transaction(number), step, entry: [], now: now)
        }
        let item = try await fake.item(Fix.transaction(number))
        #expect(try await real.item(Fix.transaction(number)) == item)
        switch step {
        case .confirmed, .failed, .released: open[number] = nil
        default: open[number] = item?.state
        }
        if step == .confirmed || step == .failed { settled += 1 }
    }

    private mutating func compare(_ history: Int) async throws {
        let at = now.advanced(byMilliseconds: .random(in: 0...40, using: &random) * Fix.hour / 2)
        var questions = policy.limits.flatMap { limit in
            (0..<2).map { number in
                LimitQuestion(
                    limit: limit.id, key: "BTC:" + destination(history, number),
                    window: limit.window, scale: 8)
            }
        }
        questions.append(Fix.question)
        let expected = try await fake.usage(questions, now: at)
        let found = try await real.usage(questions, now: at)
        guard found == expected else {
            throw ContractViolation(found: found, expected: expected)
        }
        compared += 1
    }

    private mutating func restart() async throws {
        try await real.close()
        real = try place.open(sha256: Hashes.quick)
        let overview = try await fake.overview()
        #expect(try await real.overview() == overview)
        #expect(try await real.unfinished() == (try await fake.unfinished()))
    }
}

private struct ContractViolation: Error {
    let found: [LimitUsage]
    let expected: [LimitUsage]
}
