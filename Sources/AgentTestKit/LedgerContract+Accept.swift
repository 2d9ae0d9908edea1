import ApprovalAgent
import ApprovalCore

extension LedgerContract {
    private typealias Fix = LedgerFixture

    private static func spent(
        _ number: Int, _ units: Int128? = 100, body: String = "{}"
    ) throws -> Spent {
        Spent(
            transactionID: try Fix.transaction(number), accountID: try Fix.account(),
            body: Array(body.utf8),
            reservation: try units.map { try Fix.allow($0).reservation }
                ?? nil)
    }

    static let accepting: [Check] = [
        Check("what was accepted counts from then on, in one entry, and is final") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 5)
            let entry = [JSONMember("by", .string("ops"))]
            try await ledger.accept([spent(2, 30), spent(3, 40)], entry: entry, now: Fix.time(2))
            try same(try await ledger.overview().entries, 2, "entries")
            let last = try await subject.entries().last.map { try JSONValue(parsing: $0) }
            try same(last?["kind"], .string("reconciled"), "kind")
            try same(last?["by"], .string("ops"), "by")
            try same(try await ledger.used(at: 2).used, Fix.amount(75), "used")
            try same(try await ledger.used(at: 26, -1).used, Fix.amount(75), "within the window")
            try same(try await ledger.used(at: 26).used, Fix.amount(5), "after the window")
            let item = try await ledger.item(Fix.transaction(2))
            try same(item?.state, .accepted, "state")
            try same(item?.decidedBody, Array("{}".utf8), "body")
            try same(
                try await ledger.judge(Fix.proposal(2), Fix.allow(1), at: 3), false, "judged")
            try same(try await ledger.unfinished().count, 1, "unfinished")
        },
        Check("nothing is accepted twice") { subject in
            let ledger = subject.ledger
            try await ledger.accept([spent(1), spent(1)], entry: [], now: Fix.time(0))
            try await ledger.accept([spent(1, 900)], entry: [], now: Fix.time(9))
            try same(try await ledger.used(at: 9).used, Fix.amount(100), "used")
            try same(try await ledger.used(at: 24).used, Fix.amount(0), "after the window")
            try same(try await ledger.overview().entries, 2, "entries")
        },
        Check(
            "what was signed or is settled is left as it is",
            each: { make in
                for state in [ItemState.signed, .delivered, .confirmed] {
                    let ledger = try await ledger(make, in: state)
                    let before = try await ledger.item(Fix.transaction(1))
                    try await ledger.accept([spent(1, 900)], entry: [], now: Fix.time(3))
                    try same(try await ledger.item(Fix.transaction(1)), before, "\(state)")
                    try same(try await ledger.used(at: 3).used, Fix.amount(100), "from \(state)")
                }
            }),
        Check(
            "an open reservation without a signature is settled as it is, and now",
            each: { make in
                for state in [ItemState.intended, .requested, .asked, .conflict] {
                    let ledger = try await ledger(make, in: state)
                    try await ledger.accept([spent(1, 900)], entry: [], now: Fix.time(3))
                    let item = try await ledger.item(Fix.transaction(1))
                    try same(item?.state, .accepted, "state after \(state)")
                    try same(try await ledger.unfinished(), [], "unfinished")
                    try same(try await ledger.used(at: 27, -1).used, Fix.amount(100), "used")
                    try same(try await ledger.used(at: 27).count, 0, "count")
                }
            }),
        Check(
            "what holds nothing any more counts when it was approved after all",
            each: { make in
                for state in [ItemState.decided, .released, .failed] {
                    let ledger = try await ledger(make, in: state)
                    try await ledger.accept([spent(1, 900)], entry: [], now: Fix.time(3))
                    let item = try await ledger.item(Fix.transaction(1))
                    try same(item?.state, .accepted, "state after \(state)")
                    try same(try await ledger.used(at: 3).used, Fix.amount(900), "used")
                }
            }),
        Check("what no limit can tell is accepted without a reservation") { subject in
            try await subject.ledger.accept([spent(1, nil)], entry: [], now: Fix.start)
            try same(
                try await subject.ledger.item(Fix.transaction(1))?.state, .accepted, "state")
            try same(try await subject.ledger.used(at: 0).count, 0, "count")
        },
        Check("where one cannot be recorded, none is accepted") { subject in
            let ledger = subject.ledger
            let large = try spent(2, 1, body: String(repeating: "x", count: 16_385))
            let first = try spent(1)
            try await fails("a body that is too large", { $0 == .recordTooLarge }) {
                () throws(LedgerError) in
                try await ledger.accept([first, large], entry: [], now: Fix.start)
            }
            try same(try await ledger.overview().entries, 0, "entries")
            try same(try await ledger.item(Fix.transaction(1)), nil, "item")
            try same(try await ledger.used(at: 0).count, 0, "count")
        },
    ]

    static let evidence: [Check] = [
        Check("what a decision and a step rest on is kept") { subject in
            let ledger = subject.ledger
            let (body, account, reply) = (Array("{1}".utf8), Array("{2}".utf8), Array("{3}".utf8))
            let proposal = Proposal(
                transactionID: try Fix.transaction(1), accountID: try Fix.account(), body: body,
                accountBody: account)
            try await ledger.judge(proposal, Fix.allow(1))
            try same(try await subject.keeps(reply), false, "before")
            try await ledger.advance(
                Fix.transaction(1), .requested(Fix.request(1)), entry: [], evidence: [reply, body],
                now: Fix.start)
            for kept in [body, account, reply] {
                try same(try await subject.keeps(kept), true, String(decoding: kept, as: UTF8.self))
            }
        },
        Check("a step whose evidence is too large is not taken, and nothing of it is kept") {
            subject in
            let ledger = subject.ledger
            try await ledger.take(1)
            let (id, request) = (try Fix.transaction(1), try Fix.request(1))
            let small = Array("{3}".utf8)
            let large = [UInt8](repeating: 0x20, count: 16_385)
            try await fails("evidence", { $0 == .recordTooLarge }) { () throws(LedgerError) in
                try await ledger.advance(
                    id, .requested(request), entry: [], evidence: [small, large], now: Fix.start)
            }
            try same(try await ledger.item(id)?.state, .intended, "state")
            try same(try await ledger.overview().entries, 1, "entries")
            try same(try await subject.keeps(small), false, "kept")
        },
    ]
}
