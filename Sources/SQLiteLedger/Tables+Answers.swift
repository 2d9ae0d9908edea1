import ApprovalAgent
import ApprovalCore
import GRDB

extension Tables {
    /// Everything that a policy asks, without what the asking transaction holds itself.
    func answers(_ questions: Questions) throws -> Answers {
        let own =
            questions.limits.isEmpty ? nil : try heldReservation(questions.transactionID)
        return try answers(questions, without: own)
    }

    /// The same, where it is known what the asking transaction holds.
    func answers(_ questions: Questions, without own: ReservationRow?) throws -> Answers {
        Answers(
            usage: try questions.limits.map { try usage($0, without: own) },
            destination: try questions.destination.flatMap(age),
            sameReference: try questions.reference.flatMap {
                try sameReference($0, without: questions.transactionID)
            },
            firstDecision: questions.asksFirstDecision
                ? try firstDecision(questions.transactionID) : nil)
    }

    /// When a transaction was first decided; nil where it never was.
    private func firstDecision(_ id: TransactionID) throws -> UnixTime? {
        try first(
            """
            SELECT time FROM entry WHERE transaction_id = ? AND kind = 'decided'
            ORDER BY seq LIMIT 1
            """, .text(id.text)
        ).map { try $0.time("time") }
    }

    /// Another transaction whose reservation is open or settled under a reference.
    func sameReference(
        _ reference: String, without id: TransactionID
    ) throws -> TransactionID? {
        let found = try first(
            """
            SELECT reference.*, reservation.id AS held FROM reference
                JOIN reservation ON reservation.id = reservation_id
            WHERE reference = ? AND state <> 'released' AND transaction_id <> ?
            ORDER BY reservation_id LIMIT 1
            """, .verbatim(reference), .text(id.text))
        guard let found else { return nil }
        let number = try verified(.reference, found).integer("reservation_id")
        return try reservation(number).transactionID
    }

    /// Keeps the reference of a reservation, where it has one.
    func keep(reference: String?, of reservation: Int64) throws {
        guard let reference else { return }
        try insert(.reference, [.integer(reservation), .verbatim(reference)])
    }
}

// INVARIANT: I5. Cancellations are bounded by what the ledger itself wrote.
extension Tables {
    private static let hour: Int64 = 3_600_000

    /// Writes `cancelled` unless so many were written within the hour before.
    func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, _ entry: [JSONMember], now: UnixTime
    ) throws -> Bool {
        let time = try effective(now)
        let recent = try count(
            "SELECT count(*) AS n FROM entry WHERE kind = 'cancelled' AND time > ?",
            .time(time.advanced(byMilliseconds: -Self.hour)))
        guard recent < mostPerHour else { return false }
        try note(.cancelled, about: id, entry, now: now)
        return true
    }
}
