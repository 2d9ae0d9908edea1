internal import ApprovalCore

extension PolicyReview {
    /// Accounts that are named beside an asset that they do not hold.
    func reportOtherAssets(_ scope: YAMLField, _ conditions: [Condition]) {
        guard let assets = conditions.assetNames else { return }
        report(scope.child("source")?.child("accounts"), assets, "nothing leaves it here")
        report(scope.child("destination")?.child("accounts"), assets, "nothing reaches it here")
    }

    private func report(_ list: YAMLField?, _ assets: Set<String>, _ consequence: String) {
        for (field, name) in list?.texts ?? [] {
            guard let account = names.accounts[name] ?? nil, !assets.contains(account.asset.name)
            else { continue }
            field.report(
                .otherAsset,
                "\(Shown.word(name)) holds \(Shown.word(account.asset.name)), which `asset` does"
                    + " not name; \(consequence)",
                fix: "remove it, or write a rule or limit of its own for it")
        }
    }
}

/// Labels and tags of an address book, by the assets that their entries are for.
struct BookTags {
    private var assets: Set<String> = []
    private var assetsOfTag: [String: Set<String>] = [:]
    private var assetsOfLabel: [String: Set<String>] = [:]
    private var tagsOfLabel: [String: [String: Set<String>]] = [:]

    /// Of a book's labels only those that these rules name.
    init(_ book: AddressBook, for rules: [Rule]) {
        let labels = rules.reduce(into: Set<String>()) {
            $0.formUnion($1.conditions.destination?.labels ?? [])
        }
        for entry in book.entries {
            assets.formUnion(entry.assets)
            for tag in entry.tags { assetsOfTag[tag, default: []].formUnion(entry.assets) }
            guard labels.contains(entry.label) else { continue }
            assetsOfLabel[entry.label, default: []].formUnion(entry.assets)
            for tag in entry.tags {
                tagsOfLabel[entry.label, default: [:]][tag, default: []].formUnion(entry.assets)
            }
        }
    }

    /// Why no address can have what `destination` asks for; nil where one can. A tag that no entry
    /// carries at all is reported where it stands.
    func why(_ conditions: [Condition], _ accounts: [PolicyAccount]) -> String? {
        guard let destination = conditions.destination,
            destination.labels != nil || destination.tags != nil,
            destination.tags?.contains(where: { assetsOfTag[$0] != nil }) != false
        else { return nil }
        let assets = Set(accounts.lazy.filter { conditions.canReach([$0]) }.map(\.asset.name))
        let isThere = assets.contains { isAny(destination, asset: $0) }
        return isThere
            ? nil
            : "no entry of the address book has such a label and tag for"
                + " \(Shown.choices(assets.sorted()))"
    }

    /// Whether an entry for this asset is what `destination` asks for.
    func isAny(_ destination: DestinationCondition, asset: String) -> Bool {
        switch (destination.labels, destination.tags) {
        case (nil, nil): assets.contains(asset)
        case (let labels?, nil):
            labels.contains { assetsOfLabel[$0]?.contains(asset) == true }
        case (nil, let tags?): tags.contains { assetsOfTag[$0]?.contains(asset) == true }
        case (let labels?, let tags?):
            labels.contains { label in
                (tagsOfLabel[label] ?? [:]).contains { tag, assets in
                    assets.contains(asset) && tags.contains(tag)
                }
            }
        }
    }
}
