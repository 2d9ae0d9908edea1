import ApprovalCore

/// What members entries of a kind have, beside those that the ledger writes, and of what form.
enum EntryForm: Sendable {
    /// The form of one member's value.
    enum Value: Sendable {
        case text, time, digest, key, signature, whole, yes
        case identifier
        /// One of these words.
        case word(Set<String>)
        case texts, reasons, policy, policyOrNull, timeOrNull, asking

        func holds(_ value: JSONValue) -> Bool {
            switch self {
            case .text: value.text != nil
            case .time: Self.isTime(value)
            case .digest: value.text.flatMap(Digest.init(hex:)) != nil
            case .key: value.text.flatMap(PublicKey.init(hex:))?.description == value.text
            case .signature: value.text.flatMap { [UInt8](hex: $0) }?.count == 64
            case .whole: value.integer.map { $0 >= 0 } ?? false
            case .yes: value == .bool(true)
            case .identifier: value.text.flatMap(TransactionID.init) != nil
            case .word(let words): value.text.map(words.contains) ?? false
            case .texts: value.elements?.allSatisfy { $0.text != nil } ?? false
            case .reasons: value.elements?.allSatisfy(Self.isReason) ?? false
            case .policy: Self.isPolicy(value)
            case .policyOrNull: value == .null || Self.isPolicy(value)
            case .timeOrNull: value == .null || Self.isTime(value)
            case .asking:
                Asking(json: value)?.json.canonicalBytes == value.canonicalBytes
            }
        }

        private static func isTime(_ value: JSONValue) -> Bool {
            value.text.flatMap(UnixTime.init(rfc3339:))?.description == value.text
        }

        private static func isReason(_ value: JSONValue) -> Bool {
            guard case .object(let members) = value, let code = value["code"]?.text else {
                return false
            }
            let names = members.map(\.name)
            let subjects = Set(names).subtracting(["code", "message"])
            return Reason.codes.contains(code) && value["message"]?.text != nil
                && subjects.count <= 1 && names.count <= 3
                && subjects.isSubset(of: ["rule", "limit", "pattern", "guard", "setting", "group"])
                && members.allSatisfy { $0.value.text != nil }
        }

        private static func isPolicy(_ value: JSONValue) -> Bool {
            guard case .object(let members) = value else { return false }
            return members.count == 4 && value["id"]?.text != nil
                && value["revision"]?.integer != nil
                && value["address_book_revision"]?.integer != nil
                && value["digest"]?.text.flatMap(Digest.init(hex:)) != nil
        }
    }

    private struct Members: Sendable {
        let required: [String: Value]
        let optional: [String: Value]
        /// Whether it may have others, which are not looked at.
        var isOpen = false
    }

    private static let actions = Value.word(["hold", "escalate"])
    private static let evidence: [String: Value] = [
        "request_sha256": .digest, "transaction_sha256": .digest,
    ]

    private static let forms: [EntryKind: Members] = [
        .requested: Members(
            required: ["approval_request_id": .identifier, "approval_method_id": .identifier],
            optional: [:]),
        .released: Members(
            required: ["reasons": .reasons],
            optional: evidence.merging(["action": actions, "request_lost": .yes]) { $1 }),
        .asked: Members(
            required: ["asking": .asking],
            optional: evidence.merging(["action": actions, "reasons": .reasons]) { $1 }),
        .signed: Members(
            required: [
                "message": .text, "attributes": .texts, "challenge_sha256": .digest,
                "signature_sha256": .digest, "public_key": .key,
            ], optional: evidence),
        .delivered: Members(required: ["attempted_at": .time, "result": .text], optional: [:]),
        .confirmed: Members(
            required: [
                "approval_request_id": .identifier,
                "transaction_state": .word(["APPROVED", "COMPLETED"]),
            ], optional: ["signature": .signature, "asking": .asking]),
        .failed: Members(required: ["reasons": .reasons], optional: ["action": actions]),
        .conflict: Members(required: ["reasons": .reasons], optional: ["action": actions]),
        .quarantined: Members(
            required: ["reasons": .reasons],
            optional: ["action": actions, "account_id": .identifier]),
        .cancelled: Members(
            required: [
                "transaction_sha256": .digest, "policy": .policy, "rules": .texts,
                "action": .word(["block", "escalate"]), "reasons": .reasons,
            ], optional: [:]),
        .policyActivated: Members(required: ["policy": .policy], optional: [:]),
        .policyRejected: Members(
            required: [
                "rejected": .policyOrNull, "findings": .texts, "findings_in_all": .whole,
                "policy": .policy,
            ], optional: [:]),
        .started: Members(
            required: ["engine": .text, "policy": .policy], optional: [:], isOpen: true),
        .halted: Members(
            required: ["since": .timeOrNull, "by": .text, "why": .text],
            optional: ["scope": .word(["groups"])]),
        .resumed: Members(required: [:], optional: ["scope": .word(["groups"])]),
    ]

    /// Kinds that are about a transaction.
    static let aboutTransactions: Set<EntryKind> = [
        .decided, .requested, .released, .asked, .signed, .delivered, .confirmed, .failed,
        .conflict, .cancelled,
    ]

    /// The first member that is not what it must be; nil where all are.
    static func wrong(
        _ json: JSONValue, _ kind: EntryKind
    ) -> (expected: String, found: String)? {
        guard !(json["environment"]?.text ?? "").isEmpty else {
            return ("environment", json["environment"]?.short ?? "nothing")
        }
        if aboutTransactions.contains(kind), json["transaction_id"] == nil {
            return ("transaction_id", "nothing")
        }
        guard let form = forms[kind], case .object(let members) = json else { return nil }
        for (name, value) in form.required.sorted(by: { $0.key < $1.key }) {
            guard let found = json[name], value.holds(found) else {
                return ("\(name): \(value)", json[name]?.short ?? "nothing")
            }
        }
        for member in members
        where !EntryExaminer.own.contains(member.name) && form.required[member.name] == nil {
            guard let value = form.optional[member.name] else {
                if form.isOpen { continue }
                return ("no member \(member.name)", member.value.short)
            }
            guard value.holds(member.value) else {
                return ("\(member.name): \(value)", member.value.short)
            }
        }
        if let number = json["signature_number"], kind != .signed || !Value.whole.holds(number) {
            return ("signature_number of what is signed", number.short)
        }
        let evidence = evidence.keys.count { json[$0] != nil }
        guard kind == .cancelled || evidence != 1 else {
            return ("request_sha256 and transaction_sha256", "one of them")
        }
        return nil
    }
}
