import AgentTestKit
import ApprovalCore

/// The rules of docs/policy.md once more, written as plainly as it reads: Booleans that may be
/// unknown (nil), whole numbers of the smallest unit, and dictionaries. Shares no code with `decide`.
struct DecisionOracle {
    struct RuleSpec {
        var id: String
        var action: Rule.Action
        var types: Set<String>?
        var sources: Set<String>?
        var assets: Set<String>?
        var destination: DestinationSpec?
        var moreThan: Int?
        var upTo: Int?
        var feeUpTo: Int?
    }

    struct DestinationSpec {
        var labels: Set<String>?
        var tags: Set<String>?
        var kind: String?
        var accounts: Set<String>?
    }

    struct LimitSpec {
        var id: String
        var types: Set<String>?
        var destination: DestinationSpec?
        var perDestination: Bool
        var blocks: Bool
        var maxAmount: Int?
        var maxCount: Int?
        /// What the ledger answers; nil where it does not.
        var used: Int?
        var count: Int
    }

    var plusFee: Bool
    var defaultBlocks: Bool
    var rules: [RuleSpec]
    var limits: [LimitSpec]
    /// Address to label and tags.
    var book: [String: (label: String, tags: Set<String>)]
    var accounts: Set<String>

    struct Verdict: Equatable {
        var action: Decision.Action
        /// True or nil (UNKNOWN) by rule id; FALSE ones are left out.
        var rules: [String: Bool?]
        var exceeded: [String: Bool]
        var codes: Set<String>
    }

    func verdict(_ body: [String: JSONValue]) -> Verdict {
        let facts = Facts(body, plusFee: plusFee)
        var effective: [String: Bool?] = [:]
        for rule in rules {
            let value = matches(rule, facts)
            if value != false { effective.updateValue(value, forKey: rule.id) }
        }
        func any(_ action: Rule.Action, _ accept: (Bool?) -> Bool) -> Bool {
            rules.contains { $0.action == action && effective[$0.id].map(accept) ?? false }
        }
        var invalid: Set<String> = []
        if facts.sent == nil || facts.fee == nil { invalid = ["AMOUNT_INVALID"] }
        func codes(_ action: Rule.Action, _ code: String) -> Set<String> {
            var codes = invalid
            if any(action, { $0 == true }) { codes.insert(code) }
            if any(action, { $0 == nil }) { codes.insert("FIELD_UNKNOWN") }
            return codes
        }
        func verdict(_ action: Decision.Action, _ codes: Set<String>) -> Verdict {
            Verdict(action: action, rules: effective, exceeded: [:], codes: codes)
        }
        if any(.block, { _ in true }) { return verdict(.block, codes(.block, "RULE_BLOCK")) }
        if any(.escalate, { _ in true }) {
            return verdict(.escalate, codes(.escalate, "RULE_ESCALATE"))
        }
        guard invalid.isEmpty, any(.allow, { $0 == true }) else {
            let unread: Set<String> =
                invalid.isEmpty && any(.allow, { $0 == nil }) ? ["FIELD_UNKNOWN"] : []
            return verdict(
                defaultBlocks ? .block : .escalate,
                invalid.union(unread).union(["NO_RULE_MATCHED"]))
        }
        guard facts.destination != nil else { return verdict(.escalate, ["VALUE_NOT_SIGNABLE"]) }
        return limited(verdict(.allow, ["RULE_ALLOW"]), facts)
    }

    private func limited(_ allowed: Verdict, _ facts: Facts) -> Verdict {
        var verdict = allowed
        var blocks = false
        for limit in limits {
            let scope = all([
                limit.types.map { $0.contains(facts.type) },
                limit.destination.map { matches($0, facts) } ?? true,
            ])
            if scope == false { continue }
            var exceeded = limit.used == nil || (limit.perDestination && facts.destination == nil)
            if let most = limit.maxAmount {
                if let used = limit.used, let amount = facts.amount {
                    exceeded = exceeded || used + amount > most
                } else {
                    exceeded = true
                }
            }
            if let most = limit.maxCount { exceeded = exceeded || limit.count + 1 > most }
            verdict.exceeded[limit.id] = exceeded
            blocks = blocks || (exceeded && limit.blocks)
        }
        if verdict.exceeded.values.contains(true) {
            verdict.action = blocks ? .block : .escalate
            verdict.codes = ["LIMIT_EXCEEDED"]
        }
        return verdict
    }

    private func matches(_ rule: RuleSpec, _ facts: Facts) -> Bool? {
        var values: [Bool?] = [
            rule.types?.contains(facts.type) ?? true, rule.sources?.contains(facts.account) ?? true,
            rule.assets?.contains("BTC") ?? true,
            rule.destination.map { matches($0, facts) } ?? true,
        ]
        if let more = rule.moreThan { values.append(facts.amount.map { $0 > more }) }
        if let most = rule.upTo { values.append(facts.amount.map { $0 <= most }) }
        if let most = rule.feeUpTo { values.append(facts.fee.map { $0 <= most }) }
        if rule.action == .allow, rule.feeUpTo == nil {
            let both = facts.fee.flatMap { fee in facts.sent.map { fee <= $0 } }
            values.append(both)
        }
        return all(values)
    }

    private func matches(_ condition: DestinationSpec, _ facts: Facts) -> Bool? {
        guard let destination = facts.destination else { return nil }
        var values: [Bool] = []
        if facts.type == "WITHDRAWAL" {
            let entry = book[destination]
            if let labels = condition.labels {
                values.append(entry.map { labels.contains($0.label) } ?? false)
            }
            if let tags = condition.tags {
                values.append(!tags.isDisjoint(with: entry?.tags ?? []))
            }
            if condition.kind == "allowlisted" { values.append(entry != nil) }
            if condition.kind == "account" || condition.accounts != nil { values.append(false) }
        } else {
            if condition.labels != nil || condition.tags != nil { values.append(false) }
            if condition.kind == "allowlisted" { values.append(false) }
            if condition.kind == "account" { values.append(accounts.contains(destination)) }
            if let named = condition.accounts { values.append(named.contains(destination)) }
        }
        return !values.contains(false)
    }

    private func all(_ values: [Bool?]) -> Bool? {
        if values.contains(false) { return false }
        return values.contains(nil) ? nil : true
    }

    /// What the body says, by docs/policy.md.
    struct Facts {
        let type: String
        let account: String
        let destination: String?
        let sent: Int?
        let fee: Int?
        let amount: Int?

        init(_ body: [String: JSONValue], plusFee: Bool) {
            func text(_ name: String) -> String? {
                body[name]?.text.flatMap { $0.isEmpty ? nil : $0 }
            }
            func units(_ name: String) -> Int? {
                guard let decimal = text(name).flatMap(DigitDecimal.init), decimal.scale <= 8 else {
                    return nil
                }
                let scaled = decimal.rescaled(to: 8)
                guard scaled.fits, let units = Int(scaled.digits.map(String.init).joined()) else {
                    return scaled.digits.isEmpty ? 0 : nil
                }
                return scaled.negative ? -units : units
            }
            type = text("type") ?? ""
            account = text("account_id") ?? ""
            destination = text(type == "WITHDRAWAL" ? "address" : "receiver_account_id")
            sent = units("amount").flatMap { $0 < 0 ? -$0 : nil }
            fee = units("fee_amount").flatMap { $0 < 0 ? nil : $0 }
            guard plusFee else {
                amount = sent
                return
            }
            if let sent, let fee, let payer = text("fee_account_id") {
                amount = payer == account ? sent + fee : sent
            } else {
                amount = nil
            }
        }
    }
}
