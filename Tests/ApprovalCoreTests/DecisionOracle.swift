import AgentTestKit
import ApprovalCore

/// The rules of docs/policy.md once more, written as plainly as it reads: Booleans that may be
/// unknown (nil), whole numbers of the smallest unit, and dictionaries. Shares no code with `decide`.
struct DecisionOracle {
    let policy: RandomPolicy
    let accounts: Set<String>
    /// The entity of each account.
    let entities: [String: String]

    init(_ policy: RandomPolicy, _ sample: Sample) {
        self.policy = policy
        let all = [sample.treasury, sample.payouts, sample.fees, sample.board]
        accounts = Set(all.map(\.id.text))
        entities = Dictionary(uniqueKeysWithValues: all.map { ($0.id.text, $0.entityID.text) })
    }

    struct Verdict: Equatable {
        var action: Decision.Action
        /// True or nil (UNKNOWN) by rule id; FALSE ones are left out.
        var rules: [String: Bool?] = [:]
        var exceeded: [String: Bool] = [:]
        var seen: [String: Bool] = [:]
        var guards: [String: Bool?] = [:]
        /// Where room returns at a time: milliseconds from the sample's now.
        var rooms: [String: Int] = [:]
        var codes: Set<String>
        var asks: RandomPolicy.Asking?
    }

    /// What restrains: whether it blocks, and its code.
    typealias Restraint = (blocks: Bool, code: String)

    func verdict(_ subject: RandomCase) -> Verdict {
        if let from = policy.effectiveFrom, subject.now < from {
            return Verdict(action: .hold, codes: ["POLICY_NOT_ACTIVE"])
        }
        let facts = OracleFacts(subject, policy)
        var verdict = ruled(facts)
        var restraints: [Restraint] = []
        guarded(facts, &verdict, &restraints)
        if verdict.action == .allow {
            limited(facts, &verdict, &restraints)
            watched(facts, &verdict, &restraints)
            dated(facts, &restraints)
            if let most = facts.entry?.most {
                if let amount = facts.amount {
                    if amount > most { restraints.append((false, "LIMIT_EXCEEDED")) }
                } else {
                    restraints.append((false, "FIELD_UNKNOWN"))
                }
            }
        }
        guard !restraints.isEmpty else { return asked(verdict) }
        if verdict.action == .allow { verdict.codes = [] }
        verdict.codes.formUnion(restraints.map(\.code))
        let blocks = verdict.action == .block || restraints.contains { $0.blocks }
        verdict.action = blocks ? .block : .escalate
        return verdict
    }

    /// What is allowed with the people whom the rules that allow it ask.
    private func asked(_ verdict: Verdict) -> Verdict {
        guard verdict.action == .allow else { return verdict }
        var verdict = verdict
        let asking = policy.rules.filter { rule in
            rule.action == .allow && verdict.rules[rule.id] == .some(true)
        }.compactMap(\.asks)
        switch Set(asking).count {
        case 0: break
        case 1:
            verdict.asks = asking.first
            verdict.codes.insert("QUORUM_REQUIRED")
        case _:
            verdict.action = .hold
            verdict.codes = ["QUORUM_AMBIGUOUS"]
        }
        return verdict
    }

    /// What the rules alone say.
    private func ruled(_ facts: OracleFacts) -> Verdict {
        var effective: [String: Bool?] = [:]
        for rule in policy.rules {
            let value = matches(rule, facts)
            if value != false { effective.updateValue(value, forKey: rule.id) }
        }
        func any(_ action: Rule.Action, _ accept: (Bool?) -> Bool) -> Bool {
            policy.rules.contains {
                $0.action == action && effective[$0.id].map(accept) ?? false
            }
        }
        let invalid: Set<String> =
            facts.sent == nil || facts.fee == nil ? ["AMOUNT_INVALID"] : []
        func verdict(_ action: Decision.Action, _ codes: Set<String>) -> Verdict {
            Verdict(action: action, rules: effective, codes: codes)
        }
        for (action, rule, code) in [
            (Decision.Action.block, Rule.Action.block, "RULE_BLOCK"),
            (.escalate, .escalate, "RULE_ESCALATE"),
        ] where any(rule, { _ in true }) {
            var codes = invalid
            if any(rule, { $0 == true }) { codes.insert(code) }
            if any(rule, { $0 == nil }) { codes.insert("FIELD_UNKNOWN") }
            return verdict(action, codes)
        }
        guard invalid.isEmpty, any(.allow, { $0 == true }) else {
            let unread: Set<String> =
                invalid.isEmpty && any(.allow, { $0 == nil }) ? ["FIELD_UNKNOWN"] : []
            return verdict(
                policy.defaultBlocks ? .block : .escalate,
                invalid.union(unread).union(["NO_RULE_MATCHED"]))
        }
        guard facts.destination != nil else { return verdict(.escalate, ["VALUE_NOT_SIGNABLE"]) }
        return verdict(.allow, ["RULE_ALLOW"])
    }

    private func guarded(
        _ facts: OracleFacts, _ verdict: inout Verdict, _ restraints: inout [Restraint]
    ) {
        func tell(_ name: String, _ value: Bool?, _ blocks: Bool, _ code: String) {
            verdict.guards.updateValue(value, forKey: name)
            if value != false {
                restraints.append((blocks, value == nil ? "FIELD_UNKNOWN" : code))
            }
        }
        let isWithdrawal = facts.type == "WITHDRAWAL"
        if let guarding = policy.lookalike {
            let value: Bool? =
                !isWithdrawal
                ? false
                : facts.destination.map {
                    facts.entry == nil && looksListed($0, guarding.prefix, guarding.suffix)
                }
            tell("lookalike", value, guarding.blocks, "LOOKALIKE")
        }
        if let guarding = policy.newDestination {
            let value: Bool? =
                !isWithdrawal
                ? false
                : facts.destination.map { _ in
                    facts.entry.map { isNew($0, facts.subject, guarding.coolOff) } ?? false
                }
            tell("new_destination", value, guarding.blocks, "NEW_DESTINATION")
        }
        if let guarding = policy.duplicateReference {
            tell(
                "duplicate_reference", facts.reference.map { _ in facts.subject.hasSameReference },
                guarding.0, "DUPLICATE_REFERENCE")
        }
    }

    private func isNew(_ entry: RandomPolicy.Entry, _ subject: RandomCase, _ coolOff: Int) -> Bool {
        var since = entry.activeFrom
        if let activated = subject.activatedAt {
            if !subject.isOriginal { since = max(since ?? activated, activated) }
        } else {
            since = max(since ?? subject.now, subject.now)
        }
        return since.map { subject.now < $0 + coolOff } ?? false
    }

    private func looksListed(_ address: String, _ prefix: Int, _ suffix: Int) -> Bool {
        func ends(_ address: String) -> [String]? {
            let folded = address.lowercased()
            let isOneCase = address == folded || address == address.uppercased()
            var rest = Substring(folded)
            if rest.hasPrefix("0x") { rest = rest.dropFirst(2) }
            if rest.hasPrefix("bc1"), isOneCase { rest = rest.dropFirst(4) }
            guard rest.count >= max(prefix, suffix) else { return nil }
            return [String(rest.prefix(prefix)), String(rest.suffix(suffix))]
        }
        guard let own = ends(address) else { return false }
        return policy.book.contains { ends($0.address) == own }
    }

    private func dated(_ facts: OracleFacts, _ restraints: inout [Restraint]) {
        if let review = policy.reviewBy, facts.subject.now >= review {
            restraints.append((false, "POLICY_EXPIRED"))
        }
        guard let created = facts.created else {
            restraints.append((false, "FIELD_UNKNOWN"))
            return
        }
        let first = facts.subject.firstDecision ?? facts.subject.now
        if first - created > policy.maxRequestAge { restraints.append((false, "STALE_REQUEST")) }
    }
}

// Limits and patterns.
extension DecisionOracle {
    private func isAnswered(_ window: RandomPolicy.Window) -> Bool {
        if case .calendar = window { return policy.hasZone }
        return true
    }

    private func limited(
        _ facts: OracleFacts, _ verdict: inout Verdict, _ restraints: inout [Restraint]
    ) {
        for limit in policy.limits where matches(limit.scope, facts, grants: false) != false {
            let usage = isAnswered(limit.window) ? facts.subject.usage[limit.id] : nil
            var isExceeded = usage.map { $0.used < 0 || $0.count < 0 } ?? true
            if let usage {
                if let most = limit.maxAmount {
                    isExceeded = isExceeded || facts.amount.map { usage.used + $0 > most } ?? true
                }
                if let most = limit.maxCount { isExceeded = isExceeded || usage.count + 1 > most }
            }
            verdict.exceeded[limit.id] = isExceeded
            guard isExceeded else { continue }
            restraints.append((limit.blocks, "LIMIT_EXCEEDED"))
            let neverFits = limit.maxAmount.map { most in facts.amount.map { $0 > most } ?? true }
            if case .rolling(let length) = limit.window, neverFits != true {
                verdict.rooms[limit.id] = usage?.roomAfter.map { $0 + length }
            }
        }
    }

    private func watched(
        _ facts: OracleFacts, _ verdict: inout Verdict, _ restraints: inout [Restraint]
    ) {
        for pattern in policy.patterns {
            let near: Bool? = facts.amount.map { amount in
                pattern.caps.contains { cap in
                    cap.assets.contains(policy.asset) && amount <= cap.upTo
                        && amount * 100 > cap.upTo * (100 - pattern.percent)
                }
            }
            let applies = OracleFacts.all([matches(pattern.scope, facts, grants: false), near])
            if applies == false { continue }
            let usage =
                isAnswered(pattern.window) ? facts.subject.usage["pattern:" + pattern.id] : nil
            let isSeen =
                usage.map {
                    $0.used < 0 || $0.count < 0 || $0.count + 1 >= pattern.countAtLeast
                } ?? true
            verdict.seen[pattern.id] = isSeen
            if isSeen { restraints.append((pattern.blocks, "PATTERN")) }
        }
    }
}

// Conditions.
extension DecisionOracle {
    private func matches(_ rule: RandomPolicy.Rule, _ facts: OracleFacts) -> Bool? {
        var values = [matches(rule.scope, facts, grants: rule.action == .allow)]
        if let more = rule.moreThan { values.append(facts.amount.map { $0 > more }) }
        if let most = rule.upTo { values.append(facts.amount.map { $0 <= most }) }
        if let more = rule.feeMoreThan { values.append(facts.fee.map { $0 > more }) }
        if let most = rule.feeUpTo { values.append(facts.fee.map { $0 <= most }) }
        if let payers = rule.feeAccounts { values.append(facts.payer.map(payers.contains)) }
        if rule.action == .allow, rule.feeUpTo == nil {
            values.append(facts.fee.flatMap { fee in facts.sent.map { fee <= $0 } })
        }
        if let hours = rule.hours {
            values.append(
                facts.clock.map { clock in
                    hours.days?.contains(clock.weekday) != false && hours.from <= clock.minute
                        && clock.minute < hours.to
                })
        }
        if rule.needsHeadroom {
            values.append(
                policy.asset == "EUR"
                    ? facts.sendLimit.flatMap { most in facts.amount.map { $0 <= most } } : nil)
        }
        return OracleFacts.all(values)
    }

    private func matches(
        _ scope: RandomPolicy.Scope, _ facts: OracleFacts, grants: Bool
    ) -> Bool? {
        OracleFacts.all([
            scope.types?.contains(facts.type) ?? true,
            scope.sources?.contains(facts.account) ?? true,
            scope.entities?.contains(entities[facts.account] ?? "") ?? true,
            scope.assets?.contains(policy.asset) ?? true,
            scope.destination.map { matches($0, facts, grants: grants) } ?? true,
        ])
    }

    private func matches(
        _ condition: RandomPolicy.Destination, _ facts: OracleFacts, grants: Bool
    ) -> Bool? {
        guard let destination = facts.destination else { return nil }
        var values: [Bool] = []
        if facts.type == "WITHDRAWAL" {
            let entry = grants && !facts.isEntryActive ? nil : facts.entry
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
}
