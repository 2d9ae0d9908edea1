/// The addresses that compliance knows, with its own revision.
package struct AddressBook: Sendable {
    /// One address for one or more assets.
    package struct Entry: Hashable, Sendable {
        /// How an address is held against the entry's.
        package enum Compare: String, Hashable, Sendable, CaseIterable {
            /// Byte for byte.
            case exact
            /// `0x` and hexadecimal digits of either case.
            case hexCaseInsensitive = "hex_case_insensitive"
            /// All lower or all upper case, never mixed (BIP 173).
            case bech32CaseInsensitive = "bech32_case_insensitive"
        }

        package let label: String
        /// Asset names.
        package let assets: [String]
        package let address: String
        package let compare: Compare
        package let tags: Set<String>
        package let addedBy: String?
        package let approvedBy: [String]
        /// From then on, this moment included; nil is from ever.
        package let activeFrom: UnixTime?
        /// Up to then, this moment excluded; nil is for ever.
        package let expiresAt: UnixTime?
        /// The most that one transaction may take there; above it a person decides.
        package let maxPerTransaction: Amount?
        package let note: String?

        package init(
            label: String, assets: [String], address: String, compare: Compare = .exact,
            tags: Set<String> = [], addedBy: String? = nil, approvedBy: [String] = [],
            activeFrom: UnixTime? = nil, expiresAt: UnixTime? = nil,
            maxPerTransaction: Amount? = nil, note: String? = nil
        ) {
            self.label = label
            self.assets = assets
            self.address = address
            self.compare = compare
            self.tags = tags
            self.addedBy = addedBy
            self.approvedBy = approvedBy
            self.activeFrom = activeFrom
            self.expiresAt = expiresAt
            self.maxPerTransaction = maxPerTransaction
            self.note = note
        }

        /// Whether allow rules may count on it at this moment.
        package func isActive(at now: UnixTime) -> Bool {
            activeFrom.map { $0 <= now } != false && expiresAt.map { now < $0 } != false
        }

        /// The one spelling under which this address is counted.
        package var canonicalAddress: String {
            address.canonicalAddress
        }
    }

    /// Compared byte for byte. The hash may follow composition: it only has to be equal where the
    /// bytes are.
    private struct Key: Hashable {
        let asset: String
        let address: String

        static func == (left: Self, right: Self) -> Bool {
            left.address.isVerbatim(right.address) && left.asset == right.asset
        }

        func hash(into hasher: inout Hasher) { hasher.combine(address) }
    }

    package let id: String
    package let revision: Int64
    package let entries: [Entry]
    private let exact: [Key: Int]
    /// By address in lower case.
    private let folded: [Key: Int]

    /// A loader has made sure that no address stands twice for an asset; were it so, the first
    /// would count.
    package init(id: String, revision: Int64, entries: [Entry]) {
        self.id = id
        self.revision = revision
        self.entries = entries
        var (exact, folded): ([Key: Int], [Key: Int]) = ([:], [:])
        exact.reserveCapacity(entries.count)
        for (position, entry) in entries.enumerated() {
            for asset in entry.assets {
                if entry.compare == .exact {
                    let key = Key(asset: asset, address: entry.address)
                    if exact[key] == nil { exact[key] = position }
                } else {
                    let key = Key(asset: asset, address: entry.address.lowercasedASCII)
                    if folded[key] == nil { folded[key] = position }
                }
            }
        }
        self.exact = exact
        self.folded = folded
    }

    /// The transaction's fields that entries read: what `max_per_transaction` bounds.
    func fields(_ type: TransactionType, basis: Settings.AmountBasis) -> Set<String> {
        guard type == .withdrawal, entries.contains(where: { $0.maxPerTransaction != nil }) else {
            return []
        }
        return basis.fields.union([type.destinationField])
    }

    /// The entry for this address and asset, active or not; nil where it is on none.
    package func entry(for address: String, asset: String) -> Entry? {
        if let found = exact[Key(asset: asset, address: address)] {
            return entries[found]
        }
        guard !folded.isEmpty,
            let found = folded[Key(asset: asset, address: address.lowercasedASCII)],
            entries[found].compare.accepts(address)
        else { return nil }
        return entries[found]
    }
}

extension AddressBook.Entry.Compare {
    /// Whether a spelling is one that this comparison takes for the same address as its lower
    /// case.
    fileprivate func accepts(_ address: String) -> Bool {
        switch self {
        case .exact: true
        case .hexCaseInsensitive:
            address.hasPrefix("0x") && address.utf8.dropFirst(2).allSatisfy(\.isHexDigit)
        case .bech32CaseInsensitive:
            !(address.utf8.contains { (0x41...0x5A).contains($0) }
                && address.utf8.contains { (0x61...0x7A).contains($0) })
        }
    }
}
