import ApprovalAgent
import ApprovalCore
import Foundation
import SodiumKeys
import Testing

/// Each member of each kind of entry, changed and made canonical again: replay finds it and names
/// the stage, or it stands in the table of what `audit verify` alone can tell.
@Suite(.timeLimit(.minutes(10))) struct TamperTests {
    /// What came of one change.
    struct Outcome: Hashable, Comparable {
        let name: String
        /// The stage that shows it, or `erased`, or `unseen`.
        let stage: String

        static func < (left: Self, right: Self) -> Bool { left.name < right.name }
    }

    /// Changes every member of one entry, each alone.
    private func outcomes(_ seq: Int64, of ledger: LedgerCopy) async throws -> [Outcome] {
        let row = try #require(ledger.rows.first { $0.seq == seq })
        let json = try JSONValue(parsing: row.body)
        var outcomes: [Outcome] = []
        var seen: Set<String> = []
        // Of several of one name, such as the rules of a decision, the first.
        for mutation in Mutation.all(of: json) where seen.insert(mutation.name).inserted {
            let changed = try ledger.changing(seq) { mutation.applied(to: $0) }
            let (tally, found) = try await changed.replay()
            let own = found.first { $0.seq == seq } ?? found.first
            let stage = own?.stage.rawValue ?? (tally.erased > 0 ? "erased" : "unseen")
            outcomes.append(
                Outcome(name: "\(row.kind.rawValue) \(mutation.name)", stage: stage))
        }
        return outcomes
    }

    /// Of each kind the entries that differ most: the shortest and the longest.
    private func chosen(_ kind: EntryKind, of ledger: LedgerCopy) -> [Int64] {
        let rows = ledger.rows.filter { $0.kind == kind }.sorted { $0.body.count < $1.body.count }
        guard let first = rows.first, let last = rows.last else { return [] }
        return Set([first.seq, last.seq]).sorted()
    }

    @Test(arguments: EntryKind.allCases)
    func `a changed member is found at its stage, or only the tree tells`(
        kind: EntryKind
    ) async throws {
        let name = try #require(GoldenLedger.names.last)
        let golden = try GoldenLedger(name)
        defer { golden.remove() }
        let ledger = try await golden.read()
        var all: Set<Outcome> = []
        for seq in chosen(kind, of: ledger) {
            all.formUnion(try await outcomes(seq, of: ledger))
        }
        let table = Dictionary(grouping: all, by: \.name)
        for (name, outcomes) in table.sorted(by: { $0.key < $1.key }) {
            let stages = Set(outcomes.map(\.stage))
            let allowed = TamperTable.stages(of: name)
            #expect(stages.isSubset(of: allowed), "\(name): \(stages.sorted())")
        }
    }

    @Test func `a member that is added or taken away is found`() async throws {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        let ledger = try await golden.read()
        for kind in TamperTable.closed {
            let seq = try #require(ledger.rows.last { $0.kind == kind }?.seq)
            let more = try ledger.changing(seq) { json in
                guard case .object(let members) = json else { return json }
                return .object(members + [JSONMember("zz", .bool(true))])
            }
            let found = try await more.replay(tellsAll: false).divergences.first
            #expect(found?.seq == seq, "\(kind)")
            #expect(found?.stage == .members, "\(kind)")
        }
    }

    @Test func `entries that are left out, put in another order or numbered anew are found`()
        async throws
    {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        let ledger = try await golden.read()
        let place = try #require(ledger.rows.firstIndex { $0.kind == .signed })
        var without = ledger
        without.rows.remove(at: place)
        let gap = try await without.replay(tellsAll: false).divergences.first
        #expect(gap?.stage == .numbering)
        var swapped = ledger
        swapped.rows.swapAt(place, place + 1)
        let other = try await swapped.replay(tellsAll: false).divergences.first
        #expect(other?.stage == .numbering)
    }

    @Test func `what the tree alone protects is no value that was decided or signed`() {
        let strong = ["decided result", "decided policy", "decided inputs.usage", "signed message"]
        let weak = TamperTable.onlyTheTree.filter { name in strong.contains(where: name.hasPrefix) }
        #expect(weak == [])
        // A reconciliation tells what the platform showed: nothing in a ledger can say it again.
        let ours = TamperTable.onlyTheTree.filter { !$0.hasPrefix("reconciled ") }
        #expect(ours.count < 45)
    }

    @Test func `a body that is changed is found, one that is erased is counted`() async throws {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        let ledger = try await golden.read()
        let blocked = try #require(
            ledger.rows.last {
                $0.kind == .decided
                    && String(decoding: $0.body, as: UTF8.self).contains("\"NO_RULE_MATCHED\"")
            })
        let json = try JSONValue(parsing: blocked.body)
        let hash = try #require(
            json["inputs"]?["transaction_sha256"]?.text.flatMap(Digest.init(hex:)))
        var changed = ledger
        changed.blobs[hash]?[10] ^= 1
        let found = try await changed.replay().divergences.first
        #expect(found?.stage == .body)
        #expect(found?.seq ?? .max <= blocked.seq)
        var erased = ledger
        erased.blobs[hash] = nil
        let (tally, divergences) = try await erased.replay()
        #expect(divergences.isEmpty)
        #expect(tally.erased > 0)
        let whole = try await ledger.replay().tally
        #expect(tally.decisions < whole.decisions)
    }

    @Test func `a policy whose files are changed or gone is found`() async throws {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        let ledger = try await golden.read()
        let digest = try #require(ledger.files.keys.first)
        var changed = ledger
        changed.files[digest] = ledger.files[digest]?.map {
            PolicyFile(path: $0.path, bytes: $0.bytes + [0x0A])
        }
        #expect(try await changed.replay(tellsAll: false).divergences.first?.stage == .policy)
        var gone = ledger
        gone.files[digest] = nil
        #expect(try await gone.replay(tellsAll: false).divergences.first?.stage == .policy)
    }
}
