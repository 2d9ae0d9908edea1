import ApprovalAgent
import ApprovalCore

extension Explained {
    /// For machines.
    var json: JSONValue {
        .object([
            "transaction_id": .string(transaction.id.text),
            "account_id": .string(transaction.accountID.text),
            "type": .string(transaction.type.rawValue),
            "now": .string(moment.now.description),
            "policy": policy.json,
            "action": .string(decision.action.rawValue),
            "sentence": .string(sentence),
            "reasons": .array(decision.reasons.map(\.json)),
            "rules": .array(explanation.rules.map(Self.rule)),
            "limits": .array(decision.limits.map(limit)),
            "patterns": .array(decision.patterns.map(pattern)),
            "guards": .array(decision.guards.map(Self.guarding)),
            "entry": entry.map(entryJSON) ?? .null,
            "what_if": changes.isEmpty ? .null : .object(changes.map(Self.change)),
            "recorded": recordedDecision?.json ?? .null,
            "asking": asking?.json ?? .null,
        ])
    }

    private static func rule(_ standing: Explanation.RuleStanding) -> JSONValue {
        .object(
            [
                JSONMember("id", .string(standing.rule.id)),
                JSONMember("action", .string(standing.rule.action.rawValue)),
                JSONMember("match", .string(standing.match.word)),
                JSONMember("unmet", .array(standing.unmet.map(JSONValue.string))),
                JSONMember("asks", .optional(standing.asks)),
            ] + unknown(standing.match))
    }

    private static func guarding(_ result: GuardResult) -> JSONValue {
        .object(members(of: result.json) + unknown(result.match))
    }

    private static func unknown(_ match: Match) -> [JSONMember] {
        guard case .unknown(let fields) = match else { return [] }
        return [JSONMember("unknown", .array(fields.sorted().map(JSONValue.string)))]
    }

    private func limit(_ limit: LimitResult) -> JSONValue {
        let own = Self.members(of: limit.json).filter { $0.name != "room_at" }
        return .object(
            own + [
                JSONMember("window", .string(limit.window.words(policy.policy.settings.zone))),
                JSONMember("since", .optional(limit.usage?.since?.description)),
                JSONMember("room_at", .optional(limit.roomAt?.description)),
            ])
    }

    private func pattern(_ pattern: PatternResult) -> JSONValue {
        .object(
            Self.members(of: pattern.json) + [
                JSONMember("window", .optional(window(of: pattern))),
                JSONMember("since", .optional(pattern.usage?.since?.description)),
            ])
    }

    /// A pattern's window in words; nil where the policy has no such pattern.
    func window(of pattern: PatternResult) -> String? {
        policy.policy.patterns.first { $0.id == pattern.id }?
            .window.words(policy.policy.settings.zone)
    }

    private func entryJSON(_ entry: AddressBook.Entry) -> JSONValue {
        .object([
            "label": .string(entry.label),
            "tags": .array(entry.tags.sorted().map(JSONValue.string)),
            "active": .bool(entry.isActive(at: moment.now)),
            "active_from": .optional(entry.activeFrom?.description),
            "expires_at": .optional(entry.expiresAt?.description),
            "max_per_transaction": .optional(entry.maxPerTransaction?.description),
        ])
    }

    /// `from` and `to`; what is absent is left out.
    private static func change(_ change: WhatIf.Change) -> JSONMember {
        func member(_ name: String, _ field: Field) -> [JSONMember] {
            switch field {
            case .text(let text): [JSONMember(name, .string(text))]
            case .null: [JSONMember(name, .null)]
            case .otherType: [JSONMember(name, .string(field.shown))]
            case .absent: []
            }
        }
        return JSONMember(
            change.name, .object(member("from", change.before) + member("to", change.after)))
    }

    private static func members(of value: JSONValue) -> [JSONMember] {
        guard case .object(let members) = value else { return [] }
        return members
    }
}
