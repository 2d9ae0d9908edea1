import ApprovalAgent
import ApprovalCore

extension LedgerContract {
    private typealias Fix = LedgerFixture

    static let decisions: [Check] = [
        Check("a transaction that was never seen has no item") { subject in
            let item = try await subject.ledger.item(Fix.transaction(1))
            try same(item, nil, "item")
            try same(try await subject.ledger.unfinished(), [], "unfinished")
        },
        Check("an allow reserves, counts and is intended") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100)
            let item = try await ledger.item(Fix.transaction(1))
            try same(item?.state, .intended, "state")
            try same(item?.action, .allow, "action")
            try same(item?.decidedBody, Array("{}".utf8), "body")
            try same(try await ledger.unfinished().map(\.state), [.intended], "unfinished")
            let usage = try await ledger.used(at: 0)
            try same(usage.used, Fix.amount(100), "used")
            try same(usage.count, 1, "count")
            try same(usage.since, Fix.time(-24), "since")
        },
        Check("an entry is canonical JSON with the ledger's members") { subject in
            let judgement = try Fix.allow(
                1, entry: [JSONMember("result", .object(["b": .null, "a": .string("\n")]))])
            try await subject.ledger.judge(Fix.proposal(1), judgement)
            let text = try await subject.entries().map { String(decoding: $0, as: UTF8.self) }
            try same(
                text,
                [
                    #"{"environment":"test","intent":true,"kind":"decided","#
                        + #""result":{"a":"\n","b":null},"seq":1,"#
                        + #""time":"2026-10-02T09:00:00.000Z","transaction_id":""#
                        + Fix.text(1, "atrx") + #"","v":1}"#
                ], "entries")
        },
        Check("a refusal is written once, and again when it differs") { subject in
            let ledger = subject.ledger
            for (fingerprint, entries) in [(2, 1), (2, 1), (3, 2), (2, 3)] as [(UInt8, Int64)] {
                let judged = try await ledger.judge(
                    Fix.proposal(1), Fix.refuse(fingerprint: fingerprint))
                try same(judged, true, "judged")
                try same(try await ledger.overview().entries, entries, "entries")
            }
            try same(try await ledger.item(Fix.transaction(1))?.state, .decided, "state")
            try same(try await ledger.used(at: 0).count, 0, "count")
        },
        Check("another entry about an item lets the next decision be written") { subject in
            let ledger = subject.ledger
            try await ledger.judge(Fix.proposal(1), Fix.refuse())
            try await ledger.append(
                .quarantined, about: Fix.transaction(1), entry: [], now: Fix.start)
            try same(try await ledger.overview().quarantined, 1, "quarantined")
            try await ledger.judge(Fix.proposal(1), Fix.refuse())
            try same(try await ledger.overview().entries, 3, "entries")
            try same(try await ledger.overview().quarantined, 0, "quarantined")
        },
        Check("what holds a reservation is not judged again") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100)
            let judged = try await ledger.judge(Fix.proposal(1), Fix.allow(100))
            try same(judged, false, "judged")
            try same(try await ledger.used(at: 0).count, 1, "count")
            try same(try await ledger.overview().entries, 1, "entries")
        },
        Check("sixteen at once never pass a limit") { subject in
            let ledger = subject.ledger
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...16 {
                    let proposal = try Fix.proposal(number)
                    let allow = try Fix.allow(100)
                    group.addTask {
                        _ = try await ledger.settle(proposal, now: Fix.reading(0)) {
                            now, ask throws(LedgerError) in
                            let questions = Questions(
                                transactionID: proposal.transactionID,
                                limits: [Fix.question.at(Moment(now: now))])
                            let usage = try ask(questions).usage
                            return usage.first?.count ?? 9 < 3 ? allow : Fix.refuse()
                        }
                    }
                }
                try await group.waitForAll()
            }
            try same(try await ledger.used(at: 0).used, Fix.amount(300), "used")
            try same(
                try await ledger.overview().states, [.intended: 3, .decided: 13], "states")
        },
        Check("what is too large is not written at all") { subject in
            let ledger = subject.ledger
            let large = JSONMember("x", .string(String(repeating: "x", count: 65_535)))
            let fraction = JSONMember("x", .number("0.1"))
            let body = [UInt8](repeating: 32, count: 16_385)
            let allow = try Fix.allow(1)
            for (proposal, judgement) in [
                (try Fix.proposal(1, body: body), allow),
                (try Fix.proposal(1), try Fix.allow(1, entry: [large])),
                (try Fix.proposal(1), Fix.refuse(entry: [fraction])),
            ] {
                try await fails("too large", { $0 == .recordTooLarge }) { () throws(LedgerError) in
                    _ = try await ledger.settle(proposal, now: Fix.reading(0)) { _, _ in judgement }
                }
            }
            try same(try await ledger.overview().entries, 0, "entries")
            try same(try await ledger.item(Fix.transaction(1)), nil, "item")
            try same(try await ledger.used(at: 0).count, 0, "count")
            let most = try Fix.proposal(1, body: Array(body.dropLast()))
            try await ledger.judge(most, Fix.allow(1))
        },
        Check(
            "a reservation goes with an allow and with nothing else",
            each: { make in
                let allow = try Fix.allow(1)
                let wrong = [
                    Judgement(
                        decision: allow.decision, entry: [], fingerprint: Fix.digest(1),
                        reservation: nil),
                    Judgement(
                        decision: Fix.refuse().decision, entry: [], fingerprint: Fix.digest(1),
                        reservation: allow.reservation),
                ]
                for judgement in wrong {
                    let ledger = try await make().ledger
                    let proposal = try Fix.proposal(1)
                    try await fails("a false pair", \.isCorrupt) { () throws(LedgerError) in
                        _ = try await ledger.settle(proposal, now: Fix.reading(0)) { _, _ in
                            judgement
                        }
                    }
                }
            }),
    ]
}
