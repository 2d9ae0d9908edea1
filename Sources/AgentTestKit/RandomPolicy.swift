package import ApprovalCore

/// A policy as plain data: whole numbers of the smallest unit, milliseconds and texts. An oracle
/// reads it as it stands; ``built(_:)`` makes the policy of it.
package struct RandomPolicy: Sendable {
    /// `destination` of a rule, limit or pattern.
    package struct Destination: Sendable {
        package var labels: Set<String>?
        package var tags: Set<String>?
        package var kind: String?
        package var accounts: Set<String>?
    }

    /// `when` of a rule; minutes of the day.
    package struct Hours: Sendable {
        package var days: Set<String>?
        package var from: Int
        package var to: Int
    }

    /// A rule; conditions that are nil are not written.
    package struct Rule: Sendable {
        package var id: String
        package var action: ApprovalCore.Rule.Action
        package var scope: Scope
        package var moreThan: Int?
        package var upTo: Int?
        package var feeMoreThan: Int?
        package var feeUpTo: Int?
        package var feeAccounts: Set<String>?
        package var hours: Hours?
        package var asks: Asking?
        package var needsHeadroom = false
    }

    /// `quorum` of an allow rule.
    package struct Asking: Hashable, Sendable {
        package var group: String
        package var minApprovals: Int
        /// In the order in which they are asked.
        package var ask: [String]
        package var isParallel: Bool
        /// Milliseconds.
        package var expiresAfter: Int
        package var cancels: Bool

        package init(
            group: String, minApprovals: Int, ask: [String], isParallel: Bool, expiresAfter: Int,
            cancels: Bool
        ) {
            self.group = group
            self.minApprovals = minApprovals
            self.ask = ask
            self.isParallel = isParallel
            self.expiresAfter = expiresAfter
            self.cancels = cancels
        }
    }

    /// What rules, limits and patterns share.
    package struct Scope: Sendable {
        package var types: Set<String>?
        package var sources: Set<String>?
        package var entities: Set<String>?
        package var assets: Set<String>?
        package var destination: Destination?
    }

    /// How far back a limit or pattern looks.
    package enum Window: Sendable {
        /// Milliseconds.
        case rolling(Int)
        /// `hour`, `day`, `week` or `month`.
        case calendar(String)
        case total
    }

    /// A limit, with what the ledger answers for it.
    package struct Limit: Sendable {
        package var id: String
        package var scope: Scope
        package var per: Set<String>
        package var window: Window
        package var blocks: Bool
        package var maxAmount: Int?
        package var maxCount: Int?
    }

    /// A pattern, with what the ledger answers for it.
    package struct Pattern: Sendable {
        package var id: String
        package var scope: Scope
        package var per: Set<String>
        package var window: Window
        package var blocks: Bool
        package var percent: Int
        package var caps: [(assets: Set<String>, upTo: Int)]
        package var countAtLeast: Int
    }

    /// An entry of the address book; times are milliseconds from ``Sample/now``.
    package struct Entry: Sendable {
        package var label: String
        package var address: String
        package var compare: String
        package var tags: Set<String>
        package var activeFrom: Int?
        package var expiresAt: Int?
        package var most: Int?
    }

    /// The name of the sample's asset.
    package var asset: String
    package var plusFee: Bool
    package var defaultBlocks: Bool
    package var hasZone: Bool
    /// Milliseconds.
    package var maxRequestAge: Int
    /// Milliseconds from ``Sample/now``.
    package var effectiveFrom: Int?
    /// Milliseconds from ``Sample/now``.
    package var reviewBy: Int?
    package var rules: [Rule]
    package var limits: [Limit]
    package var patterns: [Pattern]
    package var lookalike: (prefix: Int, suffix: Int, blocks: Bool)?
    /// Milliseconds.
    package var newDestination: (coolOff: Int, blocks: Bool)?
    package var duplicateReference: (blocks: Bool, Void)?
    package var book: [Entry]
}

/// A transaction, the moment at which it is decided, and what the ledger answers.
package struct RandomCase: Sendable {
    /// A use as the ledger tells it; amounts in the smallest unit.
    package struct Usage: Sendable {
        package var used: Int
        package var count: Int
        /// Milliseconds from ``Sample/now``.
        package var roomAfter: Int?
    }

    package var members: [JSONMember]
    /// The fields that were spoilt in it.
    package var damaged: Set<String>
    /// Milliseconds from ``Sample/now``.
    package var now: Int
    /// The same; what `created_at` says where it was not damaged.
    package var createdAt: Int
    /// By limit id or a pattern's counter; what is missing is not answered.
    package var usage: [String: Usage]
    /// Milliseconds from ``Sample/now``; nil where the ledger does not know the destination.
    package var activatedAt: Int?
    package var isOriginal: Bool
    package var hasSameReference: Bool
    /// Milliseconds from ``Sample/now``; nil for the first decision of all.
    package var firstDecision: Int?
    /// What the tier of the account's entity says; nil where it was not read.
    package var sendLimit: String?
}
