/// What the policy says of one transaction, with every reason.
package struct Decision: Hashable, Sendable {
    /// What happens to it.
    package enum Action: String, Hashable, Sendable, CaseIterable {
        case allow, escalate, block
        /// Something is in doubt: nothing is counted, and it is tried again.
        case hold
    }

    /// A rule that was TRUE or UNKNOWN.
    package struct RuleResult: Hashable, Sendable {
        package let id: String
        package let match: Match

        package init(id: String, match: Match) {
            self.id = id
            self.match = match
        }
    }

    package let action: Action
    /// Sorted by id.
    package let rules: [RuleResult]
    /// The limits that applied, sorted by id; empty where nothing would have been allowed.
    package let limits: [LimitResult]
    /// The patterns that applied, sorted by id; empty where nothing would have been allowed.
    package let patterns: [PatternResult]
    /// The guards that the policy has.
    package let guards: [GuardResult]
    package let reasons: [Reason]
    /// The transaction's fields that were read, and so must be signed.
    package let fields: Set<String>
    /// What an `allow` reserves; nil for every other action.
    package let exposure: Exposure?
    /// The people whose approval an `allow` takes; nil where this agent signs by itself.
    package let quorum: Quorum?

    package init(
        action: Action, rules: [RuleResult] = [], limits: [LimitResult] = [],
        patterns: [PatternResult] = [], guards: [GuardResult] = [], reasons: [Reason],
        fields: Set<String> = [], exposure: Exposure? = nil, quorum: Quorum? = nil
    ) {
        self.action = action
        self.rules = rules
        self.limits = limits
        self.patterns = patterns
        self.guards = guards
        self.reasons = reasons
        self.fields = fields
        self.exposure = exposure
        self.quorum = quorum
    }

    /// A decision to wait, for reasons outside the policy.
    package static func hold(_ reasons: Reason...) -> Decision {
        Decision(action: .hold, reasons: reasons)
    }

    /// The same, as it was reserved: these people are asked, and this is the reason told.
    package func asking(_ quorum: Quorum, because reasons: [Reason]) -> Decision {
        Decision(
            action: .allow, rules: rules, limits: limits, patterns: patterns, guards: guards,
            reasons: reasons, fields: fields, quorum: quorum)
    }

    /// The same evaluation with another end: an `allow` that may not be carried out.
    package func turned(to action: Action, because reasons: [Reason]) -> Decision {
        Decision(
            action: action, rules: rules, limits: limits, patterns: patterns, guards: guards,
            reasons: reasons, fields: fields)
    }
}

/// How a limit stood when a transaction was held against it.
package struct LimitResult: Hashable, Sendable {
    package let id: String
    /// The account of the limit that it counts in; nil where that could not be computed.
    package let key: String?
    package let asset: String
    package let usage: LimitUsage?
    /// What this transaction would add; nil where its amount is UNKNOWN.
    package let this: Amount?
    package let maxAmount: Amount?
    package let maxCount: Int64?
    package let exceeded: Bool
    package let window: Window
    /// When there is room for this one again, if nothing else comes; nil where there is room, or
    /// where that cannot be said.
    package let roomAt: UnixTime?

    package init(
        id: String, key: String?, asset: String, usage: LimitUsage?, this: Amount?,
        maxAmount: Amount?, maxCount: Int64?, exceeded: Bool, window: Window,
        roomAt: UnixTime? = nil
    ) {
        self.id = id
        self.key = key
        self.asset = asset
        self.usage = usage
        self.this = this
        self.maxAmount = maxAmount
        self.maxCount = maxCount
        self.exceeded = exceeded
        self.window = window
        self.roomAt = roomAt
    }
}

/// How a pattern stood when a transaction was held against it.
package struct PatternResult: Hashable, Sendable {
    package let id: String
    /// The account of the pattern that it counts in; nil where that could not be computed.
    package let key: String?
    package let usage: LimitUsage?
    package let countAtLeast: Int64
    package let isSeen: Bool

    package init(
        id: String, key: String?, usage: LimitUsage?, countAtLeast: Int64, isSeen: Bool
    ) {
        self.id = id
        self.key = key
        self.usage = usage
        self.countAtLeast = countAtLeast
        self.isSeen = isSeen
    }
}

/// What a guard saw.
package struct GuardResult: Hashable, Sendable {
    package let guarding: Guards.Name
    package let match: Match

    package init(guarding: Guards.Name, match: Match) {
        self.guarding = guarding
        self.match = match
    }
}
