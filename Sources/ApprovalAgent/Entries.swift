import ApprovalCore

/// The members of ledger entries, beside `v`, `seq`, `time`, `kind`, `environment` and
/// `transaction_id`, which the ledger adds. Canonical JSON; no signature before a confirmation.
struct Entries: Sendable {
    let sha256: SHA256

    /// `decided`: the inputs, the policy and the result, enough to decide again.
    func decided(
        _ subject: Case, _ decision: Decision, _ weighing: Weighing, _ answers: Answers,
        under policy: LoadedPolicy
    ) -> [JSONMember] {
        let asked = weighing.questions
        var inputs = [
            JSONMember("transaction_sha256", digest(subject.transaction.bytes)),
            JSONMember("transaction_bytes", .integer(subject.transaction.bytes.count)),
            JSONMember("account_sha256", digest(subject.account.bytes)),
            JSONMember("now", .string(weighing.moment.now.description)),
            JSONMember("usage", .array(answers.usage.map(Self.usage))),
        ]
        if let civil = weighing.moment.civil { inputs.append(JSONMember("civil", civil.json)) }
        if policy.policy.readsTier {
            inputs.append(JSONMember("tier", subject.tier?.json ?? .null))
        }
        if asked.destination != nil {
            inputs.append(JSONMember("destination", answers.destination?.json ?? .null))
        }
        if asked.reference != nil {
            inputs.append(
                JSONMember("same_reference", .optional(answers.sameReference?.text)))
        }
        if asked.asksFirstDecision {
            inputs.append(
                JSONMember("first_decision", .optional(answers.firstDecision?.description)))
        }
        return [
            JSONMember("inputs", .object(inputs)), JSONMember("policy", policy.json),
            JSONMember("engine", .string(Version.engine)),
            JSONMember("result", Self.result(decision)),
        ]
    }

    /// What makes a decision worth a new entry: action, rules, reason codes, policy and body.
    func fingerprint(
        _ subject: Case, _ decision: Decision, under policy: LoadedPolicy
    ) -> Digest {
        let parts =
            [decision.action.rawValue, policy.digest.description]
            + [sha256(subject.transaction.bytes).description]
            + decision.rules.map { "\($0.id)=\($0.match.word)" }
            + decision.reasons.map { "\($0.code) \($0.subject?.id ?? "")" }
        return sha256(Array(parts.joined(separator: "\n").utf8))
    }

    /// `requested`.
    func requested(_ request: ApprovalRequest, method: ApprovalMethodID) -> [JSONMember] {
        [
            JSONMember("approval_request_id", .string(request.id.text)),
            JSONMember("approval_method_id", .string(method.text)),
        ]
    }

    /// `released`, `failed`, `conflict`, `quarantined`: what happened, and why.
    func reasons(_ action: Decision.Action?, _ reasons: [Reason]) -> [JSONMember] {
        let action = action.map { [JSONMember("action", .string($0.rawValue))] } ?? []
        return action + [JSONMember("reasons", .array(reasons.map(\.json)))]
    }

    /// `signed`: what was signed, and only the hash of the signature.
    func signed(_ challenge: Challenge, _ record: ChallengeRecord, by key: PublicKey)
        -> [JSONMember]
    {
        [
            JSONMember("message", .string(String(decoding: record.message, as: UTF8.self))),
            JSONMember("attributes", .array(challenge.attributes.map(JSONValue.string))),
            JSONMember("challenge_sha256", .string(record.digest.description)),
            JSONMember("signature_sha256", .string(record.signatureDigest.description)),
            JSONMember("public_key", .string(key.description)),
        ]
    }

    /// `delivered`: when it was attempted, and what the attempt gave.
    func delivered(at time: UnixTime, result: String) -> [JSONMember] {
        [
            JSONMember("attempted_at", .string(time.description)),
            JSONMember("result", .string(result)),
        ]
    }

    /// `confirmed`: what the platform shows; the signature itself may be kept from here on.
    func confirmed(
        _ request: ApprovalRequestID, transactionState: TransactionState, signature: Signature?
    ) -> [JSONMember] {
        let kept = signature.map { [JSONMember("signature", .string($0.bytes.hex))] } ?? []
        return [
            JSONMember("approval_request_id", .string(request.text)),
            JSONMember("transaction_state", .string(transactionState.rawValue)),
        ] + kept
    }

    /// `confirmed` by people: who approved it.
    func confirmed(_ asking: Asking, transactionState: TransactionState) -> [JSONMember] {
        confirmed(asking.requestID, transactionState: transactionState, signature: nil) + [
            JSONMember("asking", asking.json)
        ]
    }

    /// `cancelled`: which rules and reasons, and the hash of the body that they were found on.
    func cancelled(_ transaction: Transaction, _ decision: Decision, under policy: LoadedPolicy)
        -> [JSONMember]
    {
        [
            JSONMember("transaction_sha256", digest(transaction.bytes)),
            JSONMember("policy", policy.json),
            JSONMember("rules", .array(decision.rules.map { .string($0.id) })),
        ] + reasons(decision.action, decision.reasons)
    }

    /// `policy_rejected`: what was not accepted (null where it could not be read), why, and what
    /// stays. Of many reasons the first are kept.
    func rejected(
        _ findings: [String], _ next: LoadedPolicy?, staying: LoadedPolicy
    ) -> [JSONMember] {
        let kept = findings.prefix(Self.maximumFindings).map { finding in
            JSONValue.string(String(finding.unicodeScalars.prefix(Self.maximumFinding)))
        }
        return [
            JSONMember("rejected", next?.json ?? .null), JSONMember("findings", .array(kept)),
            JSONMember("findings_in_all", .integer(findings.count)),
            JSONMember("policy", staying.json),
        ]
    }

    private static let maximumFindings = 32
    /// In Unicode scalars: 32 of the longest still fit into one entry.
    private static let maximumFinding = 300

    private func digest(_ bytes: [UInt8]) -> JSONValue {
        .string(sha256(bytes).description)
    }

    private static func usage(_ usage: LimitUsage) -> JSONValue {
        .object([
            JSONMember("limit", .string(usage.limit)),
            JSONMember("key", .string(usage.key)),
            JSONMember("since", .optional(usage.since?.description)),
            JSONMember("used", .string(usage.used.description)),
            JSONMember("count", .integer(usage.count)),
            JSONMember("room_after", .optional(usage.roomAfter?.description)),
        ])
    }

    private static func result(_ decision: Decision) -> JSONValue {
        let rules = decision.rules.map { rule -> JSONValue in
            .object([
                JSONMember("id", .string(rule.id)), JSONMember("match", .string(rule.match.word)),
            ])
        }
        let reasons = decision.reasons.map { reason -> JSONValue in
            let subject = reason.subject.map { [JSONMember($0.kind, .string($0.id))] } ?? []
            return .object([JSONMember("code", .string(reason.code))] + subject)
        }
        let quorum = decision.quorum.map { [JSONMember("quorum", .string($0.group.name))] } ?? []
        return .object(
            quorum + [
                JSONMember("action", .string(decision.action.rawValue)),
                JSONMember("rules", .array(rules)),
                JSONMember("limits", .array(decision.limits.map(\.json))),
                JSONMember("patterns", .array(decision.patterns.map(\.json))),
                JSONMember("guards", .array(decision.guards.map(\.json))),
                JSONMember("reasons", .array(reasons)),
            ])
    }
}

extension CivilTime {
    /// `{"zone","weekday","minute_of_day"}`; weekday 1 is Monday.
    fileprivate var json: JSONValue {
        .object([
            JSONMember("zone", .string(zone)), JSONMember("weekday", .integer(weekday.number)),
            JSONMember("minute_of_day", .integer(minuteOfDay)),
        ])
    }
}

extension DestinationAge {
    /// `{"activated_at","original"}`.
    fileprivate var json: JSONValue {
        .object([
            JSONMember("activated_at", .string(activatedAt.description)),
            JSONMember("original", .bool(isOriginal)),
        ])
    }
}
