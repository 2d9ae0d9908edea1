/// `destination: {labels, tags, kind, accounts}`: each key any of, all keys together.
package struct DestinationCondition: Hashable, Sendable {
    /// `kind`.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An address on an active entry of the address book.
        case allowlisted
        /// One of the policy's accounts.
        case account
    }

    package let labels: Set<String>?
    package let tags: Set<String>?
    package let kind: Kind?
    package let accounts: Set<AccountID>?

    package init(
        labels: Set<String>? = nil, tags: Set<String>? = nil, kind: Kind? = nil,
        accounts: Set<AccountID>? = nil
    ) {
        self.labels = labels
        self.tags = tags
        self.kind = kind
        self.accounts = accounts
    }

    func matches(_ facts: Facts, isGranting: Bool) -> Match {
        switch facts.destination {
        case .unknown: .unknown(fields: [facts.type.destinationField])
        case .address: Match(accepts(isGranting && !facts.isEntryActive ? nil : facts.entry))
        case .account: Match(accepts(facts.ownAccount))
        }
    }

    private func accepts(_ entry: AddressBook.Entry?) -> Bool {
        if accounts != nil || kind == .account { return false }
        if kind == .allowlisted, entry == nil { return false }
        if let labels, !(entry.map { labels.holds($0.label) } ?? false) { return false }
        if let tags, !(entry?.tags.contains { tags.holds($0) } ?? false) { return false }
        return true
    }

    private func accepts(_ account: PolicyAccount?) -> Bool {
        if labels != nil || tags != nil || kind == .allowlisted { return false }
        if kind == .account, account == nil { return false }
        if let accounts, !(account.map { accounts.contains($0.id) } ?? false) { return false }
        return true
    }
}
