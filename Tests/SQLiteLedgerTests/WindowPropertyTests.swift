import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Testing

/// Random histories in a real file against a walk over a list.
@Suite struct WindowPropertyTests {
    private static let ledgers = 200
    private static let histories = 50

    @Test(arguments: 0..<ledgers)
    func `every window is exact after every step of any history`(_ seed: Int) async throws {
        var lives = try LedgerLives(seed: UInt64(seed))
        for number in 0..<Self.histories {
            do {
                try await lives.live(number)
            } catch {
                Issue.record("seed \(seed), history \(number), \(lives.place): \(error)")
                return
            }
        }
        #expect(lives.compared >= 6 * Self.histories)
        #expect(lives.settled >= 3)
        #expect(lives.withRoom >= 1)
    }
}

/// One ledger and the list that it must agree with.
private struct LedgerLives {
    private typealias Fix = LedgerFixture

    private struct Counted {
        let window: Window
        let isByDestination: Bool
        let least: Int128

        var id: String {
            let kind =
                switch window {
                case .rolling(let length): "r\(length / Fix.hour)"
                case .calendar(let unit): "c-\(unit.rawValue)"
                case .total: "total"
                }
            return kind + (isByDestination ? "-to" : "")
        }
    }

    let place: WindowOracle.Place
    var compared = 0
    var settled = 0
    var withRoom = 0
    private let directory: Workplace
    private var ledger: SQLiteLedger
    private var oracle: WindowOracle
    private var random: SeededGenerator
    private var now: Int64
    private var revision: Int64 = 0
    private var counted: [Counted] = []
    private var policy: Policy
    private var next = 0
    private var open: [Int: ItemState] = [:]

    init(seed: UInt64) throws {
        directory = try Workplace()
        ledger = try directory.create(sha256: Hashes.quick)
        place = WindowOracle.places[Int(seed) % WindowOracle.places.count]
        oracle = WindowOracle(place)
        random = SeededGenerator(seed: seed)
        now = place.eve
        policy = try Fix.policy(revision: 1, digest: 1).policy
    }

    /// A stretch of clock steps, decisions, steps, reloads and restarts.
    mutating func live(_ history: Int) async throws {
        if history % 20 == 0 {
            // Another week of another history in the same file.
            now = max(place.eve, (oracle.lastSeen ?? 0) + 3 * WindowOracle.day)
        }
        if revision == 0 || Int.random(in: 0..<25, using: &random) == 0 { try await reload() }
        for _ in 0..<Int.random(in: 2...4, using: &random) {
            now += Int64.random(in: -3...8, using: &random) * WindowOracle.hour / 2
            now += Int64.random(in: -1...1, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where open.count < 8: try await propose()
            default: try await move()
            }
            try await compare()
        }
        if Int.random(in: 0..<25, using: &random) == 0 { try await restart() }
    }

    private static func counted(_ revision: Int64) -> [Counted] {
        let windows: [Window] = [
            .rolling(milliseconds: Fix.hour), .rolling(milliseconds: 24 * Fix.hour),
            .rolling(milliseconds: 168 * Fix.hour), .calendar(.hour), .calendar(.day),
            .calendar(.week), .calendar(.month), .total,
        ]
        let least: Int128 = [-1, 300_000, 600_000][Int(revision % 3)]
        return windows.enumerated().flatMap { index, window in
            [false, true].map {
                Counted(
                    window: window, isByDestination: $0,
                    least: index.isMultiple(of: 2) ? -1 : least)
            }
        }
    }

    /// Another policy: prepared while the history goes on, and sometimes given up.
    private mutating func reload() async throws {
        revision += 1
        let counted = Array(Self.counted(revision).shuffled(using: &random).prefix(5))
        let loaded = try Fix.policy(
            revision: revision, digest: UInt8(revision % 250),
            more: counted.map {
                Limit(
                    id: $0.id,
                    scope: $0.least < 0
                        ? [] : [.amount(AmountCondition(moreThan: Fix.amount($0.least)))],
                    per: $0.isByDestination ? [.destination] : [], window: $0.window, maxCount: 9)
            }, zone: place.rules)
        if revision > 1, Bool.random(using: &random) {
            try await ledger.prepare(loaded)
            try await propose()
            try await move()
            try await compare()
            if Int.random(in: 0..<4, using: &random) == 0 { return }
        }
        try await ledger.activate(loaded, now: UnixTime(milliseconds: now))
        (self.counted, policy) = (counted, loaded.policy)
    }

    private mutating func propose() async throws {
        next += 1
        let destination = "to-\(Int.random(in: 0..<3, using: &random))"
        let units = Int128.random(in: 1...1_000_000, using: &random)
        let exposure = try Fix.exposure(units, to: destination)
        let isTrusted = Int.random(in: 0..<4, using: &random) > 0
        let judgement = Judgement(
            decision: Decision(action: .allow, reasons: [], exposure: exposure), entry: [],
            fingerprint: Fix.digest(1),
            reservation: Reservation(
                exposure: exposure, memberships: policy.memberships(of: exposure)))
        let expected = oracle.read(now, isTrusted: isTrusted)
        _ = try await ledger.settle(
            Fix.proposal(next),
            now: Reading(time: UnixTime(milliseconds: now), isTrusted: isTrusted)
        ) { now, _ throws(LedgerError) in
            guard now.milliseconds == expected else { throw .corrupt("now' is \(now)") }
            return judgement
        }
        oracle.approvals.append(.init(number: next, destination: destination, units: units))
        open[next] = .intended
    }

    private mutating func move() async throws {
        let known = open.sorted { $0.key < $1.key }
        guard let (number, state) = known.randomElement(using: &random) else { return }
        let late = now + .random(in: -90...5, using: &random) * WindowOracle.hour / 3
        let (step, next): (Step, ItemState?)
        switch (state, Int.random(in: 0..<6, using: &random)) {
        case (.intended, 0), (.requested, 0): (step, next) = (.released(retryAt: nil), nil)
        case (.intended, _): (step, next) = (.requested(try Fix.request(number)), .requested)
        case (.requested, _): (step, next) = (.signed(Fix.challenge(1)), .signed)
        case (_, 0): (step, next) = (.failed, nil)
        case (.signed, 1...3), (.delivered, 1):
            (step, next) = (.delivered(at: UnixTime(milliseconds: late)), .delivered)
        case (_, 4) where number.isMultiple(of: 7): return
        default: (step, next) = (.confirmed, nil)
        }
        try await ledger.advance(
            Fix.transaction(number), step, entry: [], now: UnixTime(milliseconds: now))
        oracle.take(step, number, at: now)
        open[number] = next
        if next == nil, step != .released(retryAt: nil) { settled += 1 }
    }

    /// Asks a few questions, some with a bound that does not fit.
    private mutating func compare() async throws {
        let at = now + .random(in: 0...30, using: &random) * WindowOracle.hour / 2
        let time = oracle.effective(at)
        let moment = policy.moment(at: try await ledger.effective(UnixTime(milliseconds: at)))
        guard moment.now.milliseconds == time else { throw Difference(what: "now' \(moment.now)") }
        let own = Int.random(in: 1...(next + 4), using: &random)
        var questions: [LimitQuestion] = []
        var expected: [WindowOracle.Use] = []
        for _ in 0..<3 {
            guard let limit = counted.randomElement(using: &random) else { return }
            let to = limit.isByDestination ? "to-\(Int.random(in: 0..<3, using: &random))" : nil
            let bound = Bool.random(using: &random)
            let units: Int128? = bound ? .random(in: 0...4_000_000, using: &random) : nil
            let count: Int64? = bound ? nil : .random(in: 0...9, using: &random)
            questions.append(
                Fix.WindowQuestion(
                    limit: limit.id, key: to.map { "BTC:" + $0 } ?? "all", window: limit.window,
                    fittingAmount: units.map { Fix.amount($0) }, fittingCount: count
                ).at(moment))
            expected.append(
                oracle.use(
                    limit.window, at: time, above: limit.least, to: to, but: own,
                    mostUnits: units, mostCount: count))
        }
        let found = try await ledger.answers(
            Questions(transactionID: Fix.transaction(own), limits: questions)
        ).usage.map {
            WindowOracle.Use(
                since: $0.since?.milliseconds, units: $0.used.units, count: $0.count,
                roomAfter: $0.roomAfter?.milliseconds)
        }
        guard found == expected else {
            throw Difference(what: "\(questions): \(found), not \(expected)")
        }
        compared += expected.count
        withRoom += expected.count { $0.roomAfter != nil }
    }

    private mutating func restart() async throws {
        try await ledger.close()
        ledger = try directory.open(sha256: Hashes.quick)
        let held = oracle.approvals.filter(\.isOpen).map(\.number).sorted()
        let found = try await ledger.unfinished().map(\.transactionID)
        guard try found == held.map(Fix.transaction) else {
            throw Difference(what: "unfinished \(found)")
        }
    }
}

private struct Difference: Error {
    let what: String
}
