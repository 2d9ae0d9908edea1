import ApprovalAgent
import ApprovalCore
import GRDB

/// A reservation as it stands in its table.
struct ReservationRow {
    enum State: String {
        case open, settled, released
    }

    let id: Int64
    let transactionID: TransactionID
    let exposure: Exposure
    var state: State
    /// When it counts; present exactly where it is settled.
    var countedAt: UnixTime?

    func cells() throws -> [DatabaseValue] {
        guard let sent = exposure.sent.storedBytes, let fee = exposure.fee.storedBytes,
            exposure.sent.units > 0
        else { throw LedgerError.corrupt("a reservation's amount is not above zero") }
        return [
            .integer(id), .text(transactionID.text), .text(exposure.type.rawValue),
            .text(exposure.accountID.text), .verbatim(exposure.destination), .bytes(sent),
            .integer(Int64(exposure.sent.scale)), .bytes(fee),
            .integer(Int64(exposure.fee.scale)), .optional(exposure.feeAccount, { .verbatim($0) }),
            .text(state.rawValue), .optional(countedAt, { .time($0) }),
        ]
    }
}

extension ReservationRow {
    /// Takes a row whose checksum holds. Its reference and its provenance stand in tables of their
    /// own.
    init(_ row: Row, provenance: Provenance? = nil) throws {
        id = try row.integer("id")
        transactionID = try row.value("transaction_id", row.text, TransactionID.init)
        exposure = Exposure(
            type: try row.value("type", row.text, TransactionType.init(rawValue:)),
            accountID: try row.value("account_id", row.text, AccountID.init),
            destination: String(decoding: try row.bytes("destination"), as: UTF8.self),
            sent: try row.amount("sent", scale: "sent_scale"),
            fee: try row.amount("fee", scale: "fee_scale"),
            feeAccount: try row.optionalBytes("fee_account").map {
                String(decoding: $0, as: UTF8.self)
            }, provenance: provenance)
        state = try row.value("state", row.text, State.init(rawValue:))
        countedAt = try row.optionalTime("counted_at")
    }
}

extension Tables {
    /// The open reservation of a transaction.
    func openReservation(_ id: TransactionID) throws -> ReservationRow? {
        try first(
            "SELECT * FROM reservation WHERE transaction_id = ? AND state = 'open'",
            .text(id.text)
        ).map { try ReservationRow(verified(.reservation, $0)) }
    }

    /// The open or settled reservation of a transaction.
    func heldReservation(_ id: TransactionID) throws -> ReservationRow? {
        try first(
            "SELECT * FROM reservation WHERE transaction_id = ? AND state <> 'released'",
            .text(id.text)
        ).map { try ReservationRow(verified(.reservation, $0)) }
    }

    /// A reservation by its number, with its provenance.
    func reservation(_ number: Int64) throws -> ReservationRow {
        guard let row = try first("SELECT * FROM reservation WHERE id = ?", .integer(number))
        else { throw LedgerError.corrupt("a reservation is missing") }
        return try reservation(row)
    }

    /// A reservation as it is counted again: with its provenance.
    func reservation(_ row: Row) throws -> ReservationRow {
        let known = try first(
            "SELECT * FROM provenance WHERE reservation_id = ?",
            .integer(try row.integer("id")))
        let provenance = try known.map { known in
            let body = try verified(.provenance, known).bytes("body")
            guard let json = try? JSONValue(parsing: body), let read = Provenance(json: json)
            else { throw LedgerError.corrupt("what is known of a reservation cannot be read") }
            return read
        }
        return try ReservationRow(verified(.reservation, row), provenance: provenance)
    }

    private func keep(_ provenance: Provenance?, of reservation: Int64) throws {
        guard let body = provenance?.json.canonicalBytes else { return }
        try insert(.provenance, [.integer(reservation), .bytes(body)])
    }

    /// Every open reservation, oldest first.
    func openReservations() throws -> [ReservationRow] {
        try all(
            """
            SELECT * FROM reservation INDEXED BY reservation_open WHERE state = 'open'
            ORDER BY id
            """
        ).map { try ReservationRow(verified(.reservation, $0)) }
    }

    /// Makes a reservation and lets it count.
    @discardableResult
    func reserve(_ reservation: Reservation, for id: TransactionID) throws -> ReservationRow {
        let next = try count("SELECT coalesce(max(id), 0) AS n FROM reservation") + 1
        let row = ReservationRow(
            id: next, transactionID: id, exposure: reservation.exposure, state: .open,
            countedAt: nil)
        try insert(.reservation, row.cells())
        try keep(reference: reservation.exposure.reference, of: next)
        try keep(reservation.exposure.provenance, of: next)
        for membership in try kept(reservation.memberships) { try hold(membership, for: next) }
        return row
    }

    /// Lets an open reservation count at `time` from now on.
    func settle(_ reservation: ReservationRow, at time: UnixTime) throws {
        let memberships = try memberships(of: reservation.id)
        try close(reservation, as: .settled, at: time)
        for membership in memberships { try count(membership, of: reservation.id, at: time) }
    }

    /// Lets go of an open reservation, as if it had never been.
    func release(_ reservation: ReservationRow) throws {
        try close(reservation, as: .released, at: nil)
    }

    private func close(
        _ reservation: ReservationRow, as state: ReservationRow.State, at time: UnixTime?
    ) throws {
        var closed = reservation
        closed.state = state
        closed.countedAt = time
        let sum = checksum(.reservation, try closed.cells())
        try run(
            "UPDATE reservation SET state = ?, counted_at = ?, checksum = ? WHERE id = ?",
            .text(state.rawValue), .optional(time, { .time($0) }), .bytes(sum),
            .integer(reservation.id))
        for membership in try memberships(of: reservation.id) {
            try changeOpen(membership, by: -1)
            try openTotals?.remove(membership)
        }
        try run("DELETE FROM membership WHERE reservation_id = ?", .integer(reservation.id))
    }
}
