package import ApprovalCore

/// An entry as a row of a table.
package enum EntryRow {
    /// The names of the columns, in their order; new ones are only ever added at the end.
    package static let columns = [
        "seq", "time", "kind", "environment", "transaction_id", "account_id", "type", "amount",
        "fee_amount", "destination", "reference", "action", "rules", "reasons", "limits",
        "policy_id", "policy_revision", "policy_digest", "transaction_sha256",
        "approval_request_id", "challenge_sha256", "signature_sha256", "transaction_state",
        "entry_sha256", "other",
    ]

    /// The cells of one entry. INVARIANT: I11. No signature is among them, only its hash.
    package static func cells(_ entry: RecordedEntry, _ sha256: SHA256) -> [String] {
        let json = entry.disclosed(sha256)
        let transaction = entry.transaction
        let policy = json["policy"]
        func own(_ member: String) -> String { json[member]?.text ?? "" }
        return [
            String(entry.seq), entry.time.description, entry.kind.rawValue, own("environment"),
            entry.transactionID?.text ?? "", entry.accountID ?? "",
            transaction.text("type") ?? "", transaction.text("amount") ?? "",
            transaction.text("fee_amount") ?? "", transaction.destination ?? "",
            transaction.text("reference") ?? "", entry.action ?? "",
            entry.rules.joined(separator: " "),
            entry.reasons.map(\.code).joined(separator: " "),
            entry.limits.isEmpty ? "" : text(.array(entry.limits)),
            policy?["id"]?.text ?? "", policy?["revision"]?.integer.map(String.init) ?? "",
            policy?["digest"]?.text ?? "", transaction.digest?.description ?? "",
            own("approval_request_id"), own("challenge_sha256"), own("signature_sha256"),
            own("transaction_state"), sha256(entry.bytes).description, other(json),
        ]
    }

    /// The members that stand in columns of their own, and those of a decision that `audit show`
    /// tells.
    private static let told: Set<String> = [
        "v", "seq", "time", "kind", "environment", "transaction_id", "account_id", "action",
        "rules", "reasons", "policy", "inputs", "approval_request_id", "challenge_sha256",
        "signature_sha256", "transaction_state",
    ]

    /// What has no column, as one JSON object; empty where there is nothing.
    private static func other(_ json: JSONValue) -> String {
        guard case .object(let members) = json else { return "" }
        let rest = members.filter { member in
            !told.contains(member.name)
                && !(member.name.isVerbatim("result") && member.value["action"] != nil)
        }
        return rest.isEmpty ? "" : text(.object(rest))
    }

    private static func text(_ json: JSONValue) -> String {
        String(decoding: json.canonicalBytes ?? [], as: UTF8.self)
    }
}
