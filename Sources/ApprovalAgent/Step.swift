package import ApprovalCore

/// One step of an item that holds a reservation.
package enum Step: Hashable, Sendable {
    /// The approval request exists; may come again with another id.
    case requested(ApprovalRequestID)
    /// People are asked, or it is known anew how they stand. The GROUP request is the one of the
    /// step ``requested(_:)`` before it, and each request of a member belongs to this transaction
    /// alone (``LedgerError/requestTaken``). Follows ``requested(_:)`` and itself; the reservation
    /// is kept, and only ``confirmed``, ``failed``, ``conflict`` and ``quarantined(retryAt:)``
    /// follow it.
    case asked(Asking)
    /// Let go before anything was signed. `retryAt` puts the next attempt off.
    case released(retryAt: UnixTime?)
    case signed(ChallengeRecord)
    /// A delivery was attempted at this time, whatever came of it.
    case delivered(at: UnixTime)
    /// The platform shows it approved; the reservation is settled at its last delivery attempt,
    /// or where people approved it, now.
    case confirmed
    /// The platform says FAILED or CANCELLED: settled if it was signed, or granted by those who
    /// were asked, else released.
    case failed
    /// The reservation is kept, and a person must look.
    case conflict
    /// Something is wrong with this item; the reservation stays as it was.
    case quarantined(retryAt: UnixTime)
}

/// The kinds of entry.
package enum EntryKind: String, Hashable, Sendable, CaseIterable {
    case decided, requested, released, signed, delivered, confirmed, failed, conflict
    case quarantined, asked, started, stopped
    case policyActivated = "policy_activated"
    case policyRejected = "policy_rejected"
    case reconciled, halted, resumed
    case clockAnomaly = "clock_anomaly"
    case cancelled, checkpoint
}

extension Step {
    /// The kind of the entry that this step writes.
    package var entryKind: EntryKind {
        switch self {
        case .requested: .requested
        case .asked: .asked
        case .released: .released
        case .signed: .signed
        case .delivered: .delivered
        case .confirmed: .confirmed
        case .failed: .failed
        case .conflict: .conflict
        case .quarantined: .quarantined
        }
    }
}
