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
    package let reasons: [Reason]
    /// The transaction's fields that were read, and so must be signed.
    package let fields: Set<String>
    /// What an `allow` reserves; nil for every other action.
    package let exposure: Exposure?

    package init(
        action: Action, rules: [RuleResult] = [], limits: [LimitResult] = [], reasons: [Reason],
        fields: Set<String> = [], exposure: Exposure? = nil
    ) {
        self.action = action
        self.rules = rules
        self.limits = limits
        self.reasons = reasons
        self.fields = fields
        self.exposure = exposure
    }

    /// A decision to wait, for reasons outside the policy.
    package static func hold(_ reasons: Reason...) -> Decision {
        Decision(action: .hold, reasons: reasons)
    }

    /// The same evaluation with another end: an `allow` that may not be carried out.
    package func turned(to action: Action, because reasons: [Reason]) -> Decision {
        Decision(
            action: action, rules: rules, limits: limits, reasons: reasons, fields: fields)
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

    package init(
        id: String, key: String?, asset: String, usage: LimitUsage?, this: Amount?,
        maxAmount: Amount?, maxCount: Int64?, exceeded: Bool
    ) {
        self.id = id
        self.key = key
        self.asset = asset
        self.usage = usage
        self.this = this
        self.maxAmount = maxAmount
        self.maxCount = maxCount
        self.exceeded = exceeded
    }
}

/// What a limit needs to know from the ledger.
package struct LimitQuestion: Hashable, Sendable {
    package let limit: String
    package let key: String
    package let window: Window
    /// Fraction digits of the amounts in this account of the limit.
    package let scale: UInt8

    package init(limit: String, key: String, window: Window, scale: UInt8) {
        self.limit = limit
        self.key = key
        self.window = window
        self.scale = scale
    }
}

/// The ledger's answer: open reservations of any age, and what was settled in the window.
package struct LimitUsage: Hashable, Sendable {
    package let limit: String
    package let key: String
    /// Where the window begins: now′ − its length.
    package let since: UnixTime
    package let used: Amount
    package let count: Int64

    package init(limit: String, key: String, since: UnixTime, used: Amount, count: Int64) {
        self.limit = limit
        self.key = key
        self.since = since
        self.used = used
        self.count = count
    }
}
