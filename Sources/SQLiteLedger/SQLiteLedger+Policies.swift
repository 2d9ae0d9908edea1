package import ApprovalAgent
package import ApprovalCore
import GRDB

// A policy is prepared in steps so short that a decision that comes meanwhile hardly waits.
extension SQLiteLedger {
    /// So many rows are written or removed in one step.
    private static let step = 200
    /// So many reservations are counted where they belong in one step.
    private static let catchUpStep = 25
    /// So many reservations are added up at once, before their rows are written.
    private static let block = 20_000
    /// The WAL is moved into the file after so many commits, before that takes long.
    private static let commitsPerCheckpoint = 8

    package func prepare(_ policy: LoadedPolicy) async throws(LedgerError) {
        try await prepare(await Edition.of(policy, sha256))
    }

    package func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) {
        let edition = await Edition.of(policy, sha256)
        try await access { try $0.check(edition) }
        let bench = bench
        var isActive = false
        while !isActive {
            try await prepare(edition)
            isActive = try await write { tables in
                guard let prepared = bench.current, prepared.digest == edition.digest,
                    let upTo = prepared.upTo
                else { return false }
                try tables.catchUp(prepared, tables.reservations(after: upTo, limit: .max))
                try tables.activate(edition, prepared, now: now)
                return true
            } andThen: { isActive in
                guard isActive else { return }
                bench.clear()
                whenActive()
            }
        }
        try await removeUnused()
    }

    /// Ends early where another preparation was begun meanwhile.
    private func prepare(_ edition: Edition) async throws(LedgerError) {
        try await removeUnused()
        let bench = bench
        let begun = try await write { tables in
            if let current = bench.current, current.digest == edition.digest,
                current.upTo != nil
            {
                return current
            }
            return try tables.begin(edition, number: bench.nextNumber())
        } andThen: { preparation in
            bench.put(preparation)
        }
        guard begun.upTo == nil else {
            try await catchUp(begun)
            return
        }
        let reader = try reader()
        for file in edition.files {
            guard try await step(begun, { try $0.keep(file) }) else { return }
        }
        guard try await noteDestinations(begun, reader), try await countPast(begun, reader) else {
            return
        }
        try await catchUp(begun)
    }

    /// Counts what is settled in the new series, then what was open.
    private func countPast(
        _ begun: Preparation, _ reader: AsideReader
    ) async throws(LedgerError) -> Bool {
        guard !begun.new.isEmpty else {
            return try await step(begun, { _ in }, reached: .max)
        }
        let past = try await reader.access { try $0.past() }
        let tally = Tally(begun)
        for numbers in past.settled.parts(of: Self.block) {
            let all = try await reader.access { try tally.rows(of: numbers, $0) }
            for rows in all.parts(of: Self.step) {
                let isCurrent = try await step(begun) { tables in
                    try tables.insertSealed(.total, rows)
                    try tables.noteNewest(of: rows)
                }
                guard isCurrent else { return false }
            }
        }
        for numbers in past.open.parts(of: Self.catchUpStep) {
            guard try await step(begun, { try $0.catchUp(begun, numbers) }) else { return false }
        }
        return try await step(begun, { _ in }, reached: past.last)
    }

    /// Counts what was reserved since, until little is left.
    private func catchUp(_ begun: Preparation) async throws(LedgerError) {
        guard !begun.new.isEmpty else { return }
        let bench = bench
        var isBehind = true
        while isBehind {
            let numbers = try await write { tables -> [Int64] in
                guard let current = bench.current, current.number == begun.number,
                    let upTo = current.upTo
                else { return [] }
                let numbers = try tables.reservations(
                    after: upTo, limit: Int64(Self.catchUpStep))
                try tables.catchUp(current, numbers)
                return numbers
            } andThen: { numbers in
                if let last = numbers.last { bench.reached(last) }
            }
            isBehind = numbers.count == Self.catchUpStep
        }
    }

    /// Notes the destinations that are new.
    private func noteDestinations(
        _ begun: Preparation, _ reader: AsideReader
    ) async throws(LedgerError) -> Bool {
        guard begun.looksForDestinations else { return true }
        for destinations in begun.policy.addressBook.destinations.parts(of: Self.step) {
            let rows = try await reader.access {
                try $0.unknown(destinations, batch: begun.batch)
            }
            guard !rows.isEmpty else { continue }
            guard try await step(begun, { try $0.upsertSealed(.destination, rows) }) else {
                return false
            }
        }
        return true
    }

    /// One short transaction of a preparation; false where another one was begun.
    private func step(
        _ begun: Preparation, _ work: @escaping @Sendable (Tables) throws -> Void,
        reached: Int64? = nil
    ) async throws(LedgerError) -> Bool {
        let bench = bench
        try await checkpoint(every: Self.commitsPerCheckpoint)
        return try await write { tables in
            guard bench.isCurrent(begun) else { return false }
            try work(tables)
            return true
        } andThen: { isDone in
            if isDone, let reached { bench.reached(reached) }
        }
    }

    /// Removes the rows of series that no counter reads any more.
    private func removeUnused() async throws(LedgerError) {
        let bench = bench
        var isDone = false
        while !isDone {
            try await checkpoint(every: Self.commitsPerCheckpoint)
            isDone = try await write { tables in
                try !tables.removeUnused(Int64(Self.step), but: bench.current)
            }
        }
    }
}

extension Array {
    /// The array in parts of at most so many.
    fileprivate func parts(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
