internal import ApprovalAgent
internal import ApprovalCore

/// The transactions of a file of tests: those that have a name, and those that are made from
/// them.
struct PolicyTestFixtures {
    private let policy: Policy?
    /// nil for what has a name, but could not be read.
    private var known: [String: PolicyTestTransaction?] = [:]

    /// Reads all of them, whatever their order, and reports what is wrong with each once.
    init(_ field: YAMLField?, _ policy: Policy?) {
        self.policy = policy
        guard let fields = field?.fields() else { return }
        let entries = fields.everyEntry()
        for entry in entries { _ = entry.name.name() }
        let written = Dictionary(
            entries.map { ($0.name.node.plainOrQuoted ?? "", $0.value) },
            uniquingKeysWith: { first, _ in first })
        for name in written.keys.sorted() {
            for link in chain(from: name, written).reversed() where known[link] == nil {
                let transaction = written[link]?.mapping { self.transaction($0) } ?? nil
                known.updateValue(transaction, forKey: link)
            }
        }
    }

    /// The fixture and what it is made from, as far as that was not read before. Where it leads
    /// back to itself that is reported, and one of them counts as read.
    private mutating func chain(from name: String, _ written: [String: YAMLField]) -> [String] {
        var chain: [String] = []
        var seen: Set<String> = []
        var next: String? = name
        while let name = next, known[name] == nil, let field = written[name] {
            chain.append(name)
            seen.insert(name)
            let origin = field.child("$from")
            next = origin?.node.plainOrQuoted
            guard let origin, let back = next, seen.contains(back) else { continue }
            let circle = chain.drop { $0 != back } + [back]
            origin.report(
                .wrongType,
                "these fixtures are made from one another: "
                    + circle.suffix(Self.mostNamed).map(Shown.word).joined(separator: ", "),
                fix: "write one of them out")
            known.updateValue(nil, forKey: back)
        }
        return chain
    }

    /// Of fixtures that are made from one another so many are named.
    private static let mostNamed = 8

    /// A fixture's name, or fields of its own, from a fixture or not.
    func transaction(_ field: YAMLField) -> PolicyTestTransaction? {
        guard case .scalar = field.node.content, !field.node.isPlainNull else {
            return field.mapping(transaction)
        }
        guard let name = field.string(), let fixture = fixture(name, field) else { return nil }
        return PolicyTestTransaction(fixture: name, fields: fixture.fields)
    }

    /// nil without a finding where the fixture itself was reported.
    private func fixture(_ name: String, _ field: YAMLField) -> PolicyTestTransaction? {
        guard let found = known[name] else {
            field.reportUnknown(name, "fixture of this file", known: known.keys)
            return nil
        }
        return found
    }

    private func transaction(_ fields: YAMLFields) -> PolicyTestTransaction? {
        var base: PolicyTestTransaction?
        var name: String?
        var isSound = true
        if let origin = fields.optional("$from") {
            name = origin.string()
            base = name.flatMap { fixture($0, origin) }
            isSound = base != nil
        }
        var own: [JSONMember] = []
        for field in Transaction.fieldNames.sorted() {
            guard let written = fields.optional(field) else { continue }
            guard let value = value(written, of: field) else {
                isSound = false
                continue
            }
            own.append(JSONMember(field, value))
        }
        guard isSound else { return nil }
        let kept = (base?.fields ?? []).filter { member in
            !own.contains { $0.name == member.name }
        }
        return PolicyTestTransaction(
            fixture: name, changed: own.map(\.name), fields: kept + own)
    }

    private func value(_ field: YAMLField, of name: String) -> JSONValue? {
        if Self.quoted.contains(name), let bare = field.node.plainText,
            !field.node.isPlainNull, !PlainScalar.isNumber(bare), !PlainScalar.looksBoolean(bare)
        {
            field.report(
                .unquoted, "\(Shown.word(name)) must be a quoted string",
                fix: "write \(Shown.quoted(bare))")
            return nil
        }
        guard let value = field.json() else { return nil }
        if name == "account_id", let text = value.text, let policy,
            AccountID(text).flatMap(policy.account) == nil
        {
            field.report(
                .unknownName, "no account of this policy has the id \(Shown.quoted(text))",
                fix: "write the `account_id` of one of `accounts`")
        }
        return value
    }

    /// Money, ids, addresses and times. Bare numbers stay numbers: the platform could send them.
    private static let quoted = Transaction.fieldNames.subtracting([
        "type", "state", "reference", "blockchain_output_n", "linked_tx_ids",
    ])
}

extension YAMLNode {
    /// The text of a scalar, however it is written; nil for everything else.
    fileprivate var plainOrQuoted: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }
}

extension YAMLField {
    /// The value as JSON: what is bare and reads as null, a truth value or a number is that.
    fileprivate func json() -> JSONValue? {
        switch node.content {
        case .refused: return nil
        case .sequence: return list(allowEmpty: true) { $0.json() }.map { .array($0) }
        case .mapping:
            return mapping { fields in
                .object(
                    fields.everyEntry().compactMap { entry in
                        guard case .scalar(let name, _) = entry.name.node.content else {
                            return nil
                        }
                        return entry.value.json().map { JSONMember(name, $0) }
                    })
            }
        case .scalar(let text, .plain):
            if PlainScalar.isNull(text) { return .null }
            if let truth = PlainScalar.boolean(text) { return .bool(truth) }
            guard PlainScalar.isNumber(text) else { return .string(text) }
            if case .number(let number)? = try? JSONValue(parsing: Array(text.utf8)) {
                return .number(number)
            }
            report(
                .wrongType, "\(Shown.word(text)) is no number that JSON can carry",
                fix: "write \(Shown.quoted(text)) for text")
            return nil
        case .scalar(let text, _): return .string(text)
        }
    }
}
