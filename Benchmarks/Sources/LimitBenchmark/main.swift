import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import SodiumKeys
import Synchronization

// Microseconds for one question about a limit with many past approvals in SQLite, and how long a
// decision waits at most while a changed limit is built over them. Prints one JSON object each.
// The ledger's own sources are part of this program, so that it can be filled in few commits.
// Usage: LimitBenchmark [APPROVALS]   (1000000)

struct NotAnID: Error {}

func identifier<Resource>(_ number: Int64, _ suffix: String) throws -> Identifier<Resource> {
    let digits = String(number)
    let text = String(repeating: "0", count: 32 - digits.utf8.count) + digits + suffix
    guard let id = Identifier<Resource>(text) else { throw NotAnID() }
    return id
}

func amount(_ units: Int128) -> Amount { Amount(units: units, scale: 8) ?? .zero(scale: 8) }

let start = UnixTime(milliseconds: 1_790_931_600_000)
/// One approval every so many milliseconds.
let pace: Int64 = 10_000
let day: Int64 = 86_400_000

func exposure(_ number: Int64) throws -> Exposure {
    let account: AccountID = try identifier(1, "acct")
    return Exposure(
        type: .withdrawal, accountID: account, destination: "bc1q\(number % 1_000)",
        sent: amount(Int128(1_000 + number % 97)), fee: amount(5), feeAccount: account.text)
}

func policy(_ revision: Int64, limits: [Limit]) throws -> LoadedPolicy {
    let asset = PolicyAsset(name: "BTC", id: try identifier(1, "asst"), precision: 8)
    let account = PolicyAccount(
        name: "payouts", id: try identifier(1, "acct"), entityID: try identifier(1, "enty"),
        asset: asset)
    let policy = Policy(
        metadata: Metadata(id: "benchmark", revision: revision),
        settings: Settings(defaultAction: .block), assets: [asset], accounts: [account], rules: [],
        limits: limits, addressBook: AddressBook(id: "book", revision: 1, entries: []))
    return LoadedPolicy(policy: policy, digest: Sodium.sha256([UInt8(revision)]), files: [])
}

func limit(_ id: String, _ units: Int128, per: Set<Limit.Dimension> = []) -> Limit {
    Limit(
        id: id, scope: [.amount(AmountCondition(moreThan: amount(units)))], per: per,
        window: .rolling(milliseconds: day), maxAmount: amount(1 << 60))
}

/// What decides now, and whether it may stop.
final class Stage: Sendable {
    let policy: Mutex<Policy>
    let isDone = Atomic(false)

    init(_ policy: Policy) { self.policy = Mutex(policy) }
}

/// Writes settled approvals as the ledger would, many to a commit, before any policy counts them.
func fill(_ tables: Tables, _ numbers: Range<Int64>) throws {
    try tables.database.inTransaction(.immediate) {
        for number in numbers {
            let id: TransactionID = try identifier(number, "atrx")
            try tables.store(
                ItemRow(
                    transactionID: id, accountID: identifier(1, "acct"), state: .confirmed,
                    action: .allow, fingerprint: nil, bodyDigest: nil, requestID: nil, attempts: 0,
                    retryAt: nil, deliveredAt: nil))
            try tables.reserve(
                Reservation(exposure: exposure(number), memberships: []), for: id)
            guard let open = try tables.openReservation(id) else { throw NotAnID() }
            try tables.settle(open, at: start.advanced(byMilliseconds: number * pace))
        }
        return .commit
    }
}

func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }

/// Approves one after the other under whatever is active, until told to stop or so many are; the
/// longest decision in milliseconds, and how many there were.
func approve(
    _ ledger: SQLiteLedger, from number: Int64, _ stage: Stage,
    most: Int64 = .max
) async throws -> (longest: Double, count: Int64) {
    var (longest, number) = (0.0, number)
    let first = number
    let clock = ContinuousClock()
    while !stage.isDone.load(ordering: .relaxed), number - first < most {
        let id: TransactionID = try identifier(number, "atrx")
        let exposure = try exposure(number)
        let time = start.advanced(byMilliseconds: number * pace)
        let begun = clock.now
        _ = try await ledger.settle(
            Proposal(transactionID: id, accountID: exposure.accountID, body: [0x7B, 0x7D]),
            now: Reading(time: time, isTrusted: true)
        ) { now, ask throws(LedgerError) in
            let policy = stage.policy.withLock { $0 }
            let memberships = policy.memberships(of: exposure)
            _ = try ask(
                Questions(
                    transactionID: id,
                    limits: memberships.map {
                        LimitQuestion(
                            limit: $0.limit, key: $0.key, since: now,
                            after: now.advanced(byMilliseconds: -day), scale: 8)
                    }))
            return Judgement(
                decision: Decision(action: .allow, reasons: [], exposure: exposure), entry: [],
                fingerprint: Sodium.sha256([1]),
                reservation: Reservation(exposure: exposure, memberships: memberships))
        }
        longest = max(longest, milliseconds(clock.now - begun))
        if !number.isMultiple(of: 5) { try await finish(ledger, number) }
        number += 1
    }
    return (longest, number - first)
}

/// Takes what was approved to its end.
func finish(_ ledger: SQLiteLedger, _ number: Int64) async throws {
    let challenge = ChallengeRecord(
        message: [1], digest: Sodium.sha256([1]), signatureDigest: Sodium.sha256([2]))
    let request: ApprovalRequestID = try identifier(number, "aprq")
    for step in [Step.requested(request), .signed(challenge), .confirmed] {
        try await ledger.advance(
            identifier(number, "atrx"), step, entry: [],
            now: start.advanced(byMilliseconds: number * pace))
    }
}

func measureReload(
    _ ledger: SQLiteLedger, approvals: Int64, from number: Int64, _ stage: Stage,
    to next: LoadedPolicy
) async throws -> Int64 {
    let quiet = try await approve(ledger, from: number, stage, most: 500)
    let begun = ContinuousClock.now
    async let approved = approve(ledger, from: number + quiet.count, stage)
    try await ledger.prepare(next)
    try await ledger.activate(next, now: start) { stage.policy.withLock { $0 = next.policy } }
    let seconds = milliseconds(ContinuousClock.now - begun) / 1_000
    stage.isDone.store(true, ordering: .relaxed)
    let (longest, count) = try await approved
    line(
        """
        {"benchmark":"reload","approvals":\(approvals),"seconds":\(rounded(seconds)),\
        "decisions":\(count),"longest_decision_ms":\(rounded(longest)),\
        "longest_before_ms":\(rounded(quiet.longest))}
        """)
    for number in number..<number + quiet.count + count where number.isMultiple(of: 5) {
        try await finish(ledger, number)
    }
    return quiet.count + count
}

func measureLookups(_ ledger: SQLiteLedger, approvals: Int64) async throws {
    let times = try await ledger.access { tables -> [Double] in
        let clock = ContinuousClock()
        return try (0..<20_000).map { round in
            let age = Int64.random(in: 1...approvals) * pace
            let questions = Questions(
                transactionID: try identifier(Int64(round), "none"),
                limits: [
                    LimitQuestion(
                        limit: "all", key: "all", since: nil,
                        after: start.advanced(byMilliseconds: approvals * pace - age), scale: 8)
                ])
            let begun = clock.now
            _ = try tables.answers(questions, without: nil)
            return milliseconds(clock.now - begun) * 1_000
        }
    }
    let median = rounded(times.sorted()[times.count / 2])
    line(#"{"benchmark":"limit_lookup","approvals":\#(approvals),"median_us":\#(median)}"#)
}

let approvals = CommandLine.arguments.dropFirst().first.flatMap { Int64($0) } ?? 1_000_000
let directory = FileManager.default.temporaryDirectory
    .appendingPathComponent("limit-benchmark-\(getpid())")
try FileManager.default.createDirectory(
    at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
defer { try? FileManager.default.removeItem(at: directory) }
let file = directory.appendingPathComponent("ledger.sqlite").path
try SQLiteLedger.create(at: file)
let ledger = try SQLiteLedger.open(
    at: file,
    binding: LedgerBinding(
        environment: "benchmark", baseURL: "-", origin: "-", logPublicKey: "-"),
    sha256: Sodium.sha256)

let some = min(approvals, 100_000)
try await ledger.access { try fill($0, 0..<some) }
let before = try policy(1, limits: [limit("all", 0), limit("each", 0, per: [.destination])])
let stage = Stage(before.policy)
try await ledger.activate(before, now: start) {}
let changed = try policy(2, limits: [limit("all", 1), limit("each", 1, per: [.destination])])
let made = try await measureReload(ledger, approvals: some, from: some, stage, to: changed)
for first in stride(from: some + made, to: approvals, by: 20_000) {
    try await ledger.access { try fill($0, first..<min(first + 20_000, approvals)) }
}
let last = try policy(3, limits: [limit("all", 2)])
try await ledger.activate(last, now: start) {}
try await measureLookups(ledger, approvals: approvals)
try await ledger.close()
