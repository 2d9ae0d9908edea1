/// Why a decision is as it is: a stable code, its particulars and a sentence in the officer's
/// language. Never built from text that the platform chose, but for ids, names and amounts.
package enum Reason: Hashable, Sendable {
    case ruleAllow(rule: String)
    case ruleBlock(rule: String)
    case ruleEscalate(rule: String)
    case noRuleMatched(default: Settings.DefaultAction)
    /// A rule or guard is UNKNOWN because fields cannot be read; what restrains then takes effect.
    case fieldUnknown(by: Evaluated, fields: [String])
    /// `amount` or `fee_amount` is not what an outgoing transaction can have.
    case amountInvalid(field: String)
    case limitExceeded(LimitResult)
    /// More than the address book's entry lets one transaction take.
    case entryLimitExceeded(label: String, this: Amount, most: Amount, asset: String)
    case pattern(PatternResult)
    /// The address is on no entry, but looks like the one of this label.
    case lookalike(label: String)
    /// The destination is known since `since` and cools off until `until`.
    case newDestination(label: String, since: UnixTime, until: UnixTime)
    case duplicateReference(other: TransactionID)
    case policyExpired(since: UnixTime)
    /// It was PENDING for longer than `maxAge` milliseconds at its first decision.
    case staleRequest(createdAt: UnixTime, maxAge: Int64)
    /// It says that it was created at a time that is still to come, so its age is not known.
    case createdAhead(createdAt: UnixTime)
    /// The platform's answer cannot be taken for what was asked.
    case malformed(String)
    case accountMismatch(String)
    case notPending(state: String)
    case unknownAttribute(String)
    case duplicateAttribute(String)
    case attributeNotSigned(String)
    case valueNotSignable(String)
    case changedUnderUs(fields: [String])
    /// The approval request is not what was asked for, or was answered by somebody else.
    case foreignRequest(String)
    case requestFailed(state: String)
    case tooManyRequests(limit: Int)
    /// Another message was signed for this transaction before.
    case conflictingChallenge
    case alreadyApproved
    case clockSkew(milliseconds: Int64?)
    case halted
    case policyNotActive(String)
    case recordTooLarge
    /// The platform, or the way to it, failed for now.
    case platformUnavailable(String)
    /// The platform refused this item for good.
    case platformRefused(status: Int)
    /// The own signature did not verify, or the key could not be used.
    case keyUnusable(String)
    /// An earlier pass reserved for it and has not finished.
    case inProgress(state: String)
    /// It was sent, and the platform does not show the approval yet.
    case deliveryUnconfirmed
    /// A restart found it signed, and something holds the delivery back.
    case deliveryHeldBack(String)
    /// People are asked; `minimum` of those that this agent asks must approve.
    case quorumRequired(group: String, minimum: Int, ask: [String])
    /// Rules that take effect ask different people, or differently.
    case quorumAmbiguous(rules: [String])
    /// They were asked, and it is their turn.
    case quorumWaiting(Asking)
    /// Nobody else is asked under the policy of today.
    case quorumHeldBack(String)
    case quorumExpired(group: String, at: UnixTime)
    /// Too many said no, or did not answer, for the quorum to be reached.
    case quorumDenied(group: String, by: [String])
    /// The group is not, or no longer, what the policy pins.
    case groupChanged(group: String, String)
    case groupUnreadable(group: String, String)
    /// The platform calls it approved without enough of those whom this agent asked.
    case groupApprovedByOthers(group: String, approvals: Int, minimum: Int)
    /// No group is asked until a person resumes.
    case groupStopped(since: UnixTime?, why: String)
    /// The account's entity may not do this now.
    case entityNotActive(String)
    /// The brake: independent of the policy, so many signatures are made and no more.
    case brake(signatures: Int, per: String)
    /// So little room is left on the ledger's file system that nothing is begun.
    case diskFull(freeBytes: Int64, mark: Int64)
}

extension Reason {
    /// The stable upper-snake code.
    package var code: String {
        switch self {
        case .ruleAllow: "RULE_ALLOW"
        case .ruleBlock: "RULE_BLOCK"
        case .ruleEscalate: "RULE_ESCALATE"
        case .noRuleMatched: "NO_RULE_MATCHED"
        case .fieldUnknown: "FIELD_UNKNOWN"
        case .amountInvalid: "AMOUNT_INVALID"
        case .limitExceeded, .entryLimitExceeded: "LIMIT_EXCEEDED"
        case .pattern: "PATTERN"
        case .lookalike: "LOOKALIKE"
        case .newDestination: "NEW_DESTINATION"
        case .duplicateReference: "DUPLICATE_REFERENCE"
        case .policyExpired: "POLICY_EXPIRED"
        case .staleRequest, .createdAhead: "STALE_REQUEST"
        case .malformed: "MALFORMED"
        case .accountMismatch: "ACCOUNT_MISMATCH"
        case .notPending: "NOT_PENDING"
        case .unknownAttribute: "UNKNOWN_ATTR"
        case .duplicateAttribute: "DUPLICATE_ATTR"
        case .attributeNotSigned: "ATTR_NOT_SIGNED"
        case .valueNotSignable: "VALUE_NOT_SIGNABLE"
        case .changedUnderUs: "CHANGED_UNDER_US"
        case .foreignRequest: "FOREIGN_REQUEST"
        case .requestFailed: "REQUEST_FAILED"
        case .tooManyRequests: "TOO_MANY_REQUESTS"
        case .conflictingChallenge: "CONFLICTING_CHALLENGE"
        case .alreadyApproved: "ALREADY_APPROVED"
        case .clockSkew: "CLOCK_SKEW"
        case .halted: "HALTED"
        case .policyNotActive: "POLICY_NOT_ACTIVE"
        case .recordTooLarge: "RECORD_TOO_LARGE"
        case .platformUnavailable: "PLATFORM_UNAVAILABLE"
        case .platformRefused: "PLATFORM_REFUSED"
        case .keyUnusable: "KEY_UNUSABLE"
        case .inProgress: "IN_PROGRESS"
        case .deliveryUnconfirmed: "DELIVERY_UNCONFIRMED"
        case .deliveryHeldBack: "DELIVERY_HELD_BACK"
        case .quorumRequired: "QUORUM_REQUIRED"
        case .quorumAmbiguous: "QUORUM_AMBIGUOUS"
        case .quorumWaiting: "QUORUM_WAITING"
        case .quorumHeldBack: "QUORUM_HELD_BACK"
        case .quorumExpired: "QUORUM_EXPIRED"
        case .quorumDenied: "QUORUM_DENIED"
        case .groupChanged: "GROUP_CHANGED"
        case .groupUnreadable: "GROUP_UNREADABLE"
        case .groupApprovedByOthers: "GROUP_APPROVED_BY_OTHERS"
        case .groupStopped: "GROUP_STOPPED"
        case .entityNotActive: "ENTITY_NOT_ACTIVE"
        case .brake: "BRAKE"
        case .diskFull: "DISK_FULL"
        }
    }
}

/// What of a policy was evaluated.
package enum Evaluated: Hashable, Sendable {
    case rule(String)
    case guarding(Guards.Name)
    /// A setting, such as `max_request_age`.
    case setting(String)

    /// As people find it in the policy.
    var name: String {
        switch self {
        case .rule(let id): id
        case .guarding(let name): "the guard \(name.rawValue)"
        case .setting(let name): name
        }
    }

    /// The member of a reason that names it.
    var subject: (kind: String, id: String) {
        switch self {
        case .rule(let id): ("rule", id)
        case .guarding(let name): ("guard", name.rawValue)
        case .setting(let name): ("setting", name)
        }
    }
}
