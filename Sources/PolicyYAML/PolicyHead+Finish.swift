internal import ApprovalCore

extension PolicyHead {
    /// Decodes the rest of the policy against the names of this first part and of the address
    /// book, looks at the whole, and reports the keys that nobody knows. Nil where something is
    /// missing for a policy.
    func finish(_ fields: YAMLFields, book: AddressBook?) -> Policy? {
        var names = names
        names.labels = book.map { Set($0.entries.map(\.label)) }
        names.tags = book.map { $0.entries.reduce(into: []) { $0.formUnion($1.tags) } }
        let decoder = PolicyDecoder(names: names, hasTimezone: hasTimezone)
        let rules = decoder.rules(fields)
        let limits = decoder.limits(fields)
        let patterns = decoder.patterns(fields, near: rules)
        fields.finish()
        PolicyReview(
            rules: rules, limits: limits, patterns: patterns, names: names, book: book,
            groups: fields.optional("groups"), unboundedExposure: unboundedExposure
        ).report()
        guard let settings else { return nil }
        Self.judgeCancels(fields, settings, rules)
        let policy = Policy(
            metadata: metadata ?? Metadata(id: "", revision: 0), settings: settings,
            assets: names.readAssets, accounts: names.readAccounts, groups: names.readGroups,
            rules: rules.values, limits: limits.values, patterns: patterns.values,
            guards: guards ?? Guards(),
            addressBook: book ?? AddressBook(id: "", revision: 0, entries: []))
        warnOfUnsigned(policy, fields.findings)
        let isWhole = rules.isWhole && limits.isWhole && patterns.isWhole
        return isWhole && metadata != nil && guards != nil && book != nil ? policy : nil
    }
}
