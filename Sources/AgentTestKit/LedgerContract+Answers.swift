import ApprovalAgent
import ApprovalCore
import Synchronization

extension LedgerContract {
    private typealias Fix = LedgerFixture

    /// The steps of an item that is approved.
    static func settled(_ number: Int) throws -> [Step] {
        [.requested(try Fix.request(number)), .signed(Fix.challenge(1)), .confirmed]
    }

    private static func asked(
        _ ledger: any Ledger, by number: Int = 999, reference: String? = nil,
        destination: KnownDestination? = nil
    ) async throws -> Answers {
        try await ledger.answers(
            Questions(
                transactionID: Fix.transaction(number), destination: destination,
                reference: reference, asksFirstDecision: true))
    }

    static let answers: [Check] = [
        Check("what a transaction holds itself does not count for it") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100, [], at: 1)
            try await ledger.take(2, 30, settled(2), at: 2)
            try await ledger.take(3, 4, settled(3), at: 2)
            for (number, used, count) in [(1, 34, 2), (2, 104, 2), (3, 130, 2), (4, 134, 3)]
                as [(Int, Int128, Int64)]
            {
                let usage = try await ledger.used(at: 3, asking: number)
                try same(usage.used, Fix.amount(used), "used for \(number)")
                try same(usage.count, count, "count for \(number)")
            }
        },
        Check("room comes back after the last settled approval that has to go") { subject in
            let ledger = subject.ledger
            for (number, hours) in [(1, 2), (2, 3), (3, 3), (4, 4)] as [(Int, Int64)] {
                try await ledger.take(number, 100, settled(number), at: hours)
            }
            try await ledger.take(5, 50, [], at: 4)
            var question = Fix.question
            for (amount, room) in [
                (450, nil), (449, 2), (350, 2), (349, 3), (150, 3), (149, 4), (50, 4), (49, nil),
            ] as [(Int128, Int64?)] {
                question.fittingAmount = Fix.amount(amount)
                let usage = try await ledger.used(at: 5, 0, question)
                try same(usage.used, Fix.amount(450), "used")
                try same(usage.roomAfter, room.map { Fix.time($0) }, "room for \(amount)")
            }
            question.fittingAmount = Fix.amount(349)
            for (count, room) in [(5, 3), (4, 3), (2, 3), (1, 4), (0, nil)]
                as [(Int64, Int64?)]
            {
                question.fittingCount = count
                let usage = try await ledger.used(at: 5, 0, question)
                try same(usage.roomAfter, room.map { Fix.time($0) }, "room for \(count)")
            }
            question.fittingAmount = Fix.amount(100)
            question.fittingCount = nil
            let own = try await ledger.used(at: 5, 0, question, asking: 4)
            try same(own.roomAfter, Fix.time(3), "room beside its own")
            let late = try await ledger.used(at: 27, 0, question)
            try same(late.roomAfter, Fix.time(4), "room in the window")
        },
        Check("a reference is another's while that is open or settled, byte for byte") { subject in
            let ledger = subject.ledger
            let references = ["INV-1", "caf\u{E9}", "", "a\0b", nil]
            for (number, reference) in references.enumerated() {
                try await ledger.judge(
                    Fix.proposal(number), Fix.allow(1, reference: reference))
            }
            for step in try settled(0) {
                try await ledger.advance(Fix.transaction(0), step, entry: [], now: Fix.start)
            }
            try await ledger.advance(
                Fix.transaction(1), .released(retryAt: nil), entry: [], now: Fix.start)
            for (reference, asking, found) in [
                ("INV-1", 9, 0), ("INV-1", 0, nil), ("inv-1", 9, nil), ("caf\u{E9}", 9, nil),
                ("", 9, 2), ("", 2, nil), ("a\0b", 9, 3), ("a", 9, nil),
            ] as [(String, Int, Int?)] {
                let same = try await asked(ledger, by: asking, reference: reference)
                let expected = try found.map { try Fix.transaction($0) }
                try AgentTestKit.same(same.sameReference, expected, "'\(reference)'")
            }
            try await ledger.judge(Fix.proposal(1), Fix.allow(1, reference: "cafe\u{301}"))
            let other = try await asked(ledger, reference: "caf\u{E9}")
            try same(other.sameReference, nil, "another spelling")
        },
        Check("the first decision keeps its time") { subject in
            let ledger = subject.ledger
            try same(try await asked(ledger, by: 1).firstDecision, nil, "before")
            try await ledger.append(
                .quarantined, about: Fix.transaction(1), entry: [], now: Fix.start)
            try await ledger.judge(Fix.proposal(1), Fix.refuse(), at: 2)
            try await ledger.judge(Fix.proposal(1), Fix.refuse(fingerprint: 3), at: 4)
            try await ledger.take(1, 5, [], at: 6)
            try same(try await asked(ledger, by: 1).firstDecision, Fix.time(2), "first decision")
            try same(try await asked(ledger, by: 2).firstDecision, nil, "another's")
        },
        Check("so many are cancelled within an hour, and no more") { subject in
            let ledger = subject.ledger
            try await ledger.judge(Fix.proposal(1), Fix.refuse())
            for (number, hours, most, expected) in [
                (1, 0, 2, true), (2, 0, 2, true), (3, 0, 2, false), (3, 0, 3, true),
                (4, 0, 0, false), (4, 1, 1, true), (5, 1, 1, false), (5, 0, 9, true),
            ] as [(Int, Int64, Int64, Bool)] {
                let before = try await ledger.overview().entries
                let isRecorded = try await ledger.recordCancel(
                    Fix.transaction(number), mostPerHour: most, entry: [],
                    now: Fix.time(hours))
                try same(isRecorded, expected, "cancel of \(number) at \(hours) h")
                let entries = try await ledger.overview().entries
                try same(entries - before, expected ? 1 : 0, "entries")
            }
            try await ledger.judge(Fix.proposal(1), Fix.refuse())
            try same(try await ledger.overview().entries, 7, "decided again after the cancel")
        },
    ]
}
