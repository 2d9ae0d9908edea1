import ApprovalAgent
import ApprovalCore

extension LedgerContract {
    private typealias Fix = LedgerFixture

    private static func files(_ policy: String, _ book: String) -> [PolicyFile] {
        [
            PolicyFile(path: "policy.yaml", bytes: Array(policy.utf8)),
            PolicyFile(path: "address_book.yaml", bytes: Array(book.utf8)),
        ]
    }

    static let policies: [Check] = [
        Check("a policy is written down once when it becomes active") { subject in
            let ledger = subject.ledger
            let policy = try Fix.policy(revision: 3, digest: 7, bookRevision: 5)
            for _ in 1...2 { try await ledger.activate(policy, now: Fix.start) }
            let text = try await subject.entries().map { String(decoding: $0, as: UTF8.self) }
            try same(
                text,
                [
                    #"{"environment":"test","kind":"policy_activated","policy":{"#
                        + #""address_book_revision":5,"digest":""# + Fix.digest(7).description
                        + #"","id":"test","revision":3},"seq":1,"#
                        + #""time":"2026-10-02T09:00:00.000Z","v":1}"#
                ], "entries")
            let overview = try await ledger.overview()
            try same(overview.policyRevision, 3, "revision")
            try same(overview.policyDigest, Fix.digest(7), "digest")
        },
        Check("a revision never falls, and never stands for other bytes") { subject in
            let ledger = subject.ledger
            let first = try Fix.policy(
                revision: 3, digest: 1, bookRevision: 5, files: files("", "b"))
            try await ledger.activate(first, now: Fix.start)
            for (revision, book, files) in [
                (2, 5, files("", "b")), (2, 6, files("x", "y")), (3, 5, files("x", "b")),
                (3, 4, files("", "b")), (4, 5, files("x", "y")), (4, 4, files("x", "y")),
            ] as [(Int64, Int64, [PolicyFile])] {
                let policy = try Fix.policy(
                    revision: revision, digest: 2, bookRevision: book, files: files)
                try await fails("\(revision), \(book)", \.isPolicyRevision) {
                    () throws(LedgerError) in
                    try await ledger.activate(policy, now: Fix.start) {}
                }
            }
            try same(try await ledger.overview().entries, 1, "entries")
            for (number, revision, book, files) in [
                (3, 3, 6, files("", "c")), (4, 4, 6, files("x", "c")), (5, 4, 6, files("x", "c")),
            ] as [(UInt8, Int64, Int64, [PolicyFile])] {
                let policy = try Fix.policy(
                    revision: revision, digest: number, bookRevision: book, files: files)
                try await ledger.activate(policy, now: Fix.start)
            }
            try same(try await ledger.overview().policyDigest, Fix.digest(5), "digest")
        },
        Check("a new limit counts all history, and an old one keeps what it has") { subject in
            let ledger = subject.ledger
            let first = try Fix.policy(revision: 1, digest: 1)
            try await ledger.activate(first, now: Fix.start)
            let steps = [
                Step.requested(try Fix.request(1)), .signed(Fix.challenge(1)), .confirmed,
            ]
            try await ledger.take(1, 100, steps, at: 1)
            try await ledger.take(2, 30, [], at: 2)
            try await ledger.take(3, 5, [.released(retryAt: nil)], at: 2)
            let week = Limit(
                id: "week", per: [.destination],
                window: .rolling(milliseconds: 168 * Fix.hour), maxCount: 9)
            try await ledger.activate(
                Fix.policy(revision: 2, digest: 2, more: [week]), now: Fix.time(3))
            let question = Fix.WindowQuestion(
                limit: "week", key: "BTC:bc1qexample", window: week.window)
            for (asked, hours, used) in [
                (question, 3, 130), (question, 100, 130), (question, 169, 30),
                (Fix.question, 3, 130), (Fix.question, 25, 30),
            ] as [(Fix.WindowQuestion, Int64, Int128)] {
                let usage = try await ledger.used(at: hours, 0, asked)
                try same(usage.used, Fix.amount(used), "\(asked.limit) at \(hours) h")
            }
            try await ledger.advance(
                Fix.transaction(2), .released(retryAt: nil), entry: [], now: Fix.time(4))
            try same(try await ledger.used(at: 169, 0, question).count, 0, "after the release")
        },
        Check("an entry on its own is written, and an unsound one is not") { subject in
            let ledger = subject.ledger
            try await ledger.append(
                .started, about: nil, entry: [JSONMember("engine", .string("1.0.0"))],
                now: Fix.start)
            let large = JSONMember("x", .string(String(repeating: "x", count: 65_500)))
            try await fails("a large entry", { $0 == .recordTooLarge }) {
                () throws(LedgerError) in
                try await ledger.append(.halted, about: nil, entry: [large], now: Fix.start)
            }
            let text = try await subject.entries().map { String(decoding: $0, as: UTF8.self) }
            try same(
                text,
                [
                    #"{"engine":"1.0.0","environment":"test","kind":"started","seq":1,"#
                        + #""time":"2026-10-02T09:00:00.000Z","v":1}"#
                ], "entries")
            try await fails("a forged number", \.isCorrupt) { () throws(LedgerError) in
                try await ledger.append(
                    .halted, about: nil, entry: [JSONMember("seq", .integer(9))], now: Fix.start)
            }
        },
    ]
}
