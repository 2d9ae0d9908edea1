extension Reason: CustomStringConvertible {
    /// The sentence for people.
    package var description: String { message }

    /// The sentence for people, with its numbers.
    package var message: String {
        switch self {
        case .ruleAllow(let rule): "rule \(rule) allows it"
        case .ruleBlock(let rule): "rule \(rule) blocks it"
        case .ruleEscalate(let rule): "rule \(rule) wants a person to decide"
        case .noRuleMatched(let action): "no rule grants it; the policy's default is \(action)"
        case .fieldUnknown(let by, let fields):
            "\(by.name) cannot be decided: \(Self.list(fields)) cannot be read"
        case .amountInvalid(let field):
            "\(field) is missing, is no text, is no amount or has the wrong sign, so no allow rule "
                + "counts"
        case .limitExceeded(let limit): limit.sentence
        case .entryLimitExceeded(let label, let this, let most, let asset):
            "\(this.short) \(asset) is more than the \(most.short) \(asset) that one transaction "
                + "may take to \(label)"
        case .pattern(let pattern): pattern.sentence
        case .lookalike(let label):
            "the address is on no entry of the address book, but begins and ends like that of "
                + "\(label): somebody may have put it in the way"
        case .newDestination(let label, let since, let until):
            "\(label) is known since \(since.minute) UTC only; it cools off until "
                + "\(until.nextMinute) UTC"
        case .duplicateReference(let other):
            "transaction \(other) was approved under the same reference"
        case .policyExpired(let since):
            "the policy was to be reviewed by \(since.minute) UTC, so a person decides until it is"
        case .createdAhead(let createdAt):
            "it says that it was created at \(createdAt.minute) UTC, which is still to come, so "
                + "nobody can tell for how long it waits"
        case .staleRequest(let createdAt, let maxAge):
            "it was created at \(createdAt.minute) UTC, more than \(maxAge.asDuration) before its "
                + "first decision"
        case .malformed(let problem): "the platform's answer cannot be read: \(problem)"
        case .accountMismatch(let problem):
            "the account is not the one that the policy names: \(problem)"
        case .notPending(let state): "it is no longer PENDING but \(state)"
        case .unknownAttribute(let name):
            "the challenge names \(Self.quoted(name)), which is no field of a transaction"
        case .duplicateAttribute(let name):
            "the challenge names \(Self.quoted(name)) more than once"
        case .attributeNotSigned(let name):
            "\(name) must be signed, and the challenge does not name it"
        case .valueNotSignable(let name):
            "\(name) is not plain printable ASCII text, so it cannot be signed unambiguously"
        case .changedUnderUs(let fields):
            "\(Self.list(fields)) changed between decision and signature"
        case .foreignRequest(let problem):
            "the approval request is not the one that was asked for: \(problem)"
        case .requestFailed(let state): "the platform ended the approval request as \(state)"
        case .tooManyRequests(let limit):
            "\(limit) approval requests were made for it within 24 hours"
        case .conflictingChallenge:
            "another message was signed for this transaction before; it is never signed again"
        case .alreadyApproved:
            "it was approved and confirmed before, yet the platform shows it as PENDING"
        case .clockSkew(let milliseconds):
            milliseconds.map { "the clock differs from the platform's by \($0) ms" }
                ?? "the platform has not told its time for three polls"
        case .halted: "approvals are halted"
        case .policyNotActive(let why): "the policy is not active: \(why)"
        case .recordTooLarge: "its record would be too large to keep"
        case .platformUnavailable(let what): "the platform did not answer as it should: \(what)"
        case .platformRefused(let status): "the platform refused it with status \(status)"
        case .keyUnusable(let why): "the approval key could not be used: \(why)"
        case .inProgress(let state): "an earlier pass left it \(state)"
        case .deliveryUnconfirmed:
            "it is signed and was sent, but the platform does not show the approval yet"
        case .deliveryHeldBack(let why): "it is signed but not delivered: \(why)"
        case .quorumRequired(let group, let minimum, let ask):
            "group \(group): at least \(minimum) of \(Self.list(ask)) must approve it"
        case .quorumAmbiguous(let rules):
            "rules \(Self.list(rules)) allow it and ask different people; let one of them apply"
        case .quorumWaiting(let asking): asking.sentence
        case .quorumHeldBack(let why): "people were asked, and nobody else is: \(why)"
        case .quorumExpired(let group, let time):
            "group \(group) did not approve it by \(time.minute) UTC; nobody else is asked, and "
                + "what is reserved stays until it is CANCELLED or FAILED"
        case .quorumDenied(let group, let members):
            "group \(group) can no longer approve it: \(Self.list(members)) refused or did not "
                + "answer"
        case .groupChanged(let group, let what):
            "group \(group) is not what the policy pins: \(what); nobody is asked"
        case .groupUnreadable(let group, let what):
            "group \(group) cannot be held against the policy: \(what)"
        case .groupApprovedByOthers(let group, let approvals, let minimum):
            "group \(group) is shown as approving it, but only \(approvals) of the \(minimum) "
                + "needed approvals came from people whom this agent asked"
        case .groupStopped(let since, let why):
            "no group is asked\(since.map { " since \($0.minute) UTC" } ?? ""): \(why); "
                + "`countersign resume` goes on"
        case .entityNotActive(let what): "the account's entity may not do this now: \(what)"
        case .brake(let signatures, let per):
            "\(signatures) signatures were made within \(per), the most that `brake` lets pass"
        case .diskFull(let free, let mark):
            "only \(free / 1_048_576) MiB are free where the ledger is, less than \(mark / 1_048_576) "
                + "MiB; make room"
        }
    }

    /// The rule or limit that the reason is about.
    package var subject: (kind: String, id: String)? {
        switch self {
        case .ruleAllow(let rule), .ruleBlock(let rule), .ruleEscalate(let rule):
            ("rule", rule)
        case .fieldUnknown(let by, _): by.subject
        case .limitExceeded(let limit): ("limit", limit.id)
        case .pattern(let pattern): ("pattern", pattern.id)
        case .lookalike: Evaluated.guarding(.lookalike).subject
        case .newDestination: Evaluated.guarding(.newDestination).subject
        case .duplicateReference: Evaluated.guarding(.duplicateReference).subject
        case .quorumRequired(let group, _, _), .quorumExpired(let group, _),
            .quorumDenied(let group, _), .groupChanged(let group, _),
            .groupUnreadable(let group, _), .groupApprovedByOthers(let group, _, _):
            ("group", group)
        case .quorumWaiting(let asking): ("group", asking.quorum.group.name)
        case .entryLimitExceeded, .policyExpired, .staleRequest, .createdAhead, .noRuleMatched,
            .amountInvalid,
            .malformed, .accountMismatch, .notPending,
            .unknownAttribute, .duplicateAttribute, .attributeNotSigned, .valueNotSignable,
            .changedUnderUs, .foreignRequest, .requestFailed, .tooManyRequests,
            .conflictingChallenge, .alreadyApproved, .clockSkew, .halted, .policyNotActive,
            .recordTooLarge, .platformUnavailable, .platformRefused, .keyUnusable,
            .inProgress, .deliveryUnconfirmed, .deliveryHeldBack, .quorumAmbiguous, .quorumHeldBack,
            .groupStopped, .entityNotActive, .brake, .diskFull:
            nil
        }
    }

    /// `{"code", "rule" or "limit", "message"}`.
    package var json: JSONValue {
        var members = [JSONMember("code", .string(code))]
        if let subject { members.append(JSONMember(subject.kind, .string(subject.id))) }
        members.append(JSONMember("message", .string(message)))
        return .object(members)
    }

    private static func list(_ fields: [String]) -> String {
        fields.sorted().joined(separator: ", ")
    }

    /// A name that the platform chose, made safe for a terminal and a log.
    private static func quoted(_ name: String) -> String {
        let safe = name.unicodeScalars.prefix(40).map {
            (0x20...0x7E).contains($0.value) && $0 != "\"" ? String($0) : "?"
        }
        return "\"" + safe.joined() + "\""
    }
}
