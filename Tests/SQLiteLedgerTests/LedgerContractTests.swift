import AgentTestKit
import ApprovalAgent
import SQLiteLedger
import Testing

@Suite struct LedgerContractTests {
    @Test(arguments: LedgerContract.checks)
    func `the ledger in memory keeps its contract`(_ check: LedgerContract.Check) async throws {
        try await check.run {
            let ledger = InMemoryLedger()
            return .init(ledger: ledger) {
                await ledger.entries.map(\.body)
            } keeps: { body in
                await ledger.blobs.contains(body)
            }
        }
    }

    @Test(arguments: LedgerContract.checks)
    func `the ledger in SQLite keeps its contract`(_ check: LedgerContract.Check) async throws {
        try await check.run {
            let place = try Workplace()
            let ledger = try place.create()
            return .init(ledger: ledger) {
                try await place.reader().entries(limit: 1_000).map(\.body)
            } keeps: { body in
                try await place.keeps(body)
            }
        }
    }

    @Test func `the contract holds nothing that every ledger keeps by chance`() async throws {
        var broken = 0
        for check in LedgerContract.checks {
            do {
                try await check.run {
                    .init(ledger: ForgetfulLedger()) {
                        []
                    } keeps: { _ in
                        false
                    }
                }
            } catch {
                broken += 1
            }
        }
        #expect(broken == LedgerContract.checks.count - 1, "all but 'a transaction never seen'")
    }

    @Test func `a planned failure is met by every later call until a restart`() async throws {
        let ledger = InMemoryLedger()
        await ledger.fail(.step(.requested), .after)
        let error = try await failure {
            try await ledger.take(1, 1, [.requested(LedgerFixture.request(1))])
        }
        #expect(error == .unavailable("planned"))
        #expect(try await failure { _ = try await ledger.overview() } == .unavailable("planned"))
        await ledger.restart()
        #expect(try await ledger.item(LedgerFixture.transaction(1))?.state == .requested)
        await ledger.fail(.settle, nth: 2)
        try await ledger.take(2)
        #expect(try await failure { try await ledger.take(3) } == .unavailable("planned"))
        await ledger.restart()
        #expect(try await ledger.item(LedgerFixture.transaction(3)) == nil)
    }
}
