import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import SodiumKeys
import Testing

/// What is left out of an entry is told, as what is changed in it is.
@Suite(.timeLimit(.minutes(5))) struct OmissionTests {
    private func golden() async throws -> LedgerCopy {
        let golden = try GoldenLedger(try #require(GoldenLedger.names.last))
        defer { golden.remove() }
        return try await golden.read()
    }

    /// The entry without these members.
    private static func without(_ names: Set<String>, _ json: JSONValue) -> JSONValue {
        guard case .object(let members) = json else { return json }
        return .object(members.filter { !names.contains($0.name) })
    }

    private func json(_ row: ReplayedRow) throws -> JSONValue {
        try JSONValue(parsing: row.body)
    }

    @Test func `what was signed here is confirmed with its signature`() async throws {
        let ledger = try await golden()
        let row = try #require(
            try ledger.rows.first {
                try $0.kind == .confirmed && json($0)["signature"] != nil
            })
        let found = try await ledger.changing(row.seq) { Self.without(["signature"], $0) }.replay()
        #expect(found.divergences.map(\.seq) == [row.seq])
        #expect(found.divergences.first?.stage == .signature)
    }

    @Test func `another process that has the key confirms with the signature, without it not`()
        async throws
    {
        let ledger = try await golden()
        let late = try #require(try lateConfirmation(ledger))
        let stripped = try ledger.changing(late.confirmed) { Self.without(["signature"], $0) }
        let kept = try await stripped.replay()
        #expect(kept.divergences.map(\.seq) == [late.confirmed])
        let other = try stripped.changing(late.started) { entry in
            Mutation(
                path: ["approvers", "0", "public_key"],
                value: .string(String(repeating: "5", count: 64))
            ).applied(to: entry)
        }
        let gone = try await other.replay()
        #expect(gone.divergences.allSatisfy { $0.seq != late.confirmed })
        #expect(gone.tally.withoutKey == 1)
        let unnamed = try stripped.changing(late.started) { Self.without(["approvers"], $0) }
        let old = try await unnamed.replay()
        #expect(old.divergences == [])
        #expect(old.tally.tooLittle == 1)
    }

    /// The first confirmation by another process than the one that signed, and that one's start.
    private func lateConfirmation(
        _ ledger: LedgerCopy
    ) throws -> (confirmed: Int64, started: Int64)? {
        var signed: [TransactionID: Int64] = [:]
        var start: Int64 = 0
        for row in ledger.rows {
            if row.kind == .started { start = row.seq }
            guard let id = row.transactionID else { continue }
            if row.kind == .signed { signed[id] = start }
            if row.kind == .confirmed, let first = signed[id], first != start {
                return (row.seq, start)
            }
        }
        return nil
    }

    @Test func `a key that signs is one that the process began with`() async throws {
        let ledger = try await golden()
        let signed = try #require(ledger.rows.first { $0.kind == .signed })
        let start = try #require(
            ledger.rows.last { $0.kind == .started && $0.seq < signed.seq })
        let found = try await ledger.changing(start.seq) { entry in
            Mutation(
                path: ["approvers", "0", "public_key"],
                value: .string(String(repeating: "5", count: 64))
            ).applied(to: entry)
        }.replay().divergences.first
        #expect(found?.seq == signed.seq)
        #expect(found?.stage == .signature)
    }

    @Test(arguments: [EntryKind.signed, .asked, .released])
    func `a step that was made on two bodies names them`(kind: EntryKind) async throws {
        let ledger = try await golden()
        let row = try #require(
            try ledger.rows.last { row in
                let entry = try json(row)
                let codes = entry["reasons"]?.elements?.compactMap { $0["code"]?.text } ?? []
                return row.kind == kind && entry["request_sha256"] != nil
                    && (kind != .released || codes.contains("CHANGED_UNDER_US"))
            })
        let found = try await ledger.changing(row.seq) {
            Self.without(["request_sha256", "transaction_sha256"], $0)
        }.replay()
        #expect(found.divergences.map(\.seq) == [row.seq])
        #expect(found.divergences.first?.stage == .members)
    }

    @Test func `a decision tells how the clock was read, once one before it did`() async throws {
        let ledger = try await golden()
        let row = try #require(ledger.rows.last { $0.kind == .decided })
        let changed = try ledger.changing(row.seq) { entry in
            guard case .object(let members) = entry else { return entry }
            return .object(
                members.map {
                    $0.name == "inputs"
                        ? JSONMember(
                            "inputs",
                            Self.without(["clock", "in_force", "doubt", "account_bytes"], $0.value))
                        : $0
                })
        }
        let found = try await changed.replay().divergences
        #expect(found.map(\.seq) == [row.seq])
        #expect(found.first?.stage == .members)
    }

    @Test func `a signature that is not numbered is told, once one before it was`() async throws {
        let ledger = try await golden()
        let row = try #require(ledger.rows.last { $0.kind == .signed })
        let found = try await ledger.changing(row.seq) {
            Self.without(["signature_number"], $0)
        }.replay().divergences
        #expect(found.map(\.seq) == [row.seq])
        #expect(found.first?.stage == .order)
    }
}
