package import ApprovalCore

/// A reason as an entry keeps it: its code, what it is about, and a sentence. Entries of decisions
/// keep no sentence; theirs is made again from what the entry has.
package struct RecordedReason: Hashable, Sendable {
    package let code: String
    /// What it is about: `rule`, `limit`, `guard`, `group` and others, and its id.
    package let kind: String?
    package let id: String?
    /// For people.
    package let sentence: String

    /// Nil where the value has no code. `limits` are those of the same entry.
    package init?(_ json: JSONValue, action: String?, limits: [JSONValue]) {
        guard let code = json["code"]?.text, case .object(let members) = json else { return nil }
        let subject = members.first {
            !$0.name.isVerbatim("code") && !$0.name.isVerbatim("message") && $0.value.text != nil
        }
        let (kind, id) = (subject?.name, subject?.value.text)
        let limit = limits.first { limit in
            limit["id"]?.text.map { id?.isVerbatim($0) ?? false } ?? false
        }
        self.code = code
        self.kind = kind
        self.id = id
        sentence =
            json["message"]?.text
            ?? Self.exact(code, kind, id, action).map(\.message)
            ?? Self.exceeded(code, id, limit)
            ?? Self.general(code, kind, id)
    }

    private static func general(_ code: String, _ kind: String?, _ id: String?) -> String {
        let meaning = meaning(code) ?? "no sentence is known for this code"
        guard let kind, let id else { return meaning }
        return "\(meaning) (\(kind) \(id))"
    }

    /// The rule that it names.
    var rule: String? { kind?.isVerbatim("rule") ?? false ? id : nil }

    /// The reason itself, where code and subject are all that it consists of.
    private static func exact(
        _ code: String, _ kind: String?, _ id: String?, _ action: String?
    ) -> Reason? {
        switch (code, kind, id) {
        case ("RULE_ALLOW", "rule", let rule?): .ruleAllow(rule: rule)
        case ("RULE_BLOCK", "rule", let rule?): .ruleBlock(rule: rule)
        case ("RULE_ESCALATE", "rule", let rule?): .ruleEscalate(rule: rule)
        case ("NO_RULE_MATCHED", _, _):
            action.flatMap(Settings.DefaultAction.init(rawValue:)).map(Reason.noRuleMatched)
        case ("FIELD_UNKNOWN", "rule", let rule?):
            .fieldUnknown(by: .rule(rule), fields: [someField])
        case ("FIELD_UNKNOWN", "guard", let name?):
            Guards.Name(rawValue: name).map {
                .fieldUnknown(by: .guarding($0), fields: [someField])
            }
        case ("FIELD_UNKNOWN", "setting", let name?):
            .fieldUnknown(by: .setting(name), fields: [someField])
        case ("HALTED", _, _): .halted
        case ("RECORD_TOO_LARGE", _, _): .recordTooLarge
        case ("ALREADY_APPROVED", _, _): .alreadyApproved
        case ("CONFLICTING_CHALLENGE", _, _): .conflictingChallenge
        case ("DELIVERY_UNCONFIRMED", _, _): .deliveryUnconfirmed
        default: nil
        }
    }

    private static let someField = "a field that it reads"

    /// The numbers of a limit that was exceeded.
    private static func exceeded(_ code: String, _ id: String?, _ limit: JSONValue?) -> String? {
        guard code.isVerbatim("LIMIT_EXCEEDED"), let limit, let id else { return nil }
        let count = limit["max_count"]?.integer.map { most in
            "; in number \(limit["count"]?.integer.map(String.init) ?? "unknown") and this one, "
                + "at most \(most)"
        }
        let room = limit["room_at"]?.text.flatMap(UnixTime.init(rfc3339:)).map {
            "; room returns \($0.nextMinute) UTC if nothing else comes"
        }
        return "limit \(id) would be exceeded: used \(amount(limit["used"])), this "
            + "\(amount(limit["this"])), at most \(amount(limit["max"]))"
            + (count ?? "") + (room ?? "")
    }

    private static func amount(_ value: JSONValue?) -> String { value?.text ?? "unknown" }
}
