package import ApprovalCore

/// Which entries are meant. What is asked of different things must all hold; of several values of
/// one thing any will do; nothing asked lets every entry through.
package struct EntryFilter: Hashable, Sendable {
    /// The entry was written at this time or later.
    package var since: UnixTime?
    /// The entry was written before this time.
    package var until: UnixTime?
    package var kinds: [EntryKind]
    package var transactions: [TransactionID]
    /// The account that the transaction goes from.
    package var accounts: [AccountID]
    /// The address or receiving account that it goes to, in the spelling in which it is counted.
    package var destinations: [String]
    package var actions: [Decision.Action]
    package var rules: [String]
    /// Codes of reasons.
    package var reasons: [String]

    package init(
        since: UnixTime? = nil, until: UnixTime? = nil, kinds: [EntryKind] = [],
        transactions: [TransactionID] = [], accounts: [AccountID] = [],
        destinations: [String] = [], actions: [Decision.Action] = [], rules: [String] = [],
        reasons: [String] = []
    ) {
        self.since = since
        self.until = until
        self.kinds = kinds
        self.transactions = transactions
        self.accounts = accounts
        self.destinations = destinations.map(\.canonicalAddress)
        self.actions = actions
        self.rules = rules
        self.reasons = reasons
    }

    /// Whether the body of the transaction is needed to tell.
    package var readsTransaction: Bool { !accounts.isEmpty || !destinations.isEmpty }

    /// Whether what an entry says is needed to tell, beside its time, kind and transaction.
    package var readsEntry: Bool {
        !(accounts.isEmpty && actions.isEmpty && rules.isEmpty && reasons.isEmpty)
    }

    /// Whether every entry is meant.
    package var isOpen: Bool { self == EntryFilter() }

    /// Whether this entry is meant.
    package func holds(_ entry: RecordedEntry) -> Bool {
        since.map { entry.time >= $0 } ?? true && until.map { entry.time < $0 } ?? true
            && Self.any(kinds, entry.kind)
            && (transactions.isEmpty || entry.transactionID.map(transactions.contains) ?? false)
            && (accounts.isEmpty || Self.any(accounts.map(\.text), [entry.accountID]))
            && (destinations.isEmpty
                || Self.any(destinations, [entry.transaction.destination?.canonicalAddress]))
            && (actions.isEmpty || Self.any(actions.map(\.rawValue), [entry.action]))
            && (rules.isEmpty || Self.any(rules, entry.rules))
            && (reasons.isEmpty || Self.any(reasons, entry.reasons.map(\.code)))
    }

    private static func any(_ wanted: [EntryKind], _ kind: EntryKind) -> Bool {
        wanted.isEmpty || wanted.contains(kind)
    }

    /// Compared byte for byte.
    private static func any(_ wanted: [String], _ found: [String?]) -> Bool {
        found.contains { text in
            text.map { text in wanted.contains { $0.isVerbatim(text) } } ?? false
        }
    }

    /// Pieces of text that an entry must hold to be meant, as its canonical bytes have them: of
    /// each group at least one. They rule entries out cheaply and prove nothing.
    package var mentions: [[[UInt8]]] {
        let groups: [[JSONValue]] = [
            actions.map { .string($0.rawValue) }, rules.map(JSONValue.string),
            reasons.map(JSONValue.string),
        ]
        return groups.filter { !$0.isEmpty }.map { $0.map { $0.canonicalBytes ?? [] } }
    }
}
