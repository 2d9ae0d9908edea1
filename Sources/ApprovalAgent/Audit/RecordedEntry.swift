package import ApprovalCore

/// One entry of the ledger as it is read for people and other programs: what it says, and the
/// transaction that it is about.
package struct RecordedEntry: Hashable, Sendable {
    /// From 1, without a gap.
    package let seq: Int64
    package let time: UnixTime
    package let kind: EntryKind
    package let transactionID: TransactionID?
    /// The entry itself: RFC 8785 canonical JSON. That of a confirmed outcome holds the signature;
    /// only ``disclosed(_:)`` goes out.
    package let bytes: [UInt8]
    package let transaction: RecordedTransaction
    /// Whether any member of it is called `signature`.
    package let hasSignature: Bool
    private let parsed: JSONValue?

    /// Throws ``LedgerError/corrupt(_:)`` where the bytes are no JSON. Only `parses` false leaves
    /// that open, for entries that go out as they are: parsing takes longer than all the rest.
    package init(
        seq: Int64, time: UnixTime, kind: EntryKind, transactionID: TransactionID?, bytes: [UInt8],
        transaction: RecordedTransaction, parses: Bool = true
    ) throws(LedgerError) {
        self.seq = seq
        self.time = time
        self.kind = kind
        self.transactionID = transactionID
        self.bytes = bytes
        self.transaction = transaction
        // Within a text the quotes would be escaped.
        hasSignature = bytes.holds(Self.signatureMember)
        guard parses || hasSignature else {
            parsed = nil
            return
        }
        do throws(JSONError) { parsed = try JSONValue(parsing: bytes) } catch {
            throw .corrupt("entry \(seq) is no JSON")
        }
    }

    private static let signatureMember = Array("\"signature\":".utf8)

    /// The entry, parsed; null where it was not to be parsed and is no JSON.
    package var json: JSONValue { parsed ?? (try? JSONValue(parsing: bytes)) ?? .null }
}

extension [UInt8] {
    /// Whether these bytes stand in it somewhere. For needles whose first byte is rare.
    func holds(_ needle: [UInt8]) -> Bool {
        guard let first = needle.first, count >= needle.count else { return needle.isEmpty }
        var start = 0
        let last = count - needle.count
        while start <= last {
            if self[start] == first {
                var length = 1
                while length < needle.count, self[start + length] == needle[length] { length += 1 }
                if length == needle.count { return true }
            }
            start += 1
        }
        return false
    }
}

/// The body of a transaction as the ledger keeps it: the one that was decided on last before an
/// entry was written, or by that entry.
package enum RecordedTransaction: Hashable, Sendable {
    /// The entry is about no transaction, or about one that was not decided on before it; or
    /// nobody asked.
    case absent
    /// It was decided on, and its body is no longer kept; its SHA-256 is.
    case erased(Digest)
    /// Its SHA-256, and the body as the platform gave it.
    case kept(Digest, JSONValue)

    /// A field of the body that is text.
    package func text(_ field: String) -> String? {
        guard case .kept(_, let body) = self else { return nil }
        return body[field]?.text
    }

    /// The address, or the receiving account, that it goes to.
    package var destination: String? {
        text("type").flatMap(TransactionType.init(rawValue:)).flatMap { text($0.destinationField) }
    }

    /// SHA-256 of the body.
    package var digest: Digest? {
        switch self {
        case .absent: nil
        case .erased(let digest), .kept(let digest, _): digest
        }
    }
}

// What an entry says, whatever its kind.
extension RecordedEntry {
    /// The result of a decision, or the entry itself.
    private var result: JSONValue {
        guard let result = json["result"], result["action"] != nil else { return json }
        return result
    }

    /// The account that the transaction goes from: that of its body, or the one that the entry
    /// names itself.
    package var accountID: String? { transaction.text("account_id") ?? json["account_id"]?.text }

    /// What was decided, or what an item was put back as.
    package var action: String? { result["action"]?.text }

    /// The rules that were TRUE or UNKNOWN, and those that a reason names; each once.
    package var rules: [String] {
        let matched = result["rules"]?.elements ?? []
        let named = matched.compactMap { $0.text ?? $0["id"]?.text } + reasons.compactMap(\.rule)
        var seen: Set<Verbatim> = []
        return named.filter { seen.insert(Verbatim($0)).inserted }
    }

    /// Why, in the order of the entry.
    package var reasons: [RecordedReason] {
        let limits = result["limits"]?.elements ?? []
        return (result["reasons"]?.elements ?? []).compactMap {
            RecordedReason($0, action: action, limits: limits)
        }
    }

    /// How each limit stood.
    package var limits: [JSONValue] { result["limits"]?.elements ?? [] }

    /// A text of the entry's own.
    package func text(_ member: String) -> String? { json[member]?.text }
}

// What goes out.
extension RecordedEntry {
    /// INVARIANT: I11. The entry with the SHA-256 of the signature in the signature's place; every
    /// other entry as it is.
    package func disclosed(_ sha256: SHA256) -> JSONValue {
        hasSignature ? Self.withheld(json, sha256) : json
    }

    /// ``disclosed(_:)`` as canonical bytes: those of the entry itself, but for a signature.
    package func disclosedBytes(_ sha256: SHA256) -> [UInt8] {
        hasSignature ? Self.withheld(json, sha256).canonicalBytes ?? [] : bytes
    }

    private static func withheld(_ value: JSONValue, _ sha256: SHA256) -> JSONValue {
        switch value {
        case .null, .bool, .number, .string: value
        case .array(let elements): .array(elements.map { withheld($0, sha256) })
        case .object(let members):
            .object(
                members.map { member in
                    guard member.name.isVerbatim("signature") else {
                        return JSONMember(member.name, withheld(member.value, sha256))
                    }
                    return JSONMember("signature_sha256", hash(of: member.value, sha256))
                })
        }
    }

    /// The hash that the entry of the signing has: over the 64 bytes.
    private static func hash(of signature: JSONValue, _ sha256: SHA256) -> JSONValue {
        guard let bytes = signature.text.flatMap([UInt8].init(hex:)) else { return .null }
        return .string(sha256(bytes).description)
    }
}
