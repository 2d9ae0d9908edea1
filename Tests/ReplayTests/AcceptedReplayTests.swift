import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import SodiumKeys
import Testing

/// What a person accepted counts from then on, by its body.
@Suite(.timeLimit(.minutes(5))) struct AcceptedReplayTests {
    private func golden() async throws -> (LedgerCopy, accepted: ReplayedRow) {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        let ledger = try await golden.read()
        let row = try #require(
            try ledger.rows.first {
                try $0.kind == .reconciled && JSONValue(parsing: $0.body)["accepted"] != nil
            })
        return (ledger, row)
    }

    /// The first decision after it that asked for the sum of a limit.
    private func next(_ ledger: LedgerCopy, after seq: Int64) throws -> Int64? {
        try ledger.rows.first { row in
            let usage = try JSONValue(parsing: row.body)["inputs"]?["usage"]?.elements
            return row.seq > seq && row.kind == .decided && usage?.isEmpty == false
        }?.seq
    }

    @Test func `sums are added up with what was accepted`() async throws {
        let (ledger, accepted) = try await golden()
        let seq = try #require(try next(ledger, after: accepted.seq))
        let found = try await ledger.changing(seq) { entry in
            Mutation(path: ["inputs", "usage", "0", "count"], value: .integer(0))
                .applied(to: entry)
        }.replay()
        #expect(found.divergences.first?.seq == seq)
        #expect(found.divergences.first?.stage == .usage)
        #expect(found.tally.unsummed == 0)
    }

    @Test func `what is left out of an acceptance is missing in the sums`() async throws {
        let (ledger, accepted) = try await golden()
        let seq = try #require(try next(ledger, after: accepted.seq))
        let found = try await ledger.changing(accepted.seq) { entry in
            guard case .object(let members) = entry else { return entry }
            return .object(
                members.map { member in
                    guard member.name == "accepted", let all = member.value.elements else {
                        return member
                    }
                    let first = all.first { $0["counted"] == .bool(true) }
                    return JSONMember(member.name, .array(all.filter { $0 != first }))
                })
        }.replay().divergences.first
        #expect(found?.seq == seq)
        #expect(found?.stage == .usage)
    }

    @Test func `that no limit could count it must be so`() async throws {
        let (ledger, accepted) = try await golden()
        let all = try #require(try JSONValue(parsing: accepted.body)["accepted"]?.elements)
        for (place, one) in all.enumerated() {
            let isCounted = one["counted"] == .bool(true)
            let found = try await ledger.changing(accepted.seq) { entry in
                Mutation(path: ["accepted", "\(place)", "counted"], value: .bool(!isCounted))
                    .applied(to: entry)
            }.replay().divergences.first
            #expect(found?.seq == accepted.seq)
            #expect(found?.stage == .usage)
        }
        let kinds = Set(all.map { $0["counted"] == .bool(true) })
        #expect(kinds == [true, false])
    }

    @Test func `where its body is erased no sum is told any more`() async throws {
        let (whole, accepted) = try await golden()
        var ledger = whole
        let all = try #require(try JSONValue(parsing: accepted.body)["accepted"]?.elements)
        let one = try #require(
            all.first { $0["counted"] == .bool(true) && $0["class"]?.text == "unseen" })
        let digest = try #require(
            one["transaction_sha256"]?.text.flatMap(Digest.init(hex:)))
        ledger.blobs[digest] = nil
        let found = try await ledger.replay()
        #expect(found.divergences == [])
        #expect(found.tally.erased > 0)
        #expect(found.tally.unsummed > 0)
    }
}
