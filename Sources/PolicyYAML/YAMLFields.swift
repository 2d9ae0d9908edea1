/// A mapping while it is decoded. It remembers which keys were asked for, so that a key that
/// nobody knows is reported and never ignored.
package final class YAMLFields {
    /// Where the mapping stands.
    package let position: SourcePosition
    /// Its path.
    package let path: FieldPath
    /// Where everything that is wrong is collected.
    package let findings: Findings

    private let entries: [YAMLNode.Entry]
    private var indexes: [String: Int] = [:]
    private var accepted: [String] = []
    private var asked: Set<String> = []

    init(_ entries: [YAMLNode.Entry], at position: SourcePosition, of field: YAMLField) {
        self.position = position
        self.entries = entries
        path = field.path
        findings = field.findings
        for (index, entry) in entries.enumerated() { indexes[entry.key] = index }
    }

    /// Whether the key is there, null or not. Does not count as asking for it.
    package func has(_ key: String) -> Bool {
        indexes[key] != nil
    }

    /// The field of a key that must be there; its absence is reported (E003 unless said
    /// otherwise) at the mapping's place.
    package func required(_ key: String, code: FindingCode = .wrongType) -> YAMLField? {
        if let field = optional(key) { return field }
        findings.report(
            code, at: position, path: path.key(key), "the key \(Shown.word(key)) is missing",
            fix: "add it")
        return nil
    }

    /// The field of a key that may be absent. Where it is there it must have a value: null is for
    /// the reader of the field to refuse.
    package func optional(_ key: String) -> YAMLField? {
        if asked.insert(key).inserted { accepted.append(key) }
        return field(key)
    }

    /// The field of a key that may be absent or null; nil for both.
    package func nullable(_ key: String) -> YAMLField? {
        guard let field = optional(key), !field.node.isPlainNull else { return nil }
        return field
    }

    /// Reports the key, if it is there, with the reason why it cannot be used, such as
    /// "is not supported yet". With `allowingNull` a null is accepted in silence.
    package func refuse(
        _ key: String, _ reason: String, fix: String = "remove it",
        code: FindingCode = .unknownKey, allowingNull: Bool = false
    ) {
        asked.insert(key)
        guard let index = indexes[key] else { return }
        if allowingNull, entries[index].value.isPlainNull { return }
        findings.report(
            code, at: entries[index].position, path: path.key(key),
            "\(Shown.word(key)) \(reason)", fix: fix)
    }

    /// Every entry in the order of the file, for mappings whose keys are names that the author
    /// chose. Each name is a field of its own, to be read with `name()` or `label()`.
    package func everyEntry() -> [(name: YAMLField, value: YAMLField)] {
        entries.map { entry in
            asked.insert(entry.key)
            let path = path.key(entry.key)
            // A key is text whatever it looks like: `10` names the account "10".
            let name = YAMLNode(position: entry.position, content: .scalar(entry.key, .double))
            return (
                YAMLField(node: name, path: path, findings: findings),
                YAMLField(node: entry.value, path: path, findings: findings)
            )
        }
    }

    /// Reports something about the mapping as a whole.
    package func report(_ code: FindingCode, _ message: String, fix: String? = nil) {
        findings.report(code, at: position, path: path, message, fix: fix)
    }

    /// Reports every key that was not asked for (E001), with the key that was likely meant and
    /// the keys that are accepted here. `YAMLField.mapping` calls it by itself.
    package func finish() {
        for entry in entries where !asked.contains(entry.key) {
            let near = NearestKey.of(entry.key, in: accepted)
            let list =
                accepted.isEmpty
                ? "no key is accepted here"
                : "the keys here are \(accepted.map(Shown.word).joined(separator: ", "))"
            findings.report(
                .unknownKey, at: entry.position, path: path.key(entry.key),
                "unknown key \(Shown.word(entry.key))",
                fix: near.map { "did you mean \(Shown.word($0))? \(list)" } ?? list)
        }
    }

    private func field(_ key: String) -> YAMLField? {
        guard let index = indexes[key] else { return nil }
        return YAMLField(
            node: entries[index].value, path: path.key(key), findings: findings)
    }
}
