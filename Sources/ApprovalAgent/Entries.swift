import ApprovalCore

/// The members of ledger entries, beside `v`, `seq`, `time`, `kind`, `environment` and
/// `transaction_id`, which the ledger adds. Canonical JSON; no signature before a confirmation.
struct Entries: Sendable {
    let sha256: SHA256

    /// `decided`: the inputs, the policy and the result, enough to decide again.
    func decided(
        _ subject: Case, _ decision: Decision, _ weighing: Weighing, _ answers: Answers,
        _ standpoint: Standpoint, under policy: LoadedPolicy
    ) -> [JSONMember] {
        decided(
            subject, (sha256(subject.transaction.bytes), sha256(subject.account.bytes)), weighing,
            answers, standpoint.members, under: policy, engine: .string(Version.engine),
            result: Self.result(decision, told: decision.reasons.map(Self.told)))
    }

    /// The same from what an entry says; `digests` are those of the bodies of `subject`.
    func decided(
        _ subject: Case, _ digests: (transaction: Digest, account: Digest), _ weighing: Weighing,
        _ answers: Answers, _ standpoint: [JSONMember], under policy: LoadedPolicy,
        engine: JSONValue, result: JSONValue
    ) -> [JSONMember] {
        let asked = weighing.questions
        var inputs = [
            JSONMember("transaction_sha256", .string(digests.transaction.description)),
            JSONMember("transaction_bytes", .integer(subject.transaction.bytes.count)),
            JSONMember("account_sha256", .string(digests.account.description)),
            JSONMember("account_bytes", .integer(subject.account.bytes.count)),
            JSONMember("now", .string(weighing.moment.now.description)),
            JSONMember("usage", .array(answers.usage.map(Self.usage))),
        ]
        inputs += standpoint
        if let civil = weighing.moment.civil {
            inputs.append(JSONMember("civil", civil.json(policy.policy.calendarUnits)))
        }
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
            JSONMember("engine", engine), JSONMember("result", result),
        ]
    }

    /// `started`: with whose keys, so that later entries can be held against it.
    static func approvers(_ keys: [EntityID: PublicKey]) -> JSONValue {
        .array(
            keys.sorted { $0.key < $1.key }.map { entity, key in
                .object([
                    JSONMember("entity_id", .string(entity.text)),
                    JSONMember("public_key", .string(key.description)),
                ])
            })
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

    /// By which bodies a step was made; empty where none is kept.
    func evidence(_ evidence: Evidence?) -> [JSONMember] {
        evidence.map {
            [
                JSONMember("request_sha256", digest($0.request.bytes)),
                JSONMember("transaction_sha256", digest($0.current.bytes)),
            ]
        } ?? []
    }

    /// `signed`: what was signed, what it was bound to, and only the hash of the signature.
    func signed(
        _ bound: Bound, _ record: ChallengeRecord, by key: PublicKey
    ) -> [JSONMember] {
        let challenge = bound.challenge
        return evidence(bound.evidence) + [
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
            JSONMember("count", .integer(usage.count)),
            JSONMember("key", .string(usage.key)),
            JSONMember("limit", .string(usage.limit)),
            JSONMember("room_after", .optional(usage.roomAfter?.description)),
            JSONMember("since", .optional(usage.since?.description)),
            JSONMember("used", .string(usage.used.description)),
        ])
    }

    /// A reason as a result tells it.
    static func told(_ reason: Reason) -> JSONValue {
        let subject = reason.subject.map { [JSONMember($0.kind, .string($0.id))] } ?? []
        return .object([JSONMember("code", .string(reason.code))] + subject)
    }

    /// What was decided, with these reasons.
    static func result(_ decision: Decision, told reasons: [JSONValue]) -> JSONValue {
        let rules = decision.rules.map { rule -> JSONValue in
            .object([
                JSONMember("id", .string(rule.id)), JSONMember("match", .string(rule.match.word)),
            ])
        }
        let quorum = decision.quorum.map { [JSONMember("quorum", .string($0.group.name))] } ?? []
        return .object(
            [
                JSONMember("action", .string(decision.action.rawValue)),
                JSONMember("guards", .array(decision.guards.map(\.json))),
                JSONMember("limits", .array(decision.limits.map(\.json))),
                JSONMember("patterns", .array(decision.patterns.map(\.json))),
            ] + quorum + [
                JSONMember("reasons", .array(reasons)), JSONMember("rules", .array(rules)),
            ])
    }
}

extension CivilTime {
    /// `{"zone","weekday","minute_of_day"}`, and `{"start","end"}` of each of these units; weekday
    /// 1 is Monday.
    fileprivate func json(_ units: Set<Window.Unit>) -> JSONValue {
        let spans = Window.Unit.allCases.filter(units.contains).map { unit in
            JSONMember(
                unit.rawValue,
                .object([
                    JSONMember("start", .string(span(unit).start.description)),
                    JSONMember("end", .string(span(unit).end.description)),
                ]))
        }
        return .object(
            [
                JSONMember("zone", .string(zone)), JSONMember("weekday", .integer(weekday.number)),
                JSONMember("minute_of_day", .integer(minuteOfDay)),
            ] + spans)
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
