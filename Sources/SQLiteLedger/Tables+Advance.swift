import ApprovalAgent
import ApprovalCore

extension Tables {
    /// Moves an item that holds an open reservation one step on.
    func advance(
        _ id: TransactionID, _ step: Step, _ entry: [JSONMember], now: UnixTime
    ) throws {
        guard let known = try row(id) else { throw illegal(step, "it was never decided") }
        if case .signed(let new) = step, let old = try challenge(id), old != new {
            throw LedgerError.conflictingChallenge
        }
        guard step.isLegal(from: known.state) else {
            throw illegal(step, "it is \(known.state.rawValue)")
        }
        guard let reservation = try openReservation(id) else {
            throw illegal(step, "it holds no reservation")
        }
        let time = try effective(now)
        try append(
            step.entryKind, about: id, entry, at: time, mark: signatureNumber(step, of: id))
        var row = known
        row.fingerprint = nil
        row.attempts = 0
        row.retryAt = nil
        try take(step, &row, reservation, at: time, was: known)
        try store(row)
    }

    /// How many transactions were signed so far, with this one; nil where nothing is signed.
    private func signatureNumber(_ step: Step, of id: TransactionID) throws -> JSONMember? {
        guard case .signed = step else { return nil }
        let isNew = try challenge(id) == nil
        let number = isNew ? try nextNumber("signatures") : try lastNumber("signatures")
        return JSONMember("signature_number", .integer(number))
    }

    private func take(
        _ step: Step, _ row: inout ItemRow, _ reservation: ReservationRow, at time: UnixTime,
        was known: ItemRow
    ) throws {
        switch step {
        case .requested(let request):
            try record(request, for: row.transactionID, at: time)
            row.requestID = request
            row.state = .requested
            row.attempts = known.attempts
        case .asked(let asking):
            try record(asking, of: known, at: time)
            row.state = .asked
            row.attempts = known.attempts
        case .released(let retryAt):
            try release(reservation)
            row.state = .released
            row.retryAt = retryAt
            row.attempts = retryAt == nil ? 0 : known.attempts + 1
        case .signed(let challenge):
            if known.state != .signed { try record(challenge, for: row.transactionID) }
            row.state = .signed
        case .delivered(let attempt):
            // Time never runs backwards: an attempt counts no earlier than what was seen.
            row.deliveredAt = max(try effective(attempt), known.deliveredAt ?? attempt)
            row.state = .delivered
            row.attempts = known.attempts
        case .confirmed:
            try settle(reservation, at: known.deliveredAt ?? time)
            row.state = .confirmed
        case .failed:
            try end(reservation, of: known, at: time)
            row.state = .failed
        case .conflict:
            row.state = .conflict
        case .quarantined(let retryAt):
            row.attempts = known.attempts + 1
            row.retryAt = retryAt
        }
    }

    /// What the platform reports releases nothing that was signed, or granted by those who were
    /// asked.
    private func end(_ reservation: ReservationRow, of item: ItemRow, at time: UnixTime) throws {
        let isGranted = try asking(item.transactionID)?.isGranted ?? false
        if try challenge(item.transactionID) == nil, !isGranted {
            try release(reservation)
        } else {
            try settle(reservation, at: item.deliveredAt ?? time)
        }
    }

    private func illegal(_ step: Step, _ why: String) -> LedgerError {
        .corrupt("an item cannot be \(step.entryKind.rawValue): \(why)")
    }

    /// Writes an entry on its own. Where it is about a known item, the item's last decision is
    /// no longer its last entry.
    func note(
        _ kind: EntryKind, about id: TransactionID?, _ entry: [JSONMember], now: UnixTime
    ) throws {
        try append(kind, about: id, entry, at: effective(now))
        guard let id, var known = try row(id), known.fingerprint != nil else { return }
        known.fingerprint = nil
        try store(known)
    }
}

extension Step {
    /// The table of states (ARCHITECTURE.md). What is final is left by no step.
    func isLegal(from state: ItemState) -> Bool {
        switch self {
        case .requested, .released: [.intended, .requested].contains(state)
        case .asked: [.requested, .asked].contains(state)
        case .signed: [.requested, .signed].contains(state)
        case .delivered: [.signed, .delivered].contains(state)
        case .confirmed: [.asked, .signed, .delivered].contains(state)
        case .failed, .conflict, .quarantined:
            [.intended, .requested, .asked, .signed, .delivered].contains(state)
        }
    }
}
