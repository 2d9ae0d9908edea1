/// A mapping while it is decoded. It remembers which keys were asked for, so that a key that
/// nobody knows is reported and never ignored.
package final class YAMLFields {
    /// Where the mapping stands.
    package let position: SourcePosition
    /// Its path.
    package let path: FieldPath
    /// Where everything that is wrong is collected.
    package let findings: Findings

    /// Up to so many keys are looked through; more are found by an index.
    private static let mostLookedThrough = 24

    private let entries: [YAMLNode.Entry]
    private var indexes: [String: Int] = [:]
    private var accepted: [String] = []
    /// By the place of the entry.
    private var isAsked: [Bool]

    init(_ entries: [YAMLNode.Entry], at position: SourcePosition, of field: YAMLField) {
        self.position = position
        self.entries = entries
        path = field.path
        findings = field.findings
        isAsked = Array(repeating: false, count: entries.count)
        guard entries.count > Self.mostLookedThrough else { return }
        for (index, entry) in entries.enumerated() { indexes[entry.key] = index }
    }

    private func index(of key: String) -> Int? {
        entries.count > Self.mostLookedThrough
            ? indexes[key] : entries.firstIndex { $0.key == key }
    }

    /// Whether the key is there, null or not. Does not count as asking for it.
    package func has(_ key: String) -> Bool {
        index(of: key) != nil
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
        if !accepted.contains(key) { accepted.append(key) }
        guard let index = index(of: key) else { return nil }
        isAsked[index] = true
        return YAMLField(
            node: entries[index].value, path: path.key(key), findings: findings)
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
        guard let index = index(of: key) else { return }
        isAsked[index] = true
        if allowingNull, entries[index].value.isPlainNull { return }
        findings.report(
            code, at: entries[index].position, path: path.key(key),
            "\(Shown.word(key)) \(reason)", fix: fix)
    }

    /// Every entry in the order of the file, for mappings whose keys are names that the author
    /// chose. Each name is a field of its own, to be read with `name()` or `label()`.
    package func everyEntry() -> [(name: YAMLField, value: YAMLField)] {
        isAsked = Array(repeating: true, count: entries.count)
        return entries.map { entry in
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
        for (entry, isAsked) in zip(entries, isAsked) where !isAsked {
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
}
