/// One transaction to be decided, with the platform's account that it belongs to.
package struct Case: Hashable, Sendable {
    package let transaction: Transaction
    package let account: Account

    package init(transaction: Transaction, account: Account) {
        self.transaction = transaction
        self.account = account
    }
}

/// All rules held against one transaction: what they say, and what limits must still be asked.
package struct Weighing: Sendable {
    /// What the rules alone say; limits can only restrain an `allow`. An `allow` always has an
    /// exposure: what cannot be reserved and signed, for want of a destination, is `escalate`.
    package let action: Decision.Action
    package let rules: [Decision.RuleResult]
    package let reasons: [Reason]
    package let fields: Set<String>
    /// What the ledger must answer before ``decide(usage:)``; empty unless the rules allow.
    package let questions: [LimitQuestion]
    let limits: [(limit: Limit, key: String?)]
    let amount: Amount?
    let asset: PolicyAsset?
    /// What an `allow` would reserve.
    package let exposure: Exposure?
}

extension Policy {
    /// Decides one transaction. Pure: the same inputs give the same decision, byte for byte.
    ///
    /// `usage` answers each question of the weighing; a question without an answer counts as
    /// exceeded.
    package func decide(_ subject: Case, usage: ([LimitQuestion]) -> [LimitUsage]) -> Decision {
        let weighing = weigh(subject)
        return weighing.decide(usage: usage(weighing.questions))
    }

    /// Holds every rule against a transaction (order means nothing) and finds the limits that
    /// apply.
    package func weigh(_ subject: Case) -> Weighing {
        if let mismatch = mismatch(subject) { return Weighing(holding: mismatch) }
        guard let source = account(subject.transaction.accountID) else {
            return Weighing(holding: .accountMismatch("the policy names no such account"))
        }
        let facts = Facts(subject.transaction, source: source, policy: self)
        let invalid = invalidAmounts(facts)
        var matched: [(Rule, Match)] = []
        for index in rules.indices {
            let match = rules[index].matches(facts)
            if case .isFalse = match { continue }
            matched.append((rules[index], match))
        }
        let (ruled, found) = combine(matched, invalid: invalid)
        let exposure = ruled == .allow ? Exposure(subject.transaction, facts) : nil
        let (action, reasons) =
            ruled == .allow && exposure == nil
            ? (.escalate, [.valueNotSignable(facts.type.destinationField)]) : (ruled, found)
        let applying = action == .allow ? limits(applyingTo: facts) : []
        return Weighing(
            action: action,
            rules: matched.map { Decision.RuleResult(id: $0.0.id, match: $0.1) },
            reasons: reasons, fields: fields(read: subject.transaction.type),
            questions: applying.compactMap { limit, key in
                key.map {
                    LimitQuestion(
                        limit: limit.id, key: $0, window: limit.window,
                        scale: source.asset.precision)
                }
            },
            limits: applying, amount: facts.amount, asset: source.asset, exposure: exposure)
    }

    /// The policy's map must be what the platform says, or nothing that reads it holds.
    private func mismatch(_ subject: Case) -> Reason? {
        let transaction = subject.transaction
        guard transaction.state == .pending else {
            return .notPending(state: transaction.state.rawValue)
        }
        guard let source = account(transaction.accountID) else {
            return .accountMismatch("the policy names no such account")
        }
        let account = subject.account
        guard account.id == transaction.accountID else {
            return .accountMismatch("the account read is another one")
        }
        guard account.entityID == source.entityID else {
            return .accountMismatch("it belongs to another entity")
        }
        guard account.assetID == source.asset.id else {
            return .accountMismatch("it holds another asset")
        }
        switch transaction.field("sender_account_id") {
        case .absent, .null: return nil
        case .text(let sender) where sender.isVerbatim(transaction.accountID.text): return nil
        case .text, .otherType:
            return .accountMismatch("sender_account_id is not account_id")
        }
    }

    private func invalidAmounts(_ facts: Facts) -> [Reason] {
        var reasons: [Reason] = []
        if facts.sent == nil { reasons.append(.amountInvalid(field: "amount")) }
        if facts.fee == nil { reasons.append(.amountInvalid(field: "fee_amount")) }
        return reasons
    }

    /// block > escalate > allow > default. Block and escalate rules take effect when TRUE or
    /// UNKNOWN, allow rules only when TRUE and both amounts are sound.
    private func combine(
        _ matched: [(Rule, Match)], invalid: [Reason]
    ) -> (Decision.Action, [Reason]) {
        var reasons: [Decision.Action: [Reason]] = [:]
        for (rule, match) in matched {
            switch (rule.action, match) {
            case (_, .isFalse): continue
            case (.block, .isTrue): reasons[.block, default: []].append(.ruleBlock(rule: rule.id))
            case (.escalate, .isTrue):
                reasons[.escalate, default: []].append(.ruleEscalate(rule: rule.id))
            case (.block, .unknown(let fields)):
                reasons[.block, default: []].append(
                    .fieldUnknown(by: rule.id, fields: fields.sorted()))
            case (.escalate, .unknown(let fields)):
                reasons[.escalate, default: []].append(
                    .fieldUnknown(by: rule.id, fields: fields.sorted()))
            case (.allow, .isTrue) where invalid.isEmpty:
                reasons[.allow, default: []].append(.ruleAllow(rule: rule.id))
            case (.allow, .isTrue), (.allow, .unknown): continue
            }
        }
        for action in [Decision.Action.block, .escalate, .allow] {
            if let found = reasons[action] { return (action, found + invalid) }
        }
        let action: Decision.Action =
            switch settings.defaultAction {
            case .block: .block
            case .escalate: .escalate
            }
        let unread = matched.compactMap { rule, match -> Reason? in
            guard case .unknown(let fields) = match else { return nil }
            return .fieldUnknown(by: rule.id, fields: fields.sorted())
        }
        return (
            action,
            [.noRuleMatched(default: settings.defaultAction)] + (invalid.isEmpty ? unread : invalid)
        )
    }

    private func limits(applyingTo facts: Facts) -> [(limit: Limit, key: String?)] {
        limits.compactMap { limit in
            limit.scope.match(facts) == .isFalse ? nil : (limit, limit.key(facts))
        }
    }
}

extension Policy {
    /// Whether a block rule is TRUE or UNKNOWN for what was weighed: what is signed but was not
    /// delivered stays here then.
    package func blocks(_ weighing: Weighing) -> Bool {
        let blocking = Set(rules.filter { $0.action == .block }.map(\.id))
        return weighing.rules.contains { blocking.contains($0.id) }
    }
}

extension Weighing {
    fileprivate init(holding reason: Reason) {
        self.init(
            action: .hold, rules: [], reasons: [reason], fields: [], questions: [], limits: [],
            amount: nil, asset: nil, exposure: nil)
    }

    /// Applies the limits to what the rules allowed.
    package func decide(usage: [LimitUsage]) -> Decision {
        guard action == .allow, let asset else {
            return Decision(action: action, rules: rules, reasons: reasons, fields: fields)
        }
        let results = limits.map { limit, key in
            result(limit, key, usage.first { $0.limit == limit.id && $0.key == key }, asset)
        }
        let exceeded = zip(limits, results).filter { $0.1.exceeded }
        guard !exceeded.isEmpty else {
            return Decision(
                action: .allow, rules: rules, limits: results, reasons: reasons,
                fields: fields, exposure: exposure)
        }
        let blocked = exceeded.contains { $0.0.limit.onExceed == .block }
        return Decision(
            action: blocked ? .block : .escalate, rules: rules, limits: results,
            reasons: exceeded.map { .limitExceeded($0.1) }, fields: fields)
    }

    private func result(
        _ limit: Limit, _ key: String?, _ usage: LimitUsage?, _ asset: PolicyAsset
    ) -> LimitResult {
        // INVARIANT: I5. A negative use is corruption; it must not make room.
        var within = usage.map { !$0.used.isNegative && $0.count >= 0 } ?? false
        if let maxAmount = limit.maxAmount {
            let sum = amount.flatMap { usage?.used.adding($0) }
            within = within && (sum?.isAtMost(maxAmount) ?? false)
        }
        if let maxCount = limit.maxCount {
            within = within && (usage.map { $0.count < maxCount } ?? false)
        }
        return LimitResult(
            id: limit.id, key: key, asset: asset.name, usage: usage, this: amount,
            maxAmount: limit.maxAmount, maxCount: limit.maxCount, exceeded: !within)
    }
}

extension Exposure {
    /// Nil where there is nothing to hold against limits: no amount, fee or destination.
    fileprivate init?(_ transaction: Transaction, _ facts: Facts) {
        guard let sent = facts.sent, let fee = facts.fee, !facts.destinationText.isEmpty else {
            return nil
        }
        self.init(
            type: transaction.type, accountID: transaction.accountID,
            destination: facts.destinationText, sent: sent, fee: fee,
            feeAccount: transaction.field("fee_account_id").text)
    }
}
