internal import ApprovalCore

// `quorum` and `tier` of a rule.
extension PolicyDecoder {
    private static let second: Int64 = 1_000
    private static let minute: Int64 = 60_000
    private static let month: Int64 = 30 * 86_400_000
    private static let year: Int64 = 365 * 86_400_000

    func tier(_ field: YAMLField) -> TierCondition? {
        field.mapping { $0.required("headroom")?.choice(["required": TierCondition()]) }
    }

    /// Only what an allow rule grants can be asked for.
    func quorum(_ field: YAMLField, of action: Rule.Action?) -> Quorum? {
        if let action, action != .allow {
            field.report(
                .wrongType,
                "`quorum` belongs to an allow rule: this one grants nothing that"
                    + " people could approve",
                fix: "remove it, or write `action: allow`")
        }
        let quorum = field.mapping(quorum)
        return action == .allow ? quorum : nil
    }

    private func quorum(_ fields: YAMLFields) -> Quorum? {
        let group = fields.required("group").flatMap { names.group($0) }
        let minimum = fields.required("min_approvals").flatMap { self.minimum($0, of: group) }
        let ask = fields.required("ask").flatMap { self.asked($0, of: group) }
        let order = fields.given("order") { $0.choice(Quorum.Order.self) }
        let expiresAfter = fields.required("expires_after").flatMap(expiry)
        let onExpiry = fields.given("on_expiry") { $0.choice(Quorum.OnExpiry.self) }
        guard let group, let minimum, let ask, let order, let expiresAfter, let onExpiry else {
            return nil
        }
        return Quorum(
            group: group, minApprovals: minimum, ask: ask, order: order ?? .sequential,
            expiresAfter: expiresAfter, onExpiry: onExpiry ?? .escalate)
    }

    /// The platform stops at its own quorum, so more than that cannot be waited for.
    private func minimum(_ field: YAMLField, of group: PolicyGroup?) -> Int? {
        guard let minimum = field.integer(in: 1...256).map({ Int($0) }) else { return nil }
        guard let group, minimum > group.quorum else { return minimum }
        field.report(
            .unenforceableQuorum,
            "the platform takes it as approved with \(group.quorum), the quorum of"
                + " \(Shown.word(group.name)), so \(minimum) cannot be enforced",
            fix: "write at most \(group.quorum), or raise the quorum at the platform and here")
        return nil
    }

    private func asked(_ field: YAMLField, of group: PolicyGroup?) -> [GroupMember]? {
        guard let items = field.items() else { return nil }
        var lines: [String: Int] = [:]
        let members = items.compactMap { item -> GroupMember? in
            guard let name = item.name() else { return nil }
            if lines.updateValue(item.position.line, forKey: name) != nil {
                item.report(
                    .personTwice, "\(Shown.word(name)) is asked twice", fix: "keep one of them")
                return nil
            }
            guard let group else { return nil }
            if let member = group.members.first(where: { $0.name == name }) { return member }
            item.reportUnknown(
                name, "member of the group \(Shown.word(group.name))",
                known: group.members.map(\.name))
            return nil
        }
        if let group, items.count < group.quorum {
            field.report(
                .unenforceableQuorum,
                "\(items.count) asked can never be the \(group.quorum) whose approval the platform"
                    + " needs",
                fix: "ask at least \(group.quorum) members of \(Shown.word(group.name))")
            return nil
        }
        return members.count == items.count ? members : nil
    }

    private func expiry(_ field: YAMLField) -> Int64? {
        let value = field.durationMilliseconds(in: Self.second...Self.year)
        guard let value, !(Self.minute...Self.month).contains(value) else { return value }
        field.report(
            .oddExpiry,
            value < Self.minute
                ? "nobody answers in less than a minute"
                : "for more than 30 days what is asked for takes its place in the limits",
            fix: "write hours or a few days, such as 24h")
        return value
    }
}
