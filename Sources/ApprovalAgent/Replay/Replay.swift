package import ApprovalCore

/// Does everything that a ledger records again, from the ledger alone: decisions, bindings,
/// challenges, hashes, signatures, and the order and sums that they rest on.
///
/// Reading, deciding, binding and verifying run on several tasks side by side; what each entry
/// owes to those before it is held against them in order. Memory does not grow with the entries,
/// but with the transactions and reservations that they tell of.
package struct Replay: Sendable {
    private let ledger: any ReplayedLedger
    private let policies: ReplayPolicies
    private let sha256: SHA256
    private let verifies: SignatureCheck
    private let width: Int

    /// Entries that one task takes at a time.
    private static let chunk = 256
    /// Divergences that are told one by one; the rest is counted.
    package static let mostTold = 1_000

    /// `load` reads a policy from its files as it was read when it was activated; `width` is the
    /// number of tasks side by side.
    package init(
        _ ledger: any ReplayedLedger, load: @escaping ReplayLoader, sha256: @escaping SHA256,
        verifies: @escaping SignatureCheck, width: Int
    ) {
        self.ledger = ledger
        policies = ReplayPolicies(ledger, load: load)
        self.sha256 = sha256
        self.verifies = verifies
        self.width = max(width, 1)
    }

    /// Which entries are replayed, and what ends it.
    package struct Range: Sendable {
        /// Entries before this one are taken as they are, for what follows rests on them.
        package let since: Int64
        package let until: Int64
        /// Whether it goes on after the first divergence.
        package let tellsAll: Bool

        package init(since: Int64 = 1, until: Int64, tellsAll: Bool = false) {
            self.since = since
            self.until = until
            self.tellsAll = tellsAll
        }
    }

    /// Replays the entries of a range. `tell` is called for each divergence, in the order of the
    /// entries, at most ``mostTold`` times; `progress` with the number of the last entry that is
    /// done.
    package func run(
        _ range: Range, tell: (Divergence) -> Void, progress: (Int64) -> Void
    ) async throws(LedgerError) -> ReplayTally {
        var history = ReplayHistory()
        var tally = ReplayTally()
        var told = 0
        var page = try await page(from: 1, range).get()
        while !page.isEmpty {
            // The next page is examined while this one is held against what came before.
            let next = page.last + 1
            async let following = self.page(from: next, range)
            let divergences = try await held(page, against: &history, range, &tally)
            for divergence in divergences where told < Self.mostTold {
                told += 1
                tell(divergence)
                if !range.tellsAll { break }
            }
            tally.divergences += Int64(divergences.count)
            progress(page.last)
            if !divergences.isEmpty, !range.tellsAll || page.entries.isEmpty { break }
            page = try await following.get()
        }
        tally.policies = await policies.loaded
        return tally
    }

    /// Entries that were examined each by itself.
    private struct Page: Sendable {
        let first: Int64
        /// Its last entry, if none is missing; below ``first`` where it is empty.
        let last: Int64
        var entries: [ExaminedEntry] = []

        var isEmpty: Bool { last < first }
    }

    private func page(from first: Int64, _ range: Range) async -> Result<Page, LedgerError> {
        let last = min(first + Int64(Self.chunk * width * 2) - 1, range.until)
        guard first <= last else { return .success(Page(first: first, last: first - 1)) }
        do throws(LedgerError) {
            let entries = try await examined(from: first, to: last)
            return .success(Page(first: first, last: last, entries: entries))
        } catch { return .failure(error) }
    }

    /// Holds a page against everything before it: its divergences in the order of the entries.
    private func held(
        _ page: Page, against history: inout ReplayHistory, _ range: Range,
        _ tally: inout ReplayTally
    ) async throws(LedgerError) -> [Divergence] {
        var entries = page.entries
        for index in entries.indices { history.take(&entries[index]) }
        let done = try await done(history.drain().filter { $0.seq >= range.since })
        var divergences = done.flatMap(\.divergences)
        tally += done.reduce(into: ReplayTally()) { $0 += $1.tally }
        for entry in entries {
            guard entry.row.seq >= range.since else {
                tally.taken += 1
                continue
            }
            divergences += entry.divergences
            tally += entry.tally
        }
        let reached = entries.last?.row.seq ?? page.first - 1
        if reached < page.last { divergences.append(Divergence(missing: reached + 1)) }
        return divergences.sorted(by: Self.precedes)
    }

    /// By entry, and of one entry by what was done first.
    private static func precedes(_ left: Divergence, _ right: Divergence) -> Bool {
        guard left.seq == right.seq else { return left.seq < right.seq }
        let stages = Divergence.Stage.allCases
        return (stages.firstIndex(of: left.stage) ?? 0) < (stages.firstIndex(of: right.stage) ?? 0)
    }
}

// What is done side by side.
extension Replay {
    private func examined(
        from: Int64, to last: Int64
    ) async throws(LedgerError) -> [ExaminedEntry] {
        let starts = stride(from: from, through: last, by: Self.chunk)
        let chunks = starts.map { start in (start, min(Self.chunk, Int(last - start) + 1)) }
        let parts = try await sideBySide(chunks) { start, count async throws(LedgerError) in
            try await examine(from: start, count: count)
        }
        return parts.flatMap { $0 }
    }

    private func examine(
        from start: Int64, count: Int
    ) async throws(LedgerError) -> [ExaminedEntry] {
        let rows = try await ledger.entries(from: start, count: count)
            .filter { $0.seq < start + Int64(count) }
        let parsed = rows.map(EntryExaminer.parse)
        var (named, digests): (Set<Digest>, Set<Digest>) = ([], [])
        for case let json? in parsed {
            named.formUnion(EntryExaminer.bodies(namedIn: json))
            if let digest = EntryExaminer.policy(namedIn: json) { digests.insert(digest) }
        }
        let accounts = Set(parsed.compactMap { $0.flatMap(EntryExaminer.account(namedIn:)) })
        let kept = KeptBodies(
            try await ledger.bodies(named), accounts: accounts, sha256: sha256)
        let examiner = EntryExaminer(
            sha256: sha256, bodies: kept, policies: try await policies.find(digests))
        return zip(rows, parsed).map { examiner.examine($0, $1) }
    }

    private struct Done: Sendable {
        var divergences: [Divergence] = []
        var tally = ReplayTally()
    }

    private func done(_ jobs: [ReplayJob]) async throws(LedgerError) -> [Done] {
        let size = max(1, (jobs.count + width - 1) / width)
        let parts = stride(from: 0, to: jobs.count, by: size).map {
            (Array(jobs[$0..<min($0 + size, jobs.count)]), ())
        }
        return try await sideBySide(parts) { jobs, _ async throws(LedgerError) in
            let missing = Set(jobs.compactMap { $0.missing(sha256) })
            let bodies = missing.isEmpty ? [:] : try await ledger.bodies(missing)
            var done = Done()
            for job in jobs {
                let (divergence, tally) = job.verdict(sha256, bodies, verifies)
                done.tally += tally
                if let divergence { done.divergences.append(divergence) }
            }
            return done
        }
    }

    /// The results in the order of what they were made of; at most ``width`` at a time.
    private func sideBySide<First: Sendable, Second: Sendable, Result: Sendable>(
        _ all: [(First, Second)],
        _ work: @escaping @Sendable (First, Second) async throws(LedgerError) -> Result
    ) async throws(LedgerError) -> [Result] {
        let results = await withTaskGroup(
            of: (Int, Swift.Result<Result, LedgerError>).self
        ) { group in
            var found: [(Int, Swift.Result<Result, LedgerError>)] = []
            for (index, one) in all.enumerated() {
                if index >= width, let done = await group.next() { found.append(done) }
                group.addTask { @concurrent in
                    do throws(LedgerError) {
                        return (index, .success(try await work(one.0, one.1)))
                    } catch { return (index, .failure(error)) }
                }
            }
            while let done = await group.next() { found.append(done) }
            return found.sorted { $0.0 < $1.0 }
        }
        var values: [Result] = []
        for (_, result) in results { values.append(try result.get()) }
        return values
    }
}

extension ReplayJob {
    /// The entry that it belongs to.
    fileprivate var seq: Int64 {
        switch self {
        case .binding(let job): job.row.seq
        case .signature(let job): job.row.seq
        }
    }
}
