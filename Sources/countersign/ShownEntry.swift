import ApprovalAgent
import ApprovalCore

/// One entry with everything that the ledger has of it.
struct ShownEntry {
    let entry: RecordedEntry
    let sha256: SHA256
    /// Whether the transaction stands with it, and not above it.
    var withTransaction = true

    /// `entry` (without a signature), the hashes of its bytes, the reasons with their sentences,
    /// and the transaction that it is about as it was decided on.
    var json: JSONValue {
        let body: JSONValue? =
            if case .kept(_, let body) = entry.transaction { body } else { nil }
        return .object([
            "entry": entry.disclosed(sha256), "entry_sha256": .string(digest),
            "leaf_hash": .string(leafHash),
            "reasons": .array(
                entry.reasons.map {
                    .object([
                        "code": .string($0.code), "kind": .optional($0.kind),
                        "id": .optional($0.id), "message": .string($0.sentence),
                    ])
                }),
            "transaction": body ?? .null,
            "transaction_sha256": .optional(entry.transaction.digest?.description),
        ])
    }

    private var digest: String { sha256(entry.bytes).description }
    /// As the audit log hashes a leaf (RFC 6962, section 2.1).
    private var leafHash: String { sha256([0] + entry.bytes).description }
}

// For people.
extension ShownEntry {
    /// A heading, and below it one line for each thing, named in a column of its own.
    var lines: [String] {
        let intent = entry.json["intent"] == .bool(true) ? ", reserved" : ""
        let head =
            "entry \(entry.seq)  \(entry.time)  \(entry.kind.rawValue)\(intent)"
            + (entry.text("environment").map { "  (\(Console.safe($0)))" } ?? "")
        return [head]
            + Self.columns(
                (withTransaction ? transactionLines : []) + decisionLines + rest + hashes)
    }

    /// The transaction, as it was decided on last before this entry or by it.
    var heading: [String] {
        ["transaction \(entry.transactionID?.text ?? "-")"]
            + Self.columns(
                transactionLines.filter { $0.0 != "transaction" }
                    + [("transaction_sha256", entry.transaction.digest?.description ?? "unknown")])
    }

    private static func columns(_ lines: [(String, String)]) -> [String] {
        lines.map { name, text in "  " + name.padded(to: 26) + Console.safe(text) }
    }

    private var transactionLines: [(String, String)] {
        var lines: [(String, String)] = []
        if let id = entry.transactionID { lines.append(("transaction", id.text)) }
        if let account = entry.accountID { lines.append(("account", account)) }
        switch entry.transaction {
        case .absent: break
        case .erased: lines.append(("body", "no longer kept"))
        case .kept:
            for name in ["type", "amount", "fee_amount", "reference", "created_at"] {
                if let text = entry.transaction.text(name) { lines.append((name, text)) }
            }
            if let destination = entry.transaction.destination {
                lines.append(("destination", destination))
            }
        }
        return lines
    }

    private var decisionLines: [(String, String)] {
        var lines = [("action", entry.action)].compactMap { name, text in
            text.map { (name, $0) }
        }
        let result = entry.json["result"]
        lines += (result?["rules"]?.elements ?? entry.json["rules"]?.elements ?? []).map {
            ("rule", [$0["id"]?.text ?? $0.text, $0["match"]?.text].spaced)
        }
        lines += entry.limits.map { ("limit", Self.limit($0)) }
        lines += (result?["patterns"]?.elements ?? []).map { ("pattern", Self.pattern($0)) }
        lines += (result?["guards"]?.elements ?? []).map {
            ("guard", [$0["id"]?.text, $0["match"]?.text].spaced)
        }
        lines += entry.reasons.map { ("reason", "\($0.code): \($0.sentence)") }
        if let policy = entry.json["policy"], let id = policy["id"]?.text {
            lines.append(("policy", policyName(id, policy)))
            lines.append(("policy digest", policy["digest"]?.text ?? "unknown"))
        }
        return lines
    }

    private func policyName(_ id: String, _ policy: JSONValue) -> String {
        let book = policy["address_book_revision"]?.integer.map { ", address book \($0)" }
        return "\(id), revision \(policy["revision"]?.integer.map(String.init) ?? "unknown")"
            + (book ?? "")
    }

    private static func limit(_ limit: JSONValue) -> String {
        let key = limit["key"]?.text.map { " for \($0)" } ?? ""
        let verdict = limit["exceeded"] == .bool(true) ? "EXCEEDED" : "within"
        var text = "\(limit["id"]?.text ?? "?")\(key): \(verdict)"
        if let most = limit["max"]?.text {
            text +=
                ", used \(limit["used"]?.text ?? "unknown"), this "
                + "\(limit["this"]?.text ?? "unknown"), at most \(most)"
        }
        if let most = limit["max_count"]?.integer {
            let count = limit["count"]?.integer.map(String.init) ?? "unknown"
            text += ", \(count) in number and this one, at most \(most)"
        }
        return text + (limit["room_at"]?.text.map { ", room returns \($0)" } ?? "")
    }

    private static func pattern(_ pattern: JSONValue) -> String {
        let verdict = pattern["seen"] == .bool(true) ? "SEEN" : "not seen"
        let count = pattern["count"]?.integer.map(String.init) ?? "unknown"
        let most = pattern["count_at_least"]?.integer.map(String.init) ?? "unknown"
        return "\(pattern["id"]?.text ?? "?"): \(verdict), \(count) and this one, acts from \(most)"
    }

    /// The members that have lines of their own.
    private static let told: Set<String> = [
        "intent", "account_id", "action", "rules", "reasons", "policy", "result",
    ]

    /// All that has no line of its own, by the names of the entry.
    private var rest: [(String, String)] {
        guard case .object(let members) = entry.disclosed(sha256) else { return [] }
        return members.filter { !EntryLine.common.contains($0.name) }.flatMap { member in
            if member.name.isVerbatim("asking"), let asking = Asking(json: member.value) {
                return [("asked", asking.sentence)] + Self.lines(member.name, member.value)
            }
            let isTold =
                Self.told.contains(member.name)
                && !(member.name.isVerbatim("result") && member.value["action"] == nil)
                && !(member.name.isVerbatim("policy") && member.value["id"] == nil)
            return isTold ? [] : Self.lines(member.name, member.value)
        }
    }

    /// A text by its lines, an object by its members, a list by its elements; deeper things as
    /// they are.
    private static func lines(_ name: String, _ value: JSONValue) -> [(String, String)] {
        switch value {
        case .string(let text):
            text.split(separator: "\n", omittingEmptySubsequences: false).map { (name, String($0)) }
        case .object(let members):
            members.map { ("\(name).\($0.name)", plain($0.value)) }
        case .array(let elements):
            elements.allSatisfy { $0.text != nil }
                ? [(name, elements.compactMap(\.text).joined(separator: ", "))]
                : elements.map { (name, plain($0)) }
        case .null, .bool, .number: [(name, plain(value))]
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        value.text ?? String(decoding: value.canonicalBytes ?? [], as: UTF8.self)
    }

    private var hashes: [(String, String)] {
        var lines = [("entry_sha256", digest), ("leaf_hash", leafHash)]
        if withTransaction, entry.json["inputs"] == nil, let body = entry.transaction.digest {
            lines.insert(("transaction_sha256", body.description), at: 0)
        }
        return lines
    }
}

extension [String?] {
    fileprivate var spaced: String { compactMap(\.self).joined(separator: " ") }
}

extension String {
    /// With spaces up to the width, and one at least.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - utf8.count))
    }
}
