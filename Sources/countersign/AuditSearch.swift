import ApprovalAgent
import ApprovalCore
import SQLiteLedger

/// What a filter finds in a ledger, in pages: the ledger may be of any size, and an agent may
/// write to it meanwhile. What is written after the search began is not part of it.
struct AuditSearch {
    let reader: SQLiteLedgerReader
    let filter: EntryFilter
    let needs: EntryNeeds
    let progress: ProgressLine

    /// How a search ended.
    struct Outcome {
        var found: Int64 = 0
        /// Whether older entries are meant too, which the bound left off.
        var leftOff = false
        /// Entries about transactions whose body is no longer kept.
        var erased: Int64 = 0
        var first: Int64?
        var last: Int64?

        fileprivate mutating func hand(
            _ entry: RecordedEntry, to visit: (RecordedEntry) throws -> Void
        ) rethrows {
            found += 1
            first = first ?? entry.seq
            last = entry.seq
            try visit(entry)
        }
    }

    /// The newest entries are kept in memory up to so many bytes; beyond them they are read twice.
    private static let keptBytes = 16 << 20

    /// Gives each entry that is meant, the oldest first; of more than `limit` the newest.
    func run(
        newest limit: Int? = nil, _ visit: (RecordedEntry) throws -> Void
    ) async throws -> Outcome {
        let last = try await Wiring.read { () async throws(LedgerError) in
            try await reader.lastSeq()
        }
        defer { progress.end() }
        guard last >= 1 else { return Outcome() }
        guard let limit else { return try await forward(1...last, visit) }
        if filter.isOpen {
            let start = max(1, last - Int64(limit) + 1)
            var outcome = try await forward(start...last, visit)
            outcome.leftOff = start > 1
            return outcome
        }
        return try await newest(limit, upTo: last, visit)
    }

    private func forward(
        _ range: ClosedRange<Int64>, _ visit: (RecordedEntry) throws -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        var rest: ClosedRange<Int64>? = range
        while let part = rest {
            let page = try await page(part, newestFirst: false)
            for entry in page.entries { try outcome.hand(entry, to: visit) }
            outcome.erased += page.erased
            rest = page.next
            progress.show(range.count - (rest?.count ?? 0), of: range.count)
            guard !Console.lostOutput else { break }
        }
        return outcome
    }

    /// Looks for them from the end on, and gives them in their order.
    private func newest(
        _ limit: Int, upTo last: Int64, _ visit: (RecordedEntry) throws -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        var kept: [RecordedEntry]? = []
        var (count, bytes, oldest) = (0, 0, last + 1)
        var rest: ClosedRange<Int64>? = 1...last
        search: while let part = rest {
            let page = try await page(part, newestFirst: true)
            outcome.erased += page.erased
            for entry in page.entries {
                guard count < limit else {
                    outcome.leftOff = true
                    break search
                }
                count += 1
                oldest = entry.seq
                bytes += entry.bytes.count
                if bytes <= Self.keptBytes { kept?.append(entry) } else { kept = nil }
            }
            rest = page.next
            progress.show(Int(last) - (rest?.count ?? 0), of: Int(last))
        }
        guard count > 0 else { return outcome }
        guard let kept else {
            var second = try await forward(oldest...last, visit)
            second.leftOff = outcome.leftOff
            return second
        }
        for entry in kept.reversed() { try outcome.hand(entry, to: visit) }
        return outcome
    }

    private func page(
        _ range: ClosedRange<Int64>, newestFirst: Bool
    ) async throws(Failure) -> EntryPage {
        try await Wiring.read { () async throws(LedgerError) in
            try await reader.page(
                filter, in: range, newestFirst: newestFirst, needs: needs)
        }
    }
}

extension AuditSearch {
    /// Tells people what a list does not show.
    func remark(_ outcome: Outcome, limit: Int?) async throws {
        if outcome.leftOff, let limit {
            Console.note(
                "Only the newest \(limit) that match are shown; there are older ones. --limit "
                    + "shows more, `countersign audit export` writes all.")
        }
        if filter.readsTransaction, outcome.erased > 0 {
            Console.note(
                "\(outcome.erased) entries are about transactions whose bodies are no longer kept; "
                    + "no account or destination can be told of them.")
        }
        guard outcome.found == 0 else { return }
        Console.note("No entry matches.")
        for rule in filter.rules {
            if filter != EntryFilter(rules: [rule]) {
                guard try await isUnknown(rule) else { continue }
            }
            Console.note("No entry of this ledger names the rule \(Console.safe(rule)).")
        }
    }

    private func isUnknown(_ rule: String) async throws -> Bool {
        let search = AuditSearch(
            reader: reader, filter: EntryFilter(rules: [rule]), needs: .bytes,
            progress: progress)
        return try await search.run(newest: 1) { _ in }.found == 0
    }
}
