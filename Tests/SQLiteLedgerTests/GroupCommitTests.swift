import AgentTestKit
import ApprovalAgent
import ApprovalCore
import SQLiteLedger
import Synchronization
import Testing

/// Many callers at once, and one transaction for those who waited.
@Suite struct GroupCommitTests {
    private typealias Fix = LedgerFixture

    private final class Count: Sendable {
        let number = Atomic(0)
    }

    /// Appends an entry with this number.
    private func append(_ number: Int, to ledger: SQLiteLedger) -> Together.Work {
        {
            try await ledger.append(
                .halted, about: nil, entry: [JSONMember("number", .integer(number))],
                now: Fix.start)
        }
    }

    /// The numbers of the entries, in their order.
    private func numbers(_ place: Workplace) async throws -> [Int] {
        try await place.reader().entries(limit: 10_000).compactMap {
            try JSONValue(parsing: $0.body)["number"]?.integer.map { Int($0) }
        }
    }

    @Test func `those who wait are written in the order in which they came`() async throws {
        let place = try Workplace()
        let ledger = try place.create(sha256: Hashes.quick)
        let works = (1...300).map { append($0, to: ledger) }
        let errors = try await Together.write(in: ledger, works)
        #expect(errors.allSatisfy { $0 == nil })
        #expect(try await numbers(place) == Array(1...300))
        #expect(ledger.waiting == 0)
        try await ledger.close()
    }

    @Test func `nobody sees an entry, and no caller goes on, before all of them are committed`()
        async throws
    {
        let place = try Workplace()
        let ledger = try place.create()
        let gate = Gate()
        let finished = Count()
        let first = (1...5).map { append($0, to: ledger) }.map { work -> Together.Work in
            {
                try await work()
                finished.number.add(1, ordering: .sequentiallyConsistent)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let last: Together.Work = { try await gate.settle(1, in: ledger) }
                _ = try await Together.write(in: ledger, first + [last])
            }
            // All are in one transaction now, and the last of them is not done.
            await gate.waitUntilEntered()
            #expect(finished.number.load(ordering: .sequentiallyConsistent) == 0)
            #expect(try await numbers(place).isEmpty)
            gate.open()
            try await group.waitForAll()
        }
        #expect(finished.number.load(ordering: .sequentiallyConsistent) == 5)
        #expect(try await numbers(place) == [1, 2, 3, 4, 5])
    }

    @Test func `one that is refused is undone alone, and the others are written`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1, 1, [.requested(Fix.request(1)), .signed(Fix.challenge(1))])
        try await ledger.take(2, 1)
        let advance = { (number: Int, step: Step, evidence: [[UInt8]]) -> Together.Work in
            {
                try await ledger.advance(
                    Fix.transaction(number), step, entry: [], evidence: evidence, now: Fix.start)
            }
        }
        let body = Array("{9}".utf8)
        let errors = try await Together.write(
            in: ledger,
            [
                append(1, to: ledger), advance(2, .requested(try Fix.request(1)), [body]),
                append(2, to: ledger), advance(1, .signed(Fix.challenge(2)), []),
                advance(2, .failed, [body, [UInt8](repeating: 0, count: 16_385)]),
                append(3, to: ledger),
                { try await ledger.take(3, 1) { _ in LedgerError.otherPolicy } },
                { try await ledger.take(4, 7) },
            ])
        #expect(
            errors == [
                nil, .requestTaken, nil, .conflictingChallenge, .recordTooLarge, nil, .otherPolicy,
                nil,
            ])
        #expect(try await numbers(place) == [1, 2, 3])
        #expect(try await ledger.item(Fix.transaction(2))?.state == .intended)
        #expect(try await ledger.item(Fix.transaction(3)) == nil)
        #expect(try await ledger.item(Fix.transaction(4))?.state == .intended)
        #expect(try await !place.keeps(body))
        try await ledger.close()
        #expect(try await place.backUp(sha256: TestSHA256.hash).entries == 9)
    }

    @Test func `one that finds corruption undoes all that share its transaction`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1)
        let illegal: Together.Work = {
            try await ledger.advance(Fix.transaction(1), .confirmed, entry: [], now: Fix.start)
        }
        let errors = try await Together.write(
            in: ledger,
            [append(1, to: ledger), append(2, to: ledger), illegal, append(3, to: ledger)])
        let expected = LedgerError.corrupt(
            "\(place.file): an item cannot be confirmed: it is intended")
        #expect(errors == [expected, expected, expected, expected])
        #expect(try await failure { try await ledger.take(5) } == expected)
        #expect(try await numbers(place).isEmpty)
        let again = try Workplace()
        try place.copy(to: again)
        let next = try again.open()
        // The decision that they waited behind shared it too.
        #expect(try await next.overview().entries == 1)
        try await next.close()
    }

    @Test func `a commit that fails is the failure of all who share it`() async throws {
        let place = try Workplace()
        let ledger = try place.create()
        try await ledger.take(1)
        // A leaf without its entry is found by the commit itself.
        try place.tamper(
            """
            CREATE TRIGGER late AFTER INSERT ON entry WHEN NEW.kind = 'resumed'
            BEGIN INSERT INTO leaf VALUES (NEW.seq + 1, zeroblob(32)); END
            """)
        let last: Together.Work = {
            try await ledger.append(.resumed, about: nil, entry: [], now: Fix.start)
        }
        let errors = try await Together.write(
            in: ledger, [append(1, to: ledger), append(2, to: ledger), last])
        let found = Set(errors)
        #expect(found.count == 1)
        guard case .corrupt(let why)?? = found.first else {
            Issue.record("\(errors)")
            return
        }
        #expect(why.contains("FOREIGN KEY"))
        #expect(try await failure { _ = try await ledger.overview() } == .corrupt(why))
        #expect(try await numbers(place).isEmpty)
        #expect(try await place.reader().overview().entries == 1)
    }

    @Test func `those who come after a failure are refused without a touch of the file`()
        async throws
    {
        let place = try Workplace()
        let ledger = try place.create()
        try place.tamper("ALTER TABLE entry RENAME TO hidden")
        let works = (1...50).map { append($0, to: ledger) }
        let errors = try await withThrowingTaskGroup(of: LedgerError?.self) { group in
            for work in works { group.addTask { try await failure(work) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.count == 50)
        #expect(errors.allSatisfy { $0?.endsTheProcess == true })
        try place.tamper("ALTER TABLE hidden RENAME TO entry")
        #expect(try await numbers(place).isEmpty)
    }
}

extension SQLiteLedger {
    /// Settles an allow, unless the judge fails.
    fileprivate func take(
        _ number: Int, _ units: Int128, failing: @escaping @Sendable (UnixTime) -> LedgerError
    ) async throws {
        _ = try await settle(LedgerFixture.proposal(number), now: LedgerFixture.reading(0)) {
            now, _ throws(LedgerError) in throw failing(now)
        }
    }
}
