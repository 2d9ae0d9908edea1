/// One transaction to be decided, with the platform's account that it belongs to.
package struct Case: Hashable, Sendable {
    package let transaction: Transaction
    package let account: Account
    /// Of the account's entity, where ``Policy/readsTier``; nil where it was not read.
    package let tier: Tier?

    package init(transaction: Transaction, account: Account, tier: Tier? = nil) {
        self.transaction = transaction
        self.account = account
        self.tier = tier
    }
}

/// All rules and guards held against one transaction: what they say, and what the ledger must
/// still be asked.
package struct Weighing: Sendable {
    /// What the rules alone say; everything else can only restrain it. An `allow` always has an
    /// exposure: what cannot be reserved and signed, for want of a destination, is `escalate`.
    let ruled: Decision.Action
    package let rules: [Decision.RuleResult]
    let reasons: [Reason]
    let fields: Set<String>
    /// What the ledger must answer before ``decide(_:)``. Limits and patterns are asked for only
    /// where the rules allow.
    package let questions: Questions
    package let moment: Moment
    let limits: [Counted<Limit>]
    let patterns: [Counted<Pattern>]
    /// Guards that the transaction alone answers.
    let guards: [GuardResult]
    /// What restrains already, whatever the ledger answers.
    let restraints: [(restraint: Restraint, reason: Reason)]
    let facts: Facts?
    let policy: Policy
    /// What an `allow` would reserve.
    let exposure: Exposure?
    /// The allow rules in effect that ask people, sorted by id.
    let asking: [(rule: String, quorum: Quorum)]
}

/// A limit or pattern that applies.
struct Counted<Part: Sendable>: Sendable {
    let part: Part
    /// Which of its accounts; nil where that cannot be computed.
    let key: String?
    /// The place of what is asked for it among the questions; nil where nothing can be asked.
    let question: Int?
}

extension Policy {
    /// Decides one transaction. Pure: the same inputs give the same decision, byte for byte.
    ///
    /// `answers` answers the questions of the weighing; a limit without an answer counts as
    /// exceeded.
    package func decide(
        _ subject: Case, at moment: Moment, answers: (Questions) -> Answers
    ) -> Decision {
        let weighing = weigh(subject, at: moment)
        return weighing.decide(answers(weighing.questions))
    }

    /// Holds every rule and guard against a transaction (order means nothing) and finds the
    /// limits and patterns that apply.
    package func weigh(_ subject: Case, at moment: Moment) -> Weighing {
        let transaction = subject.transaction
        let known = account(transaction.accountID)
        if let reason = doubt(subject, known, at: moment) {
            return Weighing(holding: reason, transaction.id, moment, self)
        }
        guard let source = known else {
            return Weighing(holding: Self.noSuchAccount, transaction.id, moment, self)
        }
        let facts = Facts(subject, source: source, at: moment, policy: self)
        let sight = outlines.sight(facts)
        let matched = matched(facts, sight)
        let (ruled, found) = combine(matched, invalid: invalidAmounts(facts))
        let exposure = ruled == .allow ? Exposure(transaction, facts) : nil
        let (action, reasons) =
            ruled == .allow && exposure == nil
            ? (.escalate, [.valueNotSignable(facts.type.destinationField)]) : (ruled, found)
        let allows = action == .allow
        var asked: [LimitQuestion] = []
        let counting: (limits: [Limit], patterns: [Pattern]) =
            allows ? counting(facts, sight) : ([], [])
        let limits = counting.limits.map { $0.counted(facts, &asked) }
        let patterns = counting.patterns.map { $0.counted(facts, &asked) }
        let (guards, caught) = watch(facts, transaction)
        return Weighing(
            ruled: action, rules: matched.map { .init(id: $0.rule.id, match: $0.match) },
            reasons: reasons, fields: fields(read: facts.type),
            questions: Questions(
                transactionID: transaction.id, limits: asked, destination: newDestination(facts),
                reference: reference(transaction), asksFirstDecision: allows),
            moment: moment, limits: limits, patterns: patterns, guards: guards,
            restraints: caught + (allows ? restraints(on: facts) : []), facts: facts, policy: self,
            exposure: exposure, asking: allows ? matched.compactMap(Self.asked) : [])
    }

    private static func asked(_ rule: Rule, _ match: Match) -> (rule: String, quorum: Quorum)? {
        guard rule.action == .allow, case .isTrue = match else { return nil }
        return rule.quorum.map { (rule.id, $0) }
    }

    /// The rules that are TRUE or UNKNOWN, sorted by id.
    private func matched(
        _ facts: Facts, _ sight: Outline.Sight
    ) -> [(rule: Rule, match: Match)] {
        let rules = rules
        var matched: [(rule: Rule, match: Match)] = []
        for position in outlines.rules.positions(sight, from: facts.source) {
            let match = rules[position].matches(facts)
            if case .isFalse = match { continue }
            matched.append((rules[position], match))
        }
        return matched
    }

    private static let noSuchAccount = Reason.accountMismatch("the policy names no such account")

    /// The policy must be in force and its map what the platform says, or nothing that reads it
    /// holds.
    private func doubt(
        _ subject: Case, _ source: PolicyAccount?, at moment: Moment
    ) -> Reason? {
        let transaction = subject.transaction
        guard transaction.state == .pending else {
            return .notPending(state: transaction.state.rawValue)
        }
        if let from = metadata.effectiveFrom, moment.now < from {
            return .policyNotActive("it takes effect at \(from.minute) UTC")
        }
        guard let source else { return Self.noSuchAccount }
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
        _ matched: [(rule: Rule, match: Match)], invalid: [Reason]
    ) -> (Decision.Action, [Reason]) {
        var (blocking, escalating, allowing): ([Reason], [Reason], [Reason]) = ([], [], [])
        for (rule, match) in matched {
            switch (rule.action, match) {
            case (_, .isFalse): continue
            case (.block, .isTrue): blocking.append(.ruleBlock(rule: rule.id))
            case (.block, .unknown(let fields)): blocking.append(.unread(rule, fields))
            case (.escalate, .isTrue): escalating.append(.ruleEscalate(rule: rule.id))
            case (.escalate, .unknown(let fields)): escalating.append(.unread(rule, fields))
            case (.allow, .isTrue) where invalid.isEmpty:
                allowing.append(.ruleAllow(rule: rule.id))
            case (.allow, .isTrue), (.allow, .unknown): continue
            }
        }
        if !blocking.isEmpty { return (.block, blocking + invalid) }
        if !escalating.isEmpty { return (.escalate, escalating + invalid) }
        if !allowing.isEmpty { return (.allow, allowing) }
        let action: Decision.Action =
            switch settings.defaultAction {
            case .block: .block
            case .escalate: .escalate
            }
        let unread = matched.compactMap { rule, match -> Reason? in
            guard case .unknown(let fields) = match else { return nil }
            return .unread(rule, fields)
        }
        return (
            action,
            [.noRuleMatched(default: settings.defaultAction)] + (invalid.isEmpty ? unread : invalid)
        )
    }
}

extension Reason {
    fileprivate static func unread(_ rule: Rule, _ fields: Set<String>) -> Reason {
        .fieldUnknown(by: .rule(rule.id), fields: fields.sorted())
    }
}

extension Policy {
    /// Whether a block rule is TRUE or UNKNOWN in a decision: what is signed but was not
    /// delivered stays here then.
    package func blocks(_ decision: Decision) -> Bool {
        decision.rules.contains { blockRules.contains($0.id) }
    }

    /// Whether a time lies further ahead than the clocks may differ.
    func isAhead(_ time: UnixTime, of now: UnixTime) -> Bool {
        time > now.advanced(byMilliseconds: settings.maxClockSkew)
    }

    /// Whether a transaction is PENDING for longer than `max_request_age`, or cannot say since
    /// when.
    package func isTooOld(_ transaction: Transaction, at now: UnixTime) -> Bool {
        guard let createdAt = transaction.createdAt, !isAhead(createdAt, of: now) else {
            return true
        }
        return now > createdAt.advanced(byMilliseconds: settings.maxRequestAge)
    }

    /// How many cancellations an hour may have, where this decision asks for one: a block *rule*
    /// is TRUE. UNKNOWN and the default never cancel.
    package func mostCancelsPerHour(for decision: Decision) -> Int64? {
        guard case .cancel(let most) = settings.onBlock, decision.action == .block,
            decision.rules.contains(where: { $0.match == .isTrue && blockRules.contains($0.id) })
        else { return nil }
        return most
    }
}

extension Weighing {
    fileprivate init(
        holding reason: Reason, _ id: TransactionID, _ moment: Moment, _ policy: Policy
    ) {
        self.init(
            ruled: .hold, rules: [], reasons: [reason], fields: [],
            questions: Questions(transactionID: id), moment: moment,
            limits: [], patterns: [], guards: [], restraints: [], facts: nil, policy: policy,
            exposure: nil, asking: [])
    }
}

extension Policy {
    /// What a transaction counts that was approved by other means, whatever its state; nil where
    /// this policy names no such account, or amount, fee or destination cannot be read.
    package func spent(by transaction: Transaction) -> Exposure? {
        guard let source = account(transaction.accountID) else { return nil }
        let subject = Case(transaction: transaction, account: Account(described: source))
        let moment = Moment(now: UnixTime(milliseconds: 0))
        return Exposure(transaction, Facts(subject, source: source, at: moment, policy: self))
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
            feeAccount: facts.feeAccount,
            reference: transaction.field("reference").text, provenance: Provenance(facts))
    }
}
