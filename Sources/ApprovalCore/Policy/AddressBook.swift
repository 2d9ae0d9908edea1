/// The addresses that compliance knows, with its own revision.
package struct AddressBook: Sendable {
    /// One address for one or more assets.
    package struct Entry: Hashable, Sendable {
        package let label: String
        /// Asset names.
        package let assets: [String]
        /// Compared byte for byte.
        package let address: String
        package let tags: Set<String>
        package let note: String?

        package init(
            label: String, assets: [String], address: String, tags: Set<String> = [],
            note: String? = nil
        ) {
            self.label = label
            self.assets = assets
            self.address = address
            self.tags = tags
            self.note = note
        }
    }

    private struct Key: Hashable {
        let asset: String
        let address: Verbatim
    }

    package let id: String
    package let revision: Int64
    package let entries: [Entry]
    private let byAddress: [Key: Int]

    /// A loader has made sure that no address stands twice for an asset; were it so, the first
    /// would count.
    package init(id: String, revision: Int64, entries: [Entry]) {
        self.id = id
        self.revision = revision
        self.entries = entries
        var index: [Key: Int] = [:]
        for (position, entry) in entries.enumerated() {
            for asset in entry.assets {
                let key = Key(asset: asset, address: Verbatim(entry.address))
                if index[key] == nil { index[key] = position }
            }
        }
        byAddress = index
    }

    /// The entry for exactly this address and asset; nil where it is on none.
    package func entry(for address: String, asset: String) -> Entry? {
        byAddress[Key(asset: asset, address: Verbatim(address))].map { entries[$0] }
    }
}
