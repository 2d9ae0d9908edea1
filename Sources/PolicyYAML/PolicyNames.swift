internal import ApprovalCore

/// What a policy and its address book define, and so what rules and limits can refer to. What was
/// defined but could not be read is known by name, so that only the definition is reported.
struct PolicyNames {
    /// Each asset by its name; nil where it is named but could not be read.
    var assets: [String: PolicyAsset?] = [:]
    /// Each account by its name; nil where it is named but could not be read.
    var accounts: [String: PolicyAccount?] = [:]
    /// Whether `assets` could be read; otherwise any name will do.
    var knowsAssets = false
    /// Whether `accounts` could be read; otherwise any name will do.
    var knowsAccounts = false
    /// Each group by its name; nil where it is named but could not be read.
    var groups: [String: PolicyGroup?] = [:]
    /// Whether `groups` could be read; otherwise any name will do.
    var knowsGroups = false
    /// nil where the address book could not be read.
    var labels: Set<String>?
    /// nil where the address book could not be read.
    var tags: Set<String>?

    /// The accounts that could be read.
    var readAccounts: [PolicyAccount] { accounts.values.compactMap { $0 } }
    /// The assets that could be read.
    var readAssets: [PolicyAsset] { assets.values.compactMap { $0 } }

    /// The groups that could be read.
    var readGroups: [PolicyGroup] { groups.values.compactMap { $0 } }

    /// Whether every account could be read.
    var areAccountsRead: Bool { knowsAccounts && readAccounts.count == accounts.count }

    /// An asset's name that the policy defines.
    func asset(_ field: YAMLField) -> String? {
        guard let name = field.name() else { return nil }
        if !knowsAssets || field.isKnown(name, "asset", in: assets.keys) { return name }
        return nil
    }

    /// The account of a name that the policy defines.
    func account(_ field: YAMLField) -> AccountID? {
        guard let name = field.name(), knowsAccounts,
            field.isKnown(name, "account", in: accounts.keys)
        else { return nil }
        return accounts[name]??.id
    }

    /// The group of a name that the policy defines.
    func group(_ field: YAMLField) -> PolicyGroup? {
        guard let name = field.name(), knowsGroups,
            field.isKnown(name, "group", in: groups.keys)
        else { return nil }
        return groups[name] ?? nil
    }

    /// An entity to which one of the policy's accounts belongs.
    func entity(_ field: YAMLField) -> EntityID? {
        guard let id: EntityID = field.identifier("an entity id") else { return nil }
        if !areAccountsRead || readAccounts.contains(where: { $0.entityID == id }) { return id }
        field.report(
            .unknownName,
            "no account of this policy belongs to the entity \(Shown.quoted(id.text))",
            fix: "write the `entity_id` of one of `accounts`")
        return nil
    }

    /// A label that stands in the address book.
    func label(_ field: YAMLField) -> String? {
        guard let label = field.label() else { return nil }
        guard let labels else { return label }
        if labels.contains(label) { return label }
        field.reportUnknown(label, "label in the address book", known: labels)
        return nil
    }

    /// A tag; a warning where no entry of the address book carries it.
    func tag(_ field: YAMLField) -> String? {
        guard let tag = field.label() else { return nil }
        if let tags, !tags.contains(tag) {
            let near = TagReview.near(tag, among: tags)
            field.report(
                .unusedTag, "no entry of the address book carries the tag \(Shown.quoted(tag))",
                fix: "check its spelling"
                    + (near.map { "; the address book has \(Shown.quoted($0))" } ?? ""))
        }
        if let stranger = MixedWord.stranger(in: tag) { field.reportMixed(tag, stranger) }
        return tag
    }
}

extension YAMLField {
    /// Looking for the nearest of more names than this would cost more than it helps.
    private static let mostCompared = 200

    func isKnown(_ name: String, _ what: String, in known: some Collection<String>) -> Bool {
        if known.contains(name) { return true }
        reportUnknown(name, "\(what) of this policy", known: known)
        return false
    }

    func reportUnknown(_ name: String, _ what: String, known: some Collection<String>) {
        let near =
            known.count <= Self.mostCompared ? NearestKey.of(name, in: known.sorted()) : nil
        report(
            .unknownName, "\(Shown.quoted(name)) is no \(what)",
            fix: near.map { "did you mean \(Shown.quoted($0))?" }
                ?? "define it, or correct the name")
    }
}
