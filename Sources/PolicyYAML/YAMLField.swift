/// One value while it is decoded. Each reader returns the value, or reports what is wrong and
/// returns nil; a value that was refused earlier gives nil without a second finding. So nil never
/// means "absent": `YAMLFields.optional` and `nullable` say that.
package struct YAMLField {
    /// The value as it stands in the file.
    package let node: YAMLNode
    /// The field's path.
    package let path: FieldPath
    /// Where everything that is wrong is collected.
    package let findings: Findings

    /// Where the value stands.
    package var position: SourcePosition { node.position }

    /// Reports something about this value.
    package func report(_ code: FindingCode, _ message: String, fix: String? = nil) {
        findings.report(code, at: position, path: path, message, fix: fix)
    }

    /// Decodes a mapping and then reports the keys that `read` did not ask for. Nil where this is
    /// not a mapping or `read` gives nil.
    package func mapping<Value>(_ read: (YAMLFields) -> Value?) -> Value? {
        guard let fields = fields() else { return nil }
        let value = read(fields)
        fields.finish()
        return value
    }

    /// The mapping's cursor; the caller owes it a `finish()`.
    package func fields() -> YAMLFields? {
        guard case .mapping(let entries) = node.content else {
            expected("a mapping of keys to values")
            return nil
        }
        return YAMLFields(entries, at: position, of: self)
    }

    /// The items of a list, each a field with its own path. An empty list is refused unless it is
    /// allowed, because it reads as "any" to some and as "none" to others.
    package func items(allowEmpty: Bool = false) -> [YAMLField]? {
        guard case .sequence(let nodes) = node.content else {
            expected("a list", fix: listFix)
            return nil
        }
        if nodes.isEmpty, !allowEmpty {
            report(.wrongType, "the list is empty", fix: "name at least one, or remove the key")
            return nil
        }
        return nodes.enumerated().map { index, node in
            YAMLField(node: node, path: path.index(index), findings: findings)
        }
    }

    /// What stands under a key of this mapping; nil where this is none or has no such key. Reports
    /// nothing: it is for looking again at what was read.
    func child(_ key: String) -> YAMLField? {
        guard case .mapping(let entries) = node.content,
            let entry = entries.first(where: { $0.key == key })
        else { return nil }
        return YAMLField(node: entry.value, path: path.key(key), findings: findings)
    }

    /// The items of this list with their texts; those that are not a single value are left out.
    /// Reports nothing.
    var texts: [(field: YAMLField, text: String)] {
        guard case .sequence(let nodes) = node.content else { return [] }
        return nodes.enumerated().compactMap { index, node in
            guard case .scalar(let text, _) = node.content else { return nil }
            return (YAMLField(node: node, path: path.index(index), findings: findings), text)
        }
    }

    /// Decodes every item of a list, so that all wrong ones are reported; nil if any was wrong.
    package func list<Value>(
        allowEmpty: Bool = false, _ read: (YAMLField) -> Value?
    ) -> [Value]? {
        guard let items = items(allowEmpty: allowEmpty) else { return nil }
        let values = items.compactMap(read)
        return values.count == items.count ? values : nil
    }

    /// Reports that something else was expected, unless the value was refused already.
    func expected(_ what: String, fix: String? = nil) {
        if case .refused = node.content { return }
        report(.wrongType, "expected \(what), found \(node.kind)", fix: fix)
    }

    private var listFix: String? {
        guard case .scalar(let text, let style) = node.content, !node.isPlainNull else {
            return nil
        }
        return style == .plain && !text.contains(",") && text.utf8.count <= 60
            ? "write [\(text)]" : nil
    }
}
