import ApprovalAgent
import ApprovalCore
import Synchronization

extension LedgerContract {
    private typealias Fix = LedgerFixture

    private static func entry(
        _ address: String, _ compare: AddressBook.Entry.Compare = .exact
    ) -> AddressBook.Entry {
        AddressBook.Entry(label: address, assets: ["BTC"], address: address, compare: compare)
    }

    private static func age(_ ledger: any Ledger, _ address: String) async throws -> DestinationAge?
    {
        try await ledger.answers(
            Questions(
                transactionID: Fix.transaction(999),
                destination: KnownDestination(asset: "BTC", address: address))
        ).destination
    }

    private static func count(
        _ ledger: any Ledger, _ limit: String, key: String = "all"
    ) async throws -> Int64 {
        let question = Fix.WindowQuestion(limit: limit, key: key, window: .total)
        return try await ledger.used(at: 9, 0, question).count
    }

    static let reloads: [Check] = [
        Check("a destination is known since the first active book that has it") { subject in
            let ledger = subject.ledger
            let books: [(hours: Int64, entries: [AddressBook.Entry])] = [
                (1, [entry("a")]), (2, [entry("a"), entry("0xAB", .hexCaseInsensitive)]),
                (3, [entry("c")]), (4, [entry("a"), entry("c"), entry("0xab")]),
            ]
            try same(try await age(ledger, "a"), nil, "before")
            for (number, book) in books.enumerated() {
                let policy = try Fix.policy(
                    revision: 1, digest: UInt8(number), bookRevision: Int64(number),
                    entries: book.entries,
                    files: [PolicyFile(path: "policy.yaml", bytes: [1])]
                        + [PolicyFile(path: "address_book.yaml", bytes: [UInt8(number)])])
                try await ledger.prepare(policy)
                if number == 1 { try same(try await age(ledger, "0xab"), nil, "prepared") }
                for _ in 1...2 { try await ledger.activate(policy, now: Fix.time(book.hours)) }
            }
            for (address, hours) in [("a", 1), ("0xab", 2), ("c", 3)] as [(String, Int64)] {
                let expected = DestinationAge(
                    activatedAt: Fix.time(hours), isOriginal: hours == 1)
                try same(try await age(ledger, address), expected, "age of \(address)")
            }
            try same(try await age(ledger, "0xAB"), nil, "no canonical spelling")
        },
        Check("what was prepared and never became active is forgotten") { subject in
            let ledger = subject.ledger
            try await ledger.activate(Fix.policy(revision: 1, digest: 1), now: Fix.start)
            let other = try Fix.policy(
                revision: 2, digest: 2, more: [Limit(id: "all", window: .total, maxCount: 9)],
                bookRevision: 2, entries: [entry("never")])
            try await ledger.prepare(other)
            try await ledger.take(1, 100)
            let third = try Fix.policy(
                revision: 3, digest: 3, more: [Limit(id: "each", window: .total, maxCount: 9)],
                bookRevision: 3, entries: [entry("third")])
            try await ledger.prepare(third)
            try await ledger.activate(third, now: Fix.time(1))
            try same(try await age(ledger, "never"), nil, "age")
            try same(try await age(ledger, "third")?.activatedAt, Fix.time(1), "age")
            try same(try await count(ledger, "each"), 1, "count")
        },
        Check("what happens between preparing and activating counts once") { subject in
            let ledger = subject.ledger
            try await ledger.activate(Fix.policy(revision: 1, digest: 1), now: Fix.start)
            let settled = { (number: Int) throws -> [Step] in
                [.requested(try Fix.request(number)), .signed(Fix.challenge(1)), .confirmed]
            }
            try await ledger.take(1, 1, settled(1), at: 1)
            for number in 2...5 { try await ledger.take(number, 1, [], at: 1) }
            let limits = [
                Limit(id: "one", window: .total, maxCount: 9),
                Limit(id: "two", per: [.destination], window: .total, maxCount: 9),
            ]
            let policy = try Fix.policy(revision: 2, digest: 2, more: limits)
            try await ledger.prepare(policy)
            for step in try settled(2) {
                try await ledger.advance(Fix.transaction(2), step, entry: [], now: Fix.time(2))
            }
            try await ledger.advance(
                Fix.transaction(3), .released(retryAt: nil), entry: [], now: Fix.time(2))
            try await ledger.take(6, 1, settled(6), at: 2)
            try await ledger.take(7, 1, [], at: 2)
            try await ledger.prepare(policy)
            try await ledger.take(8, 1, settled(8), at: 2)
            try await ledger.take(9, 1, [.released(retryAt: nil)], at: 2)
            try await ledger.take(10, 1, [], at: 2)
            try await ledger.activate(policy, now: Fix.time(2))
            for step in try settled(10) {
                try await ledger.advance(Fix.transaction(10), step, entry: [], now: Fix.time(3))
            }
            for (limit, key) in [
                ("one", "all"), ("two", "BTC:bc1qexample"), ("payouts-day", "all"),
            ] {
                try same(try await count(ledger, limit, key: key), 8, "count of \(limit)")
            }
        },
        Check("a pattern counts history too, and a change of what it counts is counted again") {
            subject in
            let ledger = subject.ledger
            for (number, units) in [(1, 100), (2, 95), (3, 50), (4, 49)] as [(Int, Int128)] {
                try await ledger.take(number, units, [], at: 1)
            }
            for (revision, cap, expected) in [(1, 100, 2), (2, 50, 2), (3, 95, 1), (4, 10, 0)]
                as [(Int64, Int128, Int64)]
            {
                let pattern = Pattern(
                    id: "split", action: .escalate, window: .total, percent: 10,
                    caps: [.init(rule: "r", assets: ["BTC"], upTo: Fix.amount(cap))],
                    countAtLeast: 2)
                try await ledger.activate(
                    Fix.policy(revision: revision, digest: UInt8(revision), patterns: [pattern]),
                    now: Fix.time(1))
                try same(try await count(ledger, "pattern:split"), expected, "cap of \(cap)")
                try same(try await count(ledger, "payouts-day"), 4, "the limit")
            }
        },
        Check("a changed book changes the accounts of what was approved before") { subject in
            let ledger = subject.ledger
            let limits = [
                Limit(id: "to", per: [.destination], window: .total, maxCount: 9),
                Limit(
                    id: "known", scope: [.destination(.init(kind: .allowlisted))],
                    window: .total, maxCount: 9),
            ]
            func activate(_ revision: Int64, _ entries: [AddressBook.Entry]) async throws {
                try await ledger.activate(
                    Fix.policy(
                        revision: revision, digest: UInt8(revision), more: limits,
                        bookRevision: revision, entries: entries), now: Fix.start)
            }
            try await activate(1, [])
            let policy = try Fix.policy(revision: 1, digest: 1, more: limits).policy
            for (number, address) in ["0xAB", "0xab"].enumerated() {
                let exposure = try Fix.exposure(1, to: address)
                let memberships = policy.memberships(of: exposure)
                try await ledger.judge(
                    Fix.proposal(number), Fix.allow(1, memberships: memberships, to: address))
            }
            for (revision, entries, lower, upper, known) in [
                (2, [entry("x")], 2, 0, 0), (3, [entry("0xaB", .hexCaseInsensitive)], 2, 0, 2),
                (4, [entry("0xAB")], 2, 0, 1),
            ] as [(Int64, [AddressBook.Entry], Int64, Int64, Int64)] {
                try await activate(revision, entries)
                try same(try await count(ledger, "to", key: "BTC:0xab"), lower, "lower")
                try same(try await count(ledger, "to", key: "BTC:0xAB"), upper, "upper")
                try same(try await count(ledger, "known"), known, "known at \(revision)")
            }
        },
        Check("an entry or account that goes away clears nothing") { subject in
            let ledger = subject.ledger
            let limits = [
                Limit(
                    id: "tagged", scope: [.destination(.init(tags: ["exchange"]))],
                    per: [.source], window: .total, maxCount: 9)
            ]
            func policy(
                _ revision: Int64, _ entries: [AddressBook.Entry]
            ) throws -> LoadedPolicy {
                try Fix.policy(
                    revision: revision, digest: UInt8(revision), more: limits,
                    bookRevision: revision, entries: entries)
            }
            let first = try policy(1, [])
            try await ledger.activate(first, now: Fix.start)
            let source = try Fix.made(first.policy.account(Fix.account()))
            let known = Provenance(source: source, label: "Exchange", tags: ["exchange"])
            let exposure = try Fix.exposure(1, to: "gone", provenance: known)
            try await ledger.judge(
                Fix.proposal(1),
                Fix.allow(
                    1, memberships: first.policy.memberships(of: exposure), to: "gone",
                    provenance: known))
            for revision in 2...4 as ClosedRange<Int64> {
                if revision == 3 {
                    for step in try settled(1) {
                        try await ledger.advance(
                            Fix.transaction(1), step, entry: [], now: Fix.time(1))
                    }
                }
                let entries = revision == 2 ? [] : [entry("gone")]
                try await ledger.activate(policy(revision, entries), now: Fix.time(2))
                try same(
                    try await count(ledger, "tagged", key: source.name), 1, "at \(revision)")
            }
        },
        Check("who waits for a policy is told when it is written down, and only then") { subject in
            let ledger = subject.ledger
            let entries = Mutex<[String]>([])
            for (revision, digest, expected) in [(2, 1, 1), (2, 1, 2), (1, 2, 2), (3, 3, 3)]
                as [(Int64, UInt8, Int)]
            {
                let policy = try Fix.policy(revision: revision, digest: digest)
                do throws(LedgerError) {
                    try await ledger.activate(policy, now: Fix.start) {
                        entries.withLock { $0.append("told") }
                    }
                } catch {
                    try same(error.isPolicyRevision, true, "refused for its revision")
                }
                try same(entries.withLock(\.count), expected, "told at revision \(revision)")
            }
            try same(try await ledger.overview().entries, 2, "entries")
        },
    ]
}
