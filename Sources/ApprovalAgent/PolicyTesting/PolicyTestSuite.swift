package import ApprovalCore

/// One file of policy tests, read and checked.
package struct PolicyTestSuite: Sendable {
    /// The file as people are shown it.
    package let file: String
    /// `metadata.id`.
    package let id: String
    /// What was approved before each of ``cases``; sequences begin without any.
    package let history: [PolicyTestApproval]
    package let cases: [PolicyTestCase]
    package let sequences: [PolicyTestSequence]

    package init(
        file: String, id: String, history: [PolicyTestApproval] = [],
        cases: [PolicyTestCase] = [], sequences: [PolicyTestSequence] = []
    ) {
        self.file = file
        self.id = id
        self.history = history
        self.cases = cases
        self.sequences = sequences
    }
}

/// A transaction of a test as it is written: a fixture, and what differs from it.
package struct PolicyTestTransaction: Hashable, Sendable {
    /// The fixture that it is made from; nil where it stands alone.
    package let fixture: String?
    /// The fields that are written beside the fixture's, in the order of the file.
    package let changed: [String]
    /// Every field that is given, the fixture's too: what the platform would send.
    package let fields: [JSONMember]

    package init(fixture: String? = nil, changed: [String] = [], fields: [JSONMember]) {
        self.fixture = fixture
        self.changed = changed
        self.fields = fields
    }
}

/// Something that was approved and settled before a case, whatever the policy says of it.
package struct PolicyTestApproval: Hashable, Sendable {
    /// When it was settled.
    package enum Time: Hashable, Sendable {
        /// So many milliseconds before the case's own time.
        case before(milliseconds: Int64)
        case at(UnixTime)
    }

    package let time: Time
    package let transaction: PolicyTestTransaction

    package init(time: Time, transaction: PolicyTestTransaction) {
        self.time = time
        self.transaction = transaction
    }
}

/// One transaction that is decided at one time, and what must come of it.
package struct PolicyTestCase: Sendable {
    /// As results show it: the test's name, and which of its cases or steps.
    package let name: String
    /// In the suite's file, from 1.
    package let line: Int
    package let now: UnixTime
    /// Of the account's entity; nil where the platform shows none.
    package let tier: Tier?
    package let transaction: PolicyTestTransaction
    /// The attributes of the challenge; nil for exactly the required ones.
    package let attributes: [String]?
    package let expected: PolicyTestExpectation

    package init(
        name: String, line: Int, now: UnixTime, tier: Tier? = nil,
        transaction: PolicyTestTransaction, attributes: [String]? = nil,
        expected: PolicyTestExpectation
    ) {
        self.name = name
        self.line = line
        self.now = now
        self.tier = tier
        self.transaction = transaction
        self.attributes = attributes
        self.expected = expected
    }
}

/// Cases one after the other on one clock and one ledger, which begins empty.
package struct PolicyTestSequence: Sendable {
    /// One step.
    package enum Step: Sendable {
        case decide(PolicyTestCase)
        /// Everything but what a ledger keeps is forgotten.
        case restart
    }

    package let steps: [Step]

    package init(steps: [Step]) { self.steps = steps }
}

/// What must be true of a decision. Lists name what must be among the decision's.
package struct PolicyTestExpectation: Sendable {
    /// How a limit must stand.
    package struct LimitUse: Hashable, Sendable {
        package let id: String
        /// Before the transaction.
        package let used: Amount?
        /// After it: with its own amount where it was allowed.
        package let usedAfter: Amount?
        package let exceeded: Bool?

        package init(
            id: String, used: Amount? = nil, usedAfter: Amount? = nil, exceeded: Bool? = nil
        ) {
            self.id = id
            self.used = used
            self.usedAfter = usedAfter
            self.exceeded = exceeded
        }
    }

    /// Whom an allowed transaction asks.
    package enum People: Hashable, Sendable {
        /// This agent signs by itself, or nothing is allowed.
        case nobody
        /// By its name in the policy.
        case group(String)

        var name: String {
            switch self {
            case .nobody: "nobody"
            case .group(let name): "group \(name)"
            }
        }
    }

    package let action: Decision.Action?
    /// TRUE or UNKNOWN ones.
    package let rules: [String]
    /// Codes.
    package let reasons: [String]
    package let limits: [LimitUse]
    /// Patterns that are seen.
    package let patterns: [String]
    /// Guards that are TRUE.
    package let guards: [Guards.Name]
    /// nil where it does not matter.
    package let quorum: People?
    /// Stands in one of the reasons' sentences.
    package let explainContains: String?

    package init(
        action: Decision.Action? = nil, rules: [String] = [], reasons: [String] = [],
        limits: [LimitUse] = [], patterns: [String] = [], guards: [Guards.Name] = [],
        quorum: People? = nil, explainContains: String? = nil
    ) {
        self.action = action
        self.rules = rules
        self.reasons = reasons
        self.limits = limits
        self.patterns = patterns
        self.guards = guards
        self.quorum = quorum
        self.explainContains = explainContains
    }

    /// The codes of the reasons that a policy, a challenge or a repeated transaction can give,
    /// and so a test can expect; all others come from the world around.
    package static let reasonCodes: Set<String> = [
        "RULE_ALLOW", "RULE_BLOCK", "RULE_ESCALATE", "NO_RULE_MATCHED", "FIELD_UNKNOWN",
        "AMOUNT_INVALID", "LIMIT_EXCEEDED", "PATTERN", "LOOKALIKE", "NEW_DESTINATION",
        "DUPLICATE_REFERENCE", "POLICY_EXPIRED", "POLICY_NOT_ACTIVE", "STALE_REQUEST",
        "MALFORMED", "ACCOUNT_MISMATCH", "NOT_PENDING", "ALREADY_APPROVED", "UNKNOWN_ATTR",
        "DUPLICATE_ATTR", "ATTR_NOT_SIGNED", "VALUE_NOT_SIGNABLE", "QUORUM_REQUIRED",
        "QUORUM_AMBIGUOUS",
    ]
}
