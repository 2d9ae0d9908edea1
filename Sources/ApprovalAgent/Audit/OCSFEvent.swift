package import ApprovalCore

/// An entry as an event of the Open Cybersecurity Schema Framework 1.8.0, class API Activity
/// (6003), for a SIEM. It is a view; the evidence is the entry, whose SHA-256 stands in
/// `raw_data_hash`.
package struct OCSFEvent: Sendable {
    /// The log's name: `ledger.origin`.
    package let origin: String
    package let sha256: SHA256

    package init(origin: String, sha256: @escaping SHA256) {
        self.origin = origin
        self.sha256 = sha256
    }

    /// INVARIANT: I11. No signature is in it, only its hash.
    package func json(_ entry: RecordedEntry) -> JSONValue {
        let body = entry.disclosed(sha256)
        let severity = Severity(entry)
        let failed = [.failed, .conflict].contains(entry.kind)
        return .object([
            "activity_id": .integer(99), "activity_name": .string(entry.kind.rawValue),
            "category_name": .string("Application Activity"), "category_uid": .integer(6),
            "class_name": .string("API Activity"), "class_uid": .integer(6003),
            "type_name": .string("API Activity: Other"), "type_uid": .integer(600_399),
            "time": .integer(entry.time.milliseconds),
            "severity": .string(severity.name), "severity_id": .integer(severity.rawValue),
            "status": .string(failed ? "Failure" : "Success"),
            "status_id": .integer(failed ? 2 : 1),
            "status_code": entry.action.map(JSONValue.string),
            "message": .string(message(entry)),
            "metadata": metadata(entry), "actor": actor(body),
            "api": api(entry, body), "src_endpoint": source(body),
            "resources": entry.transactionID.map { .array([resource($0, entry)]) },
            "raw_data_hash": .object([
                "algorithm": .string("SHA-256"), "algorithm_id": .integer(3),
                "value": .string(sha256(entry.bytes).description),
            ]),
            "raw_data_size": .integer(entry.bytes.count),
            "unmapped": unmapped(entry, body),
        ])
    }

    private func metadata(_ entry: RecordedEntry) -> JSONValue {
        .object([
            "version": .string("1.8.0"),
            "product": .object([
                "name": .string("countersign"), "vendor_name": .string("countersign"),
                "version": .string(Version.engine),
            ]),
            "uid": .string("\(origin)#\(entry.seq)"), "sequence": .integer(entry.seq),
            "log_name": .string(origin),
            "correlation_uid": entry.transactionID.map { .string($0.text) },
        ])
    }

    /// Who acted: the agent, under a policy where the entry names one.
    private func actor(_ body: JSONValue) -> JSONValue {
        let policy = body["policy"]
        let name = policy?["id"]?.text.map { id in
            "policy:\(id)@\(policy?["revision"]?.integer.map(String.init) ?? "?")"
        }
        return .object([
            "app_name": .string("countersign"),
            "user": name.map {
                .object([
                    "name": .string("countersign"), "uid": .string($0), "type": .string("System"),
                    "type_id": .integer(3),
                ])
            },
        ])
    }

    private func api(_ entry: RecordedEntry, _ body: JSONValue) -> JSONValue {
        .object([
            "operation": .string("approval.\(entry.kind.rawValue)"),
            "service": .object(["name": .string("custody")]),
            "request": body["approval_request_id"]?.text.map { .object(["uid": .string($0)]) },
        ])
    }

    private func source(_ body: JSONValue) -> JSONValue {
        .object([
            "name": .string(body["environment"]?.text ?? origin),
            "svc_name": .string("countersign"),
        ])
    }

    private func resource(_ id: TransactionID, _ entry: RecordedEntry) -> JSONValue {
        let transaction = entry.transaction
        return .object([
            "uid": .string(id.text), "type": .string(transaction.text("type") ?? "transaction"),
            "owner": entry.accountID.map { account in
                .object(["account": .object(["uid": .string(account)]), "uid": .string(account)])
            },
        ])
    }

    /// What the framework has no place for.
    private func unmapped(_ entry: RecordedEntry, _ body: JSONValue) -> JSONValue {
        let transaction = entry.transaction
        func optional(_ text: String?) -> JSONValue? { text.map(JSONValue.string) }
        return .object([
            "action": optional(entry.action),
            "rules": .array(entry.rules.map(JSONValue.string)),
            "reasons": .array(entry.reasons.map { .string($0.code) }),
            "limits": entry.limits.isEmpty ? nil : .array(entry.limits),
            "policy": body["policy"], "amount": optional(transaction.text("amount")),
            "fee_amount": optional(transaction.text("fee_amount")),
            "destination": optional(transaction.destination),
            "reference": optional(transaction.text("reference")),
            "transaction_sha256": optional(transaction.digest?.description),
            "challenge_sha256": body["challenge_sha256"],
            "signature_sha256": body["signature_sha256"],
            "transaction_state": body["transaction_state"],
        ])
    }

    private func message(_ entry: RecordedEntry) -> String {
        let about = entry.transactionID.map { " transaction \($0)" } ?? ""
        let why = entry.reasons.map(\.sentence).joined(separator: "; ")
        return "\(entry.kind.rawValue)\(about)" + (entry.action.map { ": \($0)" } ?? "")
            + (why.isEmpty ? "" : " (\(why))")
    }

    /// How loud it is for a SIEM.
    private enum Severity: Int {
        case informational = 1
        case low, medium, high

        var name: String {
            switch self {
            case .informational: "Informational"
            case .low: "Low"
            case .medium: "Medium"
            case .high: "High"
            }
        }

        init(_ entry: RecordedEntry) {
            switch entry.kind {
            case .conflict: self = .high
            case .failed, .quarantined, .policyRejected, .halted, .clockAnomaly: self = .medium
            case .released, .resumed, .cancelled, .policyActivated, .reconciled: self = .low
            case .decided:
                self =
                    entry.action.map { $0.isVerbatim("allow") } ?? false
                    ? .informational : .low
            case .requested, .asked, .signed, .delivered, .confirmed, .started, .stopped,
                .checkpoint:
                self = .informational
            }
        }
    }
}
