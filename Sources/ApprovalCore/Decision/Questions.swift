/// What a policy asks of the ledger before it decides one transaction. What the transaction
/// itself holds there never counts against it.
package struct Questions: Hashable, Sendable {
    package let transactionID: TransactionID
    package let limits: [LimitQuestion]
    /// Since when the address book has this destination; nil where that does not matter.
    package let destination: KnownDestination?
    /// Under which reference another transaction may have been approved; nil where that does not
    /// matter.
    package let reference: String?
    /// Whether the time of the first decision on it matters.
    package let asksFirstDecision: Bool

    package init(
        transactionID: TransactionID, limits: [LimitQuestion] = [],
        destination: KnownDestination? = nil, reference: String? = nil,
        asksFirstDecision: Bool = false
    ) {
        self.transactionID = transactionID
        self.limits = limits
        self.destination = destination
        self.reference = reference
        self.asksFirstDecision = asksFirstDecision
    }
}

/// The ledger's answers to ``Questions``.
package struct Answers: Hashable, Sendable {
    package let usage: [LimitUsage]
    /// Since when the destination is known; nil where it was not asked or never activated.
    package let destination: DestinationAge?
    /// Another transaction that holds or settled a reservation under the same reference.
    package let sameReference: TransactionID?
    /// When it was first decided; nil where that is now.
    package let firstDecision: UnixTime?

    package init(
        usage: [LimitUsage] = [], destination: DestinationAge? = nil,
        sameReference: TransactionID? = nil, firstDecision: UnixTime? = nil
    ) {
        self.usage = usage
        self.destination = destination
        self.sameReference = sameReference
        self.firstDecision = firstDecision
    }
}

/// An address that a revision of the book brought, under its canonical spelling.
package struct KnownDestination: Hashable, Sendable {
    /// The asset's name.
    package let asset: String
    package let address: String

    package init(asset: String, address: String) {
        self.asset = asset
        self.address = address
    }
}

extension AddressBook {
    /// Every destination on its entries, active or not.
    package var destinations: [KnownDestination] {
        entries.flatMap { entry in
            entry.assets.map {
                KnownDestination(asset: $0, address: entry.canonicalAddress)
            }
        }
    }
}

/// When a revision of the address book with a destination first became active.
package struct DestinationAge: Hashable, Sendable {
    package let activatedAt: UnixTime
    /// Whether that was the first policy of all: its addresses are taken as known.
    package let isOriginal: Bool

    package init(activatedAt: UnixTime, isOriginal: Bool) {
        self.activatedAt = activatedAt
        self.isOriginal = isOriginal
    }
}

/// What a limit or pattern needs to know from the ledger.
package struct LimitQuestion: Hashable, Sendable {
    /// A limit's id, or a pattern's ``Pattern/counter``.
    package let limit: String
    package let key: String
    /// Where the window begins; nil is the beginning of time.
    package let since: UnixTime?
    /// The last moment before the window: what was settled at or before it does not count.
    package let after: UnixTime
    /// Fraction digits of the amounts in this account of the limit.
    package let scale: UInt8
    /// The greatest use that leaves room for this transaction; nil where amounts are not limited
    /// or it alone is too much.
    package let fittingAmount: Amount?
    /// The same in number; nil where the number is not limited.
    package let fittingCount: Int64?

    package init(
        limit: String, key: String, since: UnixTime?, after: UnixTime, scale: UInt8,
        fittingAmount: Amount? = nil, fittingCount: Int64? = nil
    ) {
        self.limit = limit
        self.key = key
        self.since = since
        self.after = after
        self.scale = scale
        self.fittingAmount = fittingAmount
        self.fittingCount = fittingCount
    }
}

/// The ledger's answer: open reservations of any age, and what was settled in the window.
package struct LimitUsage: Hashable, Sendable {
    package let limit: String
    package let key: String
    /// As the question had it.
    package let since: UnixTime?
    package let used: Amount
    package let count: Int64
    /// Where the use is above what the question calls fitting: the time of the earliest settled
    /// approval in the window after which the rest would fit. nil where it fits already, or where
    /// what is open alone does not.
    package let roomAfter: UnixTime?

    package init(
        limit: String, key: String, since: UnixTime?, used: Amount, count: Int64,
        roomAfter: UnixTime? = nil
    ) {
        self.limit = limit
        self.key = key
        self.since = since
        self.used = used
        self.count = count
        self.roomAfter = roomAfter
    }
}

extension LimitUsage {
    /// Whether it can be: what is below zero is corruption.
    var isSound: Bool { !used.isNegative && count >= 0 }
}

extension LimitQuestion {
    /// Whether this much use leaves room for the transaction that asks.
    package func fits(_ used: Amount, _ count: Int64) -> Bool {
        if let fittingAmount, used.isAtMost(fittingAmount) != true { return false }
        return fittingCount.map { count <= $0 } ?? true
    }
}
