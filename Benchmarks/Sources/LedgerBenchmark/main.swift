import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import SodiumKeys

// Durable entries a second with several writers, with and without sharing a sync; microseconds that
// the log adds to an entry; and milliseconds of a start with many entries of about a kilobyte.
// Prints one JSON object each. The ledger's own sources are part of this program, so that it can be
// filled in few commits.
// Usage: LedgerBenchmark [ENTRIES [SECONDS]]   (1000000, 3 for each measure)

let entries = CommandLine.arguments.dropFirst().first.flatMap { Int64($0) } ?? 1_000_000
let seconds = CommandLine.arguments.dropFirst(2).first.flatMap { Int64($0) } ?? 3
let start = UnixTime(milliseconds: 1_790_931_600_000)
let clock = ContinuousClock()
let text = String(repeating: "x", count: 850)

func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }

func members(_ number: Int64) -> [JSONMember] {
    [JSONMember("number", .integer(number)), JSONMember("text", .string(text))]
}

/// Writes for so long with so many writers at once; `isAlone` gives each entry a sync of its own.
func measureWriters(_ ledger: SQLiteLedger, _ writers: Int, isAlone: Bool) async throws {
    let begun = clock.now
    let end = begun + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<writers {
            group.addTask {
                var number: Int64 = 0
                while clock.now < end {
                    let written = number
                    if isAlone {
                        try await ledger.write {
                            try $0.append(.halted, about: nil, members(written), at: start)
                        } andThen: { _ in
                        }
                    } else {
                        try await ledger.append(
                            .halted, about: nil, entry: members(written), now: start)
                    }
                    number += 1
                }
                return number
            }
        }
        return try await group.reduce(0, +)
    }
    let rate = rounded(Double(count) / ((clock.now - begun) / .seconds(1)))
    line(
        """
        {"benchmark":"durable_entries","writers":\(writers),"shared":\(!isAlone),\
        "count":\(count),"per_second":\(rate)}
        """)
}

/// What it takes to make an entry a leaf, beside the sync: in the middle of one transaction.
func measureLog(_ ledger: SQLiteLedger) async throws {
    let body = [UInt8](repeating: 0x78, count: 1_024)
    let times = try await ledger.access { tables -> [Double] in
        var times: [Double] = []
        try tables.database.inTransaction(.immediate) {
            var seq = try tables.lastEntry()
            for _ in 0..<5_000 {
                seq += 1
                let begun = clock.now
                try tables.grow(by: body, as: seq)
                times.append((clock.now - begun) / .microseconds(1))
            }
            return .rollback
        }
        return times.sorted()
    }
    line(
        """
        {"benchmark":"log_cost","median_us":\(rounded(times[times.count / 2])),\
        "p99_us":\(rounded(times[times.count * 99 / 100]))}
        """)
}

/// Many entries to a commit.
func fill(_ ledger: SQLiteLedger, upTo count: Int64) async throws {
    var last = try await ledger.overview().entries
    while last < count {
        let next = min(count, last + 20_000)
        let first = last
        try await ledger.access { tables in
            try tables.database.inTransaction(.immediate) {
                for number in first..<next {
                    try tables.append(.halted, about: nil, members(number), at: start)
                }
                return .commit
            }
            try tables.database.checkpoint(.passive)
        }
        last = next
    }
}

let directory = FileManager.default.temporaryDirectory
    .appendingPathComponent("ledger-benchmark-\(getpid())")
try FileManager.default.createDirectory(
    at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
defer { try? FileManager.default.removeItem(at: directory) }
let file = directory.appendingPathComponent("ledger.sqlite").path

func open() throws -> SQLiteLedger {
    try SQLiteLedger.open(
        at: file,
        binding: LedgerBinding(
            environment: "benchmark", baseURL: "-", origin: "-", logPublicKey: "-"),
        sha256: Sodium.sha256)
}

try SQLiteLedger.create(at: file)
var ledger = try open()
for writers in [1, 16, 64] {
    try await measureWriters(ledger, writers, isAlone: true)
    try await measureWriters(ledger, writers, isAlone: false)
}
try await measureLog(ledger)
try await fill(ledger, upTo: entries)
try await measureLog(ledger)
try await ledger.close()
var times: [Double] = []
for _ in 0..<5 {
    let begun = clock.now
    ledger = try open()
    times.append((clock.now - begun) / .milliseconds(1))
    try await ledger.close()
}
times.sort()
line(
    """
    {"benchmark":"start","entries":\(entries),"median_ms":\(rounded(times[2])),\
    "longest_ms":\(rounded(times[4]))}
    """)
