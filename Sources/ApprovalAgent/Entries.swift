import ApprovalCore

/// The members of ledger entries, beside `v`, `seq`, `time`, `kind`, `environment` and
/// `transaction_id`, which the ledger adds. Canonical JSON; no signature before a confirmation.
struct Entries: Sendable {
    let policy: LoadedPolicy
    let sha256: SHA256

    /// `decided`: the inputs, the policy and the result, enough to decide again.
    func decided(
        _ subject: Case, _ decision: Decision, usage: [LimitUsage], now: UnixTime
    ) -> [JSONMember] {
        let inputs: JSONValue = .object([
            JSONMember("transaction_sha256", digest(subject.transaction.bytes)),
            JSONMember("transaction_bytes", .integer(subject.transaction.bytes.count)),
            JSONMember("account_sha256", digest(subject.account.bytes)),
            JSONMember("now", .string(now.description)),
            JSONMember("usage", .array(usage.map(Self.usage))),
        ])
        return [
            JSONMember("inputs", inputs), JSONMember("policy", policyMember),
            JSONMember("engine", .string(Version.engine)),
            JSONMember("result", Self.result(decision)),
        ]
    }

    /// What makes a decision worth a new entry: action, rules, reason codes, policy and body.
    func fingerprint(_ subject: Case, _ decision: Decision) -> Digest {
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

    /// `started`, `policy_activated`.
    var policyMember: JSONValue { policy.json }

    private func digest(_ bytes: [UInt8]) -> JSONValue {
        .string(sha256(bytes).description)
    }

    private static func usage(_ usage: LimitUsage) -> JSONValue {
        .object([
            JSONMember("limit", .string(usage.limit)),
            JSONMember("key", .string(usage.key)),
            JSONMember("since", .string(usage.since.description)),
            JSONMember("used", .string(usage.used.description)),
            JSONMember("count", .integer(usage.count)),
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
        return .object([
            JSONMember("action", .string(decision.action.rawValue)),
            JSONMember("rules", .array(rules)),
            JSONMember("limits", .array(decision.limits.map(\.json))),
            JSONMember("reasons", .array(reasons)),
        ])
    }
}
