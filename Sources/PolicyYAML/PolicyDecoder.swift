internal import ApprovalCore

/// Something of a policy with the field that it was read from.
struct Placed<Value> {
    let value: Value
    let field: YAMLField
}

/// A list of a policy, as far as it could be read.
struct Listed<Value> {
    var items: [Placed<Value>] = []
    /// Whether all of it could be read, and is not too much.
    var isWhole = true
    /// Every id in it, of what could not be read too.
    var ids: Set<String> = []

    var values: [Value] { items.map(\.value) }
}

/// Reads the rules, limits and patterns of a policy, once every name that they can use is known.
struct PolicyDecoder {
    let names: PolicyNames
    /// Whether `settings.timezone` is there, or cannot be known.
    let hasTimezone: Bool

    func rules(_ fields: YAMLFields) -> Listed<Rule> {
        guard let field = fields.required("rules", code: .noRules),
            let items = field.items(allowEmpty: true)
        else { return Listed(isWhole: false) }
        guard !items.isEmpty else {
            field.report(.noRules, "the policy has no rules", fix: "write at least one")
            return Listed(isWhole: false)
        }
        return listed(items, "rule", read: rule)
    }

    func limits(_ fields: YAMLFields) -> Listed<Limit> {
        guard let field = fields.optional("limits") else { return Listed() }
        guard let items = field.items(allowEmpty: true) else { return Listed(isWhole: false) }
        var limits = listed(items, "limit", read: limit)
        if !isCountable(limits.values.map(\.scope), "limits", at: field) { limits.isWhole = false }
        return limits
    }

    /// Every item, so that all wrong ones are reported. An id that stands twice is reported at its
    /// second place, even where the rest of an item is wrong.
    func listed<Value>(
        _ items: [YAMLField], _ what: String, read: (YAMLField) -> Value?
    ) -> Listed<Value> {
        var lines: [String: Int] = [:]
        for item in items {
            guard let field = item.child("id"), case .scalar(let id, _) = field.node.content
            else { continue }
            guard let line = lines[id] else {
                lines[id] = field.position.line
                continue
            }
            field.report(
                .wrongType,
                "the \(what) on line \(line) has the id \(Shown.quoted(id)) already",
                fix: "give each \(what) its own")
        }
        let values = items.compactMap { item in
            read(item).map { Placed(value: $0, field: item) }
        }
        return Listed(
            items: values, isWhole: values.count == items.count, ids: Set(lines.keys))
    }

    private func rule(_ field: YAMLField) -> Rule? {
        field.mapping { fields in
            fields.refuseUnbuilt("approvals")
            let id = fields.required("id")?.name()
            let action = fields.required("action")?.choice(Rule.Action.self)
            let description = fields.optional("description")?.text()
            let externalRef = fields.optional("external_ref")?.label()
            let scope = scope(fields, isAllow: action == .allow)
            let money = money(fields, scope: scope, isAllow: action == .allow)
            let when = fields.given("when", when)
            let tier = fields.given("tier", tier)
            let quorum = fields.given("quorum") { self.quorum($0, of: action) }
            if action == .allow { requireClosed(field, fields) }
            guard let id, let action, let scope, let money, let when, let tier, let quorum else {
                return nil
            }
            return Rule(
                id: id, action: action, description: description, externalRef: externalRef,
                conditions: scope + money
                    + [when.map { .when($0) }, tier.map { .tier($0) }].compactMap { $0 },
                quorum: quorum)
        }
    }

    /// There is no way to write "approve everything".
    private func requireClosed(_ field: YAMLField, _ fields: YAMLFields) {
        var missing = ["type", "source", "destination", "asset"].filter { !fields.has($0) }
        if !says("up_to", in: field.child("amount")) { missing.append("amount.up_to") }
        if !missing.isEmpty {
            fields.report(
                .openAllowRule,
                "an allow rule must name `type`, `source`, `destination`, `asset` and"
                    + " `amount.up_to`; this one does not name \(Shown.choices(missing))",
                fix: "add what is missing")
        }
        if !says("up_to", in: field.child("fee")) {
            fields.report(
                .openFee, "this allow rule sets no bound on the fee but the amount sent",
                fix: "add `fee: { up_to: \"…\" }`")
        }
    }

    /// Whether a mapping says `key`; what is not a mapping is reported where it is read.
    private func says(_ key: String, in field: YAMLField?) -> Bool {
        guard let field else { return false }
        guard case .mapping = field.node.content else { return true }
        return field.child(key) != nil
    }
}
