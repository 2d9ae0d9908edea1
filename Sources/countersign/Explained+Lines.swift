import ApprovalAgent
import ApprovalCore

extension Explained {
    /// For people.
    var lines: [String] {
        var lines = hypothesis
        lines.append("\(transaction.id): \(decision.action.rawValue)")
        lines.append("  \(Console.safe(sentence))")
        lines += section("rules", explanation.rules.map(Self.rule))
        lines += section("limits", limitLines)
        lines += section("patterns", decision.patterns.map(pattern))
        lines += section("guards", decision.guards.map(Self.guarding))
        lines += section("destination", [destination])
        lines += section("asked", [asking?.sentence].compactMap(\.self).map(Console.safe))
        lines += section("policy", policyLines)
        return lines
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [title] + lines.map { "  \($0)" }
    }

    private var hypothesis: [String] {
        guard !changes.isEmpty else { return [] }
        return ["HYPOTHETICAL: this transaction does not exist; it is the real one but for"]
            + changes.map { "  \($0.name): \($0.before.shown) -> \($0.after.shown)" }
    }

    private static func rule(_ standing: Explanation.RuleStanding) -> String {
        let (rule, match) = (standing.rule, standing.match)
        return "\(match.word.padding(to: 8)) \(rule.action.rawValue.padding(to: 9))\(rule.id)"
            + unread(match)
            + (standing.unmet.isEmpty
                ? "" : "  (not met: \(standing.unmet.joined(separator: ", ")))")
            + (standing.asks.map { "  (\($0))" } ?? "")
    }

    private static func guarding(_ result: GuardResult) -> String {
        "\(result.match.word.padding(to: 8)) \(result.guarding.rawValue)" + unread(result.match)
    }

    private static func unread(_ match: Match) -> String {
        guard case .unknown(let fields) = match else { return "" }
        return "  (cannot be read: \(fields.sorted().joined(separator: ", ")))"
    }

    private var limitLines: [String] {
        if decision.limits.isEmpty {
            guard !policy.policy.limits.isEmpty, decision.action != .allow else { return [] }
            return ["none was asked: a limit counts only for what the rules would allow"]
        }
        return decision.limits.flatMap(limit)
    }

    private func limit(_ limit: LimitResult) -> [String] {
        let verdict = limit.exceeded ? "EXCEEDED" : "within  "
        let window = limit.window.words(policy.policy.settings.zone)
        let since = limit.usage?.since.map { ", since \($0.minute) UTC" } ?? ""
        let key = limit.key.map { " for \(Console.safe($0))" } ?? ""
        var lines = ["\(verdict) \(limit.id): \(window)\(since)\(key)"]
        let used = limit.usage.map { "\($0.used.short) \(limit.asset)" } ?? "cannot be computed"
        let this = limit.this.map { "\($0.short) \(limit.asset)" } ?? "cannot be computed"
        if let most = limit.maxAmount {
            lines.append("  used \(used), this \(this), at most \(most.short) \(limit.asset)")
        }
        if let most = limit.maxCount {
            let count = limit.usage.map { String($0.count) } ?? "?"
            lines.append("  \(count) in number, this is one more, at most \(most)")
        }
        if limit.exceeded { lines.append("  " + room(limit)) }
        return lines
    }

    private func room(_ limit: LimitResult) -> String {
        if let room = limit.roomAt {
            return "room for it returns \(room.nextMinute) UTC, if nothing else comes"
        }
        if let this = limit.this, let most = limit.maxAmount, this.isAtMost(most) != true {
            return "there is never room for it: it alone is too much"
        }
        return limit.window == .total
            ? "room never returns by itself"
            : "room returns only after what is under way is settled"
    }

    private func pattern(_ pattern: PatternResult) -> String {
        let count = pattern.usage.map { String($0.count) } ?? "?"
        let since = pattern.usage?.since.map { ", since \($0.minute) UTC" } ?? ""
        return
            "\(pattern.isSeen ? "SEEN    " : "not seen") \(pattern.id): \(window(of: pattern) ?? "")"
            + "\(since); \(count) so far, this is one more, acts from \(pattern.countAtLeast) on"
    }

    private var destination: String {
        let field = transaction.type.destinationField
        guard let text = transaction.field(field).text, !text.isEmpty else {
            return "cannot be read: \(field)"
        }
        guard transaction.type == .withdrawal else {
            let account = AccountID(text).flatMap(policy.policy.account)
            return account.map { "the policy's account \($0.name)" } ?? "no account of the policy"
        }
        guard let entry else { return "\(Console.safe(text)) is on no entry of the address book" }
        return book(entry)
    }

    private func book(_ entry: AddressBook.Entry) -> String {
        let state =
            entry.isActive(at: moment.now)
            ? "active"
            : entry.activeFrom.map { moment.now < $0 } == true ? "NOT YET ACTIVE" : "EXPIRED"
        let details = [
            entry.tags.isEmpty ? nil : "tags \(entry.tags.sorted().joined(separator: ", "))",
            entry.activeFrom.map { "from \($0.minute) UTC" },
            entry.expiresAt.map { "until \($0.minute) UTC" },
            entry.maxPerTransaction.map { "at most \($0.short) \(asset) in one" },
        ].compactMap { $0 }
        return ([Console.safe(entry.label) + ": " + state] + details.map(Console.safe))
            .joined(separator: "; ")
    }

    private var policyLines: [String] {
        let metadata = policy.policy.metadata
        let today = "\(metadata.id), revision \(metadata.revision), at \(moment.now.minute) UTC"
        guard let recorded = recordedDecision else { return [today] }
        let revision = recorded.revision.map { " under revision \($0)" } ?? ""
        return [
            today,
            "recorded \(recorded.time): \(recorded.action)\(revision) "
                + "(\(recorded.codes.joined(separator: ", ")))",
        ]
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - utf8.count))
    }
}
