import ApprovalAgent
import ApprovalCore

extension Tables {
    /// INVARIANT: I3, I5. Usage, judgement, entry, reservation and intent, all in the one
    /// transaction that this is called in.
    func settle(
        _ proposal: Proposal, now reading: Reading,
        judge: Judge
    ) throws -> Settlement {
        let known = try row(proposal.transactionID)
        if let known, try isOccupied(known) { return .occupied(try item(known)) }
        let now = try effective(reading)
        let judgement = try judge(now) { questions throws(LedgerError) in
            do {
                // What is not occupied holds nothing.
                return questions.transactionID == proposal.transactionID
                    ? try answers(questions, without: nil) : try answers(questions)
            } catch {
                throw LedgerError(error)
            }
        }
        let allows = judgement.decision.action == .allow
        guard allows == (judgement.reservation != nil) else {
            throw LedgerError.corrupt("a reservation goes with an allow, and with nothing else")
        }
        if let known, !allows, known.fingerprint == judgement.fingerprint.bytes {
            return .judged(judgement.decision, item: try item(known))
        }
        try see(reading)
        try append(
            .decided, about: proposal.transactionID, judgement.entry, at: now,
            mark: allows ? JSONMember("intent", .bool(true)) : nil)
        let row = try decided(proposal, known, judgement)
        try store(row)
        if let reservation = judgement.reservation {
            try reserve(reservation, for: proposal.transactionID)
        }
        return .judged(judgement.decision, item: try item(row))
    }

    /// Whether nothing may be decided about it any more, or not now.
    private func isOccupied(_ item: ItemRow) throws -> Bool {
        switch item.state {
        case .confirmed, .failed, .conflict, .accepted: return true
        case .decided, .intended, .requested, .released, .asked, .signed, .delivered: break
        }
        if try openReservation(item.transactionID) != nil { return true }
        return try challenge(item.transactionID) != nil
    }

    /// The row after a judgement. An end by rule starts the count of attempts anew; an `allow` or
    /// a `hold` may be put off again and keeps it.
    private func decided(
        _ proposal: Proposal, _ known: ItemRow?, _ judgement: Judgement
    ) throws -> ItemRow {
        _ = try keep(body: proposal.accountBody)
        var row = ItemRow(
            transactionID: proposal.transactionID, accountID: proposal.accountID,
            state: .decided, action: judgement.decision.action,
            fingerprint: judgement.fingerprint.bytes, bodyDigest: try keep(body: proposal.body),
            requestID: known?.requestID, attempts: 0, retryAt: nil, deliveredAt: nil)
        switch judgement.decision.action {
        case .allow: row.state = .intended
        case .hold: break
        case .block, .escalate: return row
        }
        row.attempts = known?.attempts ?? 0
        row.retryAt = known?.retryAt
        return row
    }
}
