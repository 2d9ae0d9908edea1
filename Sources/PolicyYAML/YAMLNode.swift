/// A YAML document as a tree in which every value knows its place. Nothing is converted: a scalar
/// is its text and the way it was written.
package struct YAMLNode: Equatable, Sendable {
    /// How a scalar was written.
    package enum Style: Equatable, Sendable {
        /// Bare text.
        case plain
        /// In single quotes.
        case single
        /// In double quotes, with escapes read.
        case double
        /// A block after `|`, line breaks kept.
        case literal
        /// A block after `>`, lines joined.
        case folded
    }

    /// One key of a mapping with its value.
    package struct Entry: Equatable, Sendable {
        /// The key's text.
        package let key: String
        /// Where the key stands.
        package let position: SourcePosition
        /// What the key is given.
        package let value: YAMLNode
    }

    /// What a node is.
    package enum Content: Equatable, Sendable {
        /// A single value.
        case scalar(String, Style)
        /// A list.
        case sequence([YAMLNode])
        /// Keys in the order of the file; no key stands twice.
        case mapping([Entry])
        /// Something that was refused when the document was read; its finding is there already.
        case refused
    }

    /// Where the node begins.
    package let position: SourcePosition
    /// What it is.
    package let content: Content

    /// Whether this is `null`, `~` or nothing at all (YAML 1.2 core schema).
    package var isPlainNull: Bool {
        plainText.map(PlainScalar.isNull) ?? false
    }

    /// The truth value of a plain `true` or `false`, and of nothing else.
    package var plainBool: Bool? {
        plainText.flatMap(PlainScalar.boolean)
    }

    /// The value of a plain decimal whole number that fits; no sign but `-`, no leading zero.
    package var plainInteger: Int64? {
        plainText.flatMap(PlainScalar.integer)
    }

    /// The text, where this is a plain scalar.
    package var plainText: String? {
        guard case .scalar(let text, .plain) = content else { return nil }
        return text
    }

    /// What a message calls this node: "a list", "the number 3".
    package var kind: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .refused: "something that was refused"
        case .scalar(let text, .plain):
            if PlainScalar.isNull(text) {
                "nothing"
            } else if PlainScalar.boolean(text) != nil {
                "the truth value \(Shown.word(text))"
            } else if PlainScalar.isNumber(text) {
                "the number \(Shown.word(text))"
            } else {
                "the text \(Shown.quoted(text))"
            }
        case .scalar(let text, _): "the text \(Shown.quoted(text))"
        }
    }
}
