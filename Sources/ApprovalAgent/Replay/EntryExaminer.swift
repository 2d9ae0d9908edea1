import ApprovalCore

/// Does entries again one by one: whatever can be told of an entry from itself, the bodies that
/// it names and its policy. Pure.
struct EntryExaminer: Sendable {
    let sha256: SHA256
    let bodies: KeptBodies
    let policies: [Digest: ReplayPolicies.Known]

    /// The members that the ledger itself writes.
    static let own: Set<String> = [
        "v", "seq", "time", "kind", "environment", "transaction_id", "intent", "signature_number",
    ]

    /// Reads an entry; nil where it is no JSON.
    static func parse(_ row: ReplayedRow) -> JSONValue? { try? JSONValue(parsing: row.body) }

    /// The hashes of the bodies that an entry names.
    static func bodies(namedIn json: JSONValue) -> [Digest] {
        let inputs = json["inputs"]
        return [
            inputs?["transaction_sha256"], inputs?["account_sha256"], json["request_sha256"],
            json["transaction_sha256"],
        ].compactMap { $0?.text.flatMap(Digest.init(hex:)) } + accepted(in: json)
    }

    private static func accepted(in json: JSONValue) -> [Digest] {
        (json["accepted"]?.elements ?? []).compactMap {
            $0["transaction_sha256"]?.text.flatMap(Digest.init(hex:))
        }
    }

    /// The hash of the account that a decision was made on.
    static func account(namedIn json: JSONValue) -> Digest? {
        json["inputs"]?["account_sha256"]?.text.flatMap(Digest.init(hex:))
    }

    /// The policy that an entry names.
    static func policy(namedIn json: JSONValue) -> Digest? {
        json["policy"]?["digest"]?.text.flatMap(Digest.init(hex:))
    }

    /// Does one entry again. `json` is what it parses as; nil where it does not.
    func examine(_ row: ReplayedRow, _ json: JSONValue?) -> ExaminedEntry {
        var entry = ExaminedEntry(row)
        entry.tally.entries = 1
        guard let json, case .object = json else {
            entry.diverge(.canonical, expected: "canonical JSON", found: "something else")
            return entry
        }
        entry.environment = json["environment"]?.text
        if row.kind == .decided {
            decided(&entry, json)
            return entry
        }
        let expected = JSONValue.object(own(row, json, isIntended: false) + foreign(json))
        guard expected.canonicalBytes == row.body else {
            entry.divergences.append(Self.divergence(row, json, expected))
            return entry
        }
        if let wrong = EntryForm.wrong(json, row.kind) {
            entry.diverge(.members, expected: wrong.expected, found: wrong.found)
            return entry
        }
        step(&entry, json)
        return entry
    }

    /// The members that the ledger writes, from the row.
    func own(_ row: ReplayedRow, _ json: JSONValue, isIntended: Bool) -> [JSONMember] {
        let environment = json["environment"].flatMap { $0.text == nil ? nil : $0 }
        return [
            JSONMember("v", .integer(1)), JSONMember("seq", .integer(row.seq)),
            JSONMember("time", .string(row.time.description)),
            JSONMember("kind", .string(row.kind.rawValue)),
            JSONMember("environment", environment ?? .string("")),
        ] + (row.transactionID.map { [JSONMember("transaction_id", .string($0.text))] } ?? [])
            + (isIntended ? [JSONMember("intent", .bool(true))] : [])
    }

    private func foreign(_ json: JSONValue) -> [JSONMember] {
        guard case .object(let members) = json else { return [] }
        return members.filter { !Self.own.contains($0.name) || $0.name == "signature_number" }
    }

    /// Where an entry is not, byte for byte, what was expected.
    static func divergence(
        _ row: ReplayedRow, _ found: JSONValue, _ expected: JSONValue
    ) -> Divergence {
        guard let (path, left, right) = JSONValue.difference(expected: expected, found: found)
        else {
            return Divergence(
                row, .canonical, expected: "canonical JSON of \(expected.short)",
                found: "other bytes")
        }
        let place = path.joined(separator: ".")
        return Divergence(
            row, stage(path), expected: "\(place): \(left?.short ?? "nothing")",
            found: right?.short ?? "nothing")
    }

    private static func stage(_ path: [String]) -> Divergence.Stage {
        switch path.first {
        case "v", "seq", "kind", "transaction_id": .numbering
        case "time": .time
        case "intent": .intent
        case "policy": .policy
        case "result": .decision
        case "inputs" where path.count > 1: stage(ofInput: path[1])
        default: .members
        }
    }

    private static func stage(ofInput name: String) -> Divergence.Stage {
        switch name {
        case "transaction_sha256", "transaction_bytes", "account_sha256", "account_bytes": .body
        case "now": .time
        case "civil": .civil
        case "usage", "tier", "destination", "same_reference", "first_decision": .usage
        default: .members
        }
    }

    /// A kept body, held against its hash. Empty where it was erased.
    func body(_ digest: Digest, _ entry: inout ExaminedEntry) -> [UInt8]?? {
        guard let body = bodies[digest] else { return .some(nil) }
        guard body.found == digest else {
            entry.diverge(.body, expected: "\(digest)", found: "\(body.found)")
            return nil
        }
        return body.bytes
    }
}
