internal import ApprovalCore

/// Reads the rules and limits of a policy, once every name that they can use is known.
struct PolicyDecoder {
    let names: PolicyNames

    func rules(_ fields: YAMLFields) -> [Rule]? {
        guard let field = fields.required("rules", code: .noRules),
            let items = field.items(allowEmpty: true)
        else { return nil }
        guard !items.isEmpty else {
            field.report(.noRules, "the policy has no rules", fix: "write at least one")
            return nil
        }
        return distinctIDs(items, "rule", read: rule) { $0.id }
    }

    func limits(_ fields: YAMLFields) -> [Limit]? {
        guard let field = fields.optional("limits") else { return [] }
        guard let items = field.items(allowEmpty: true),
            let limits = distinctIDs(items, "limit", read: limit, id: { $0.id })
        else { return nil }
        checkCount(limits, at: field)
        return limits
    }

    /// Every item, so that all wrong ones are reported. An id that stands twice is reported at its
    /// second place, even where the rest of an item is wrong.
    private func distinctIDs<Value>(
        _ items: [YAMLField], _ what: String, read: (YAMLField) -> Value?, id: (Value) -> String
    ) -> [Value]? {
        var lines: [String: Int] = [:]
        for item in items {
            guard case .mapping(let entries) = item.node.content,
                let entry = entries.first(where: { $0.key == "id" }),
                case .scalar(let id, _) = entry.value.content
            else { continue }
            guard let line = lines[id] else {
                lines[id] = entry.value.position.line
                continue
            }
            item.findings.report(
                .wrongType, at: entry.value.position, path: item.path.key("id"),
                "the \(what) on line \(line) has the id \(Shown.quoted(id)) already",
                fix: "give each \(what) its own")
        }
        let values = items.compactMap(read)
        return values.count == items.count ? values : nil
    }

    private func rule(_ field: YAMLField) -> Rule? {
        field.mapping { fields in
            fields.refuseUnbuilt("when", "tier", "quorum", "approvals")
            let id = fields.required("id")?.name()
            let action = fields.required("action")?.choice(Rule.Action.self)
            let description = fields.optional("description")?.text()
            let externalRef = fields.optional("external_ref")?.label()
            let scope = scope(fields, isAllow: action == .allow)
            let money = money(fields, scope: scope, isAllow: action == .allow)
            if action == .allow { requireClosed(fields) }
            guard let id, let action, let scope, let money else { return nil }
            return Rule(
                id: id, action: action, description: description, externalRef: externalRef,
                conditions: scope + money)
        }
    }

    /// There is no way to write "approve everything".
    private func requireClosed(_ fields: YAMLFields) {
        var missing = ["type", "source", "destination", "asset"].filter { !fields.has($0) }
        if !fields.has("amount") || !hasUpTo(fields) { missing.append("amount.up_to") }
        if !missing.isEmpty {
            fields.report(
                .openAllowRule,
                "an allow rule must name `type`, `source`, `destination`, `asset` and"
                    + " `amount.up_to`; this one does not name \(Shown.choices(missing))",
                fix: "add what is missing")
        }
        if !fields.has("fee") {
            fields.report(
                .openFee, "this allow rule sets no bound on the fee but the amount sent",
                fix: "add `fee: { up_to: \"…\" }`")
        }
    }

    /// Whether `amount` says `up_to`; what is not a mapping is reported where it is read.
    private func hasUpTo(_ fields: YAMLFields) -> Bool {
        guard case .mapping(let entries)? = fields.optional("amount")?.node.content else {
            return true
        }
        return entries.contains { $0.key == "up_to" }
    }
}

extension PolicyHead {
    /// Decodes the rest of the policy against the names of this first part and of the address
    /// book, and reports the keys that nobody knows. Nil where something is missing for a policy.
    func finish(_ fields: YAMLFields, book: AddressBook?) -> Policy? {
        var names = names
        names.labels = book.map { Set($0.entries.map(\.label)) }
        names.tags = book.map { $0.entries.reduce(into: []) { $0.formUnion($1.tags) } }
        let decoder = PolicyDecoder(names: names)
        let rules = decoder.rules(fields)
        let limits = decoder.limits(fields)
        fields.finish()
        if let settings {
            warnOfUnsigned(settings, rules ?? [], limits ?? [], fields.findings)
        }
        guard let metadata, let settings, let rules, let limits, let book else { return nil }
        return Policy(
            metadata: metadata, settings: settings, assets: names.readAssets,
            accounts: names.readAccounts, rules: rules, limits: limits, addressBook: book)
    }
}
