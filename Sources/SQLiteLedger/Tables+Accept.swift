import ApprovalAgent
import ApprovalCore

// INVARIANT: I5. What others approved counts too, once a person said so.
extension Tables {
    /// Counts each as spent from now on, in every window, and writes the one entry that says so.
    func accept(_ spent: [Spent], _ entry: [JSONMember], now: UnixTime) throws {
        let time = try effective(now)
        for one in spent { try accept(one, at: time) }
        try append(.reconciled, about: nil, entry, at: time)
    }

    /// What was signed here, is settled or was accepted before stays as it is.
    private func accept(_ spent: Spent, at time: UnixTime) throws {
        let id = spent.transactionID
        let known = try row(id)
        let held = try heldReservation(id)
        guard try challenge(id) == nil, known?.state != .accepted, held?.state != .settled else {
            return
        }
        try store(
            ItemRow(
                transactionID: id, accountID: known?.accountID ?? spent.accountID,
                state: .accepted, action: known?.action ?? .hold, fingerprint: nil,
                bodyDigest: try keep(body: spent.body) ?? known?.bodyDigest,
                requestID: known?.requestID, attempts: known?.attempts ?? 0,
                retryAt: known?.retryAt, deliveredAt: known?.deliveredAt))
        if let held {
            try settle(held, at: time)
        } else if let reservation = spent.reservation {
            try settle(reserve(reservation, for: id), at: time)
        }
    }
}
