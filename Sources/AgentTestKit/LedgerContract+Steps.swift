import ApprovalAgent
import ApprovalCore

extension LedgerContract {
    private typealias Fix = LedgerFixture

    private static func path(to state: ItemState) throws -> [Step] {
        let requested = Step.requested(try Fix.request(1))
        let signed = [requested, .signed(Fix.challenge(1))]
        let delivered = signed + [.delivered(at: Fix.time(1))]
        return switch state {
        case .decided, .intended: []
        case .requested: [requested]
        case .asked: [requested, .asked(try Fix.asking(1))]
        case .released: [.released(retryAt: nil)]
        case .signed: signed
        case .delivered: delivered
        case .confirmed: delivered + [.confirmed]
        case .failed: [.failed]
        case .conflict: [.conflict]
        case .accepted: []
        }
    }

    /// A ledger whose transaction 1 stands in that state.
    static func ledger(_ make: Make, in state: ItemState) async throws -> any Ledger {
        let ledger = try await make().ledger
        if state == .decided {
            try await ledger.judge(Fix.proposal(1), Fix.refuse())
        } else {
            try await ledger.take(1, 100, path(to: state))
        }
        if state == .accepted {
            let spent = Spent(
                transactionID: try Fix.transaction(1), accountID: try Fix.account(), body: [],
                reservation: nil)
            try await ledger.accept([spent], entry: [], now: Fix.start)
        }
        try same(try await ledger.item(Fix.transaction(1))?.state, state, "state")
        return ledger
    }

    /// Whether it is final, or with those who were asked, or its signature may be on its way.
    private static func isFinalOrGone(_ state: ItemState) -> Bool {
        switch state {
        case .decided, .intended, .requested, .released: false
        case .asked, .signed, .delivered, .confirmed, .failed, .conflict, .accepted: true
        }
    }

    private static let open: Set<ItemState> = [
        .intended, .requested, .asked, .signed, .delivered,
    ]

    private static func legal() throws -> [(Step, from: Set<ItemState>)] {
        [
            (.requested(try Fix.request(2)), [.intended, .requested]),
            (.released(retryAt: nil), [.intended, .requested]),
            (.signed(Fix.challenge(1)), [.requested, .signed]),
            (.asked(try Fix.asking(1, part: 7)), [.requested, .asked]),
            (.delivered(at: Fix.time(2)), [.signed, .delivered]),
            (.confirmed, [.asked, .signed, .delivered]),
            (.failed, open), (.conflict, open), (.quarantined(retryAt: Fix.time(3)), open),
        ]
    }

    static let steps: [Check] = [
        Check(
            "a step is taken from the states that allow it and from no other",
            each: { make in
                for (step, states) in try legal() {
                    for state in ItemState.allCases {
                        let ledger = try await ledger(make, in: state)
                        let before = try await ledger.overview()
                        if states.contains(state) {
                            try await ledger.advance(
                                Fix.transaction(1), step, entry: [], now: Fix.time(2))
                            let entries = try await ledger.overview().entries
                            try same(
                                entries, before.entries + 1, "entries of \(step) from \(state)")
                        } else {
                            let id = try Fix.transaction(1)
                            try await fails("\(step) from \(state)", \.isCorrupt) {
                                () throws(LedgerError) in
                                try await ledger.advance(id, step, entry: [], now: Fix.time(2))
                            }
                        }
                    }
                }
            }),
        Check(
            "a final item is never judged again",
            each: { make in
                for state in ItemState.allCases where isFinalOrGone(state) {
                    let ledger = try await ledger(make, in: state)
                    let judged = try await ledger.judge(Fix.proposal(1), Fix.allow(1), at: 99)
                    try same(judged, false, "judged in \(state)")
                }
            }),
        Check("a second, different challenge is refused and nothing is written") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100, path(to: .signed))
            let id = try Fix.transaction(1)
            try await fails("another message", { $0 == .conflictingChallenge }) {
                () throws(LedgerError) in
                try await ledger.advance(
                    id, .signed(Fix.challenge(2)), entry: [], now: Fix.time(1))
            }
            try same(try await ledger.overview().entries, 3, "entries")
            try await ledger.advance(id, .signed(Fix.challenge(1)), entry: [], now: Fix.time(1))
            let item = try await ledger.item(id)
            try same(item?.challenge, Fix.challenge(1), "challenge")
            try same(item?.state, .signed, "state")
        },
        Check("a release lets go of the reservation and lets it be decided anew") { subject in
            let ledger = subject.ledger
            let id = try Fix.transaction(1)
            try await ledger.take(
                1, 100, [.requested(Fix.request(1)), .released(retryAt: Fix.time(5))])
            let released = try await ledger.item(id)
            try same(released?.attempts, 1, "attempts")
            try same(released?.retryAt, Fix.time(5), "retry at")
            try same(try await ledger.used(at: 0).count, 0, "count")
            try same(try await ledger.unfinished(), [], "unfinished")
            try await ledger.take(1, 70, [.released(retryAt: Fix.time(6))], at: 1)
            try same(try await ledger.item(id)?.attempts, 2, "attempts")
            try await ledger.take(1, 50, [.requested(Fix.request(2))], at: 2)
            let item = try await ledger.item(id)
            try same(item?.attempts, 2, "attempts")
            try same(item?.retryAt, nil, "retry at")
            try same(item?.requestID, try Fix.request(2), "request")
            try same(item?.requestTimes, [Fix.time(0), Fix.time(2)], "request times")
            try same(try await ledger.used(at: 2).used, Fix.amount(50), "used")
        },
        Check("requests of more than a day ago are not told") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 1, [.requested(Fix.request(1)), .released(retryAt: nil)])
            try await ledger.take(1, 1, [.requested(Fix.request(2))], at: 24)
            let item = try await ledger.item(Fix.transaction(1))
            try same(item?.requestTimes, [Fix.time(24)], "request times")
        },
        Check(
            "an approval request belongs to one transaction",
            each: { make in
                let ledger = try await ledger(make, in: .requested)
                try await ledger.take(2)
                let (id, request) = (try Fix.transaction(2), try Fix.request(1))
                try await fails("a foreign request", { $0 == .requestTaken }) {
                    () throws(LedgerError) in
                    try await ledger.advance(id, .requested(request), entry: [], now: Fix.start)
                }
            }),
        Check("who was asked is kept, and how they stand") { subject in
            let ledger = subject.ledger
            let id = try Fix.transaction(1)
            var asking = try Fix.asking(1)
            try await ledger.take(1, 100, [.requested(Fix.request(1)), .asked(asking)])
            try same(try await ledger.item(id)?.asking, asking, "asking")
            asking.members[0].begun = 1
            asking.members[0].requests = [try Fix.request(7)]
            try await ledger.advance(id, .asked(asking), entry: [], now: Fix.time(1))
            // A creation that never left the host is no longer begun.
            asking.members[1].begun = 1
            try await ledger.advance(id, .asked(asking), entry: [], now: Fix.time(1))
            asking.members[1].begun = 0
            asking.members[0].standing = .approved
            asking.end = .expired
            try await ledger.advance(id, .asked(asking), entry: [], now: Fix.time(2))
            let item = try await ledger.unfinished().first
            try same(item?.asking, asking, "asking")
            try same(item?.state, .asked, "state")
            try same(item?.requestID, try Fix.request(1), "request")
            try same(try await ledger.used(at: 9_999).count, 1, "count")
            try await ledger.advance(id, .confirmed, entry: [], now: Fix.time(3))
            try same(try await ledger.item(id)?.asking, asking, "asking when confirmed")
            try same(try await ledger.used(at: 3).used, Fix.amount(100), "used")
            try same(try await ledger.used(at: 26).count, 1, "settled when it was confirmed")
            try same(try await ledger.used(at: 28).count, 0, "out of the window")
        },
        Check(
            "what those who were asked granted counts, though the platform says it failed",
            each: { make in
                for approvals in 0...2 {
                    let ledger = try await ledger(make, in: .requested)
                    var asking = try Fix.asking(1)
                    for place in 0..<approvals { asking.members[place].standing = .approved }
                    let id = try Fix.transaction(1)
                    try await ledger.advance(id, .asked(asking), entry: [], now: Fix.time(1))
                    try await ledger.advance(id, .failed, entry: [], now: Fix.time(2))
                    try same(
                        try await ledger.used(at: 2).count, approvals == 2 ? 1 : 0,
                        "count with \(approvals) approvals")
                }
            }),
        Check("a request of a member belongs to one transaction, and to the request that was made")
        {
            subject in
            let ledger = subject.ledger
            try await ledger.take(
                1, 100, [.requested(Fix.request(1)), .asked(try Fix.asking(1, part: 7))])
            try await ledger.take(2, 100, [.requested(Fix.request(2))])
            let id = try Fix.transaction(2)
            let taken = Step.asked(try Fix.asking(2, part: 7))
            try await fails("a part of another", { $0 == .requestTaken }) {
                () throws(LedgerError) in
                try await ledger.advance(id, taken, entry: [], now: Fix.start)
            }
            let third = try Fix.transaction(3)
            try await ledger.take(3, 100)
            let part = Step.requested(try Fix.request(7))
            try await fails("a part as a request", { $0 == .requestTaken }) {
                () throws(LedgerError) in
                try await ledger.advance(third, part, entry: [], now: Fix.start)
            }
            let foreign = Step.asked(try Fix.asking(1))
            try await fails("a foreign GROUP request", \.isCorrupt) { () throws(LedgerError) in
                try await ledger.advance(id, foreign, entry: [], now: Fix.start)
            }
        },
        Check(
            "a quarantine changes nothing but the attempts",
            each: { make in
                for state in open {
                    let ledger = try await ledger(make, in: state)
                    let id = try Fix.transaction(1)
                    for attempt in 1...2 {
                        try await ledger.advance(
                            id, .quarantined(retryAt: Fix.time(8)), entry: [], now: Fix.time(2))
                        let item = try await ledger.item(id)
                        try same(item?.state, state, "state")
                        try same(item?.attempts, attempt, "attempts")
                        try same(item?.retryAt, Fix.time(8), "retry at")
                    }
                    try same(try await ledger.overview().quarantined, 1, "quarantined")
                    try same(try await ledger.used(at: 2).count, 1, "count")
                }
            }),
        Check(
            "a failure releases before the signature and settles after it",
            each: { make in
                for state in open {
                    let ledger = try await ledger(make, in: state)
                    try await ledger.advance(
                        Fix.transaction(1), .failed, entry: [], now: Fix.time(2))
                    let isSigned = state == .signed || state == .delivered
                    try same(try await ledger.used(at: 2).count, isSigned ? 1 : 0, "from \(state)")
                    try same(try await ledger.unfinished(), [], "unfinished")
                }
            }),
        Check(
            "a conflict keeps its reservation for ever",
            each: { make in
                for state in open {
                    let ledger = try await ledger(make, in: state)
                    try await ledger.advance(
                        Fix.transaction(1), .conflict, entry: [], now: Fix.time(2))
                    try same(try await ledger.used(at: 9_999).count, 1, "count from \(state)")
                    try same(try await ledger.unfinished().map(\.state), [.conflict], "unfinished")
                }
            }),
        Check("unfinished work comes oldest first") { subject in
            let ledger = subject.ledger
            for number in [3, 1, 2] { try await ledger.take(number) }
            try await ledger.take(4, 1, [.released(retryAt: nil)])
            let found = try await ledger.unfinished().map(\.transactionID)
            try same(found, try [3, 1, 2].map(Fix.transaction), "unfinished")
        },
    ]
}
