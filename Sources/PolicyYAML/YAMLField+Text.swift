extension YAMLField {
    /// Text on one line, plain or quoted, not empty. Plain text that YAML reads as nothing, a truth value
    /// or a number is refused with the advice to quote it.
    package func string() -> String? {
        guard let text = text() else { return nil }
        guard !text.utf8.contains(UInt8(ascii: "\n")) else {
            report(.wrongType, "the text must stand on one line", fix: "remove the line breaks")
            return nil
        }
        guard !text.isEmpty else {
            report(.wrongType, "the text is empty", fix: "write something, or remove the key")
            return nil
        }
        return text
    }

    /// Text that may have several lines or none, plain, quoted or a block.
    package func text() -> String? {
        guard case .scalar(let text, let style) = node.content else {
            expected("text")
            return nil
        }
        guard style == .plain else { return text }
        if PlainScalar.isNull(text) {
            expected("text", fix: "write it in quotes, or remove the key")
            return nil
        }
        if PlainScalar.looksBoolean(text) || PlainScalar.isNumber(text) {
            expected("text", fix: "write \(Shown.quoted(text))")
            return nil
        }
        return text
    }

    /// Text in single or double quotes. Bare text is E020: "`what` must be a quoted string".
    /// `what` names the kind of value, such as "money" or "an account id".
    package func quotedString(_ what: String) -> String? {
        guard case .scalar(let text, let style) = node.content, !node.isPlainNull else {
            expected("\(what) as a quoted string")
            return nil
        }
        switch style {
        case .single, .double:
            guard !text.isEmpty else {
                report(.wrongType, "\(what) must not be empty", fix: "write a value")
                return nil
            }
            return text
        case .plain, .literal, .folded:
            let bare = text.split(separator: "\n").joined(separator: " ")
            report(
                .unquoted, "\(what) must be a quoted string", fix: "write \(Shown.quoted(bare))")
            return nil
        }
    }

    /// Quoted text of 1 to 128 printable ASCII characters that the platform chose: `what` names it.
    func printable(_ what: String) -> String? {
        guard let text = quotedString(what) else { return nil }
        guard text.utf8.count <= 128, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            report(
                .wrongType, "\(Shown.quoted(text)) is not \(what)",
                fix: "copy it from the platform: up to 128 plain ASCII characters")
            return nil
        }
        return text
    }

    /// A name that other places refer to: letters, digits, `_`, `-` and `.`, beginning with a
    /// letter or digit, at most 64 characters.
    package func name() -> String? {
        guard let text = string() else { return nil }
        let isName =
            text.utf8.count <= 64 && text.utf8.allSatisfy(Self.isNameByte)
            && text.utf8.first.map(Self.isAlphanumeric) == true
        guard isName else {
            report(
                .wrongType, "\(Shown.quoted(text)) is not a name",
                fix: "use up to 64 of a-z, A-Z, 0-9, \"-\", \"_\" and \".\","
                    + " a letter or digit first")
            return nil
        }
        return text
    }

    /// A label or tag for people: one line of at most 128 characters, no space at either end, and
    /// nothing in it that cannot be seen or only looks like a space.
    package func label() -> String? {
        guard let text = string() else { return nil }
        guard text.first != " ", text.last != " " else {
            report(.wrongType, "spaces at the beginning or end", fix: "remove them")
            return nil
        }
        guard text.unicodeScalars.count <= 128 else {
            report(.wrongType, "longer than 128 characters", fix: "shorten it")
            return nil
        }
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        for scalar in text.unicodeScalars {
            guard let refused = RefusedCharacter(inLabel: scalar) else { continue }
            report(.wrongType, "\(refused.message(scalar)) here", fix: refused.fix)
            return nil
        }
        return text
    }

    /// One of the given words, plain or quoted, as the value that it stands for.
    package func choice<Value>(_ choices: KeyValuePairs<String, Value>) -> Value? {
        choice(choices.map { ($0.key, $0.value) })
    }

    /// One of a type's words, plain or quoted.
    package func choice<Value>(_ type: Value.Type) -> Value?
    where Value: CaseIterable & RawRepresentable<String> {
        choice(type.allCases.map { ($0.rawValue, $0) })
    }

    private func choice<Value>(_ choices: [(word: String, value: Value)]) -> Value? {
        let words = choices.map(\.word)
        guard case .scalar(let text, _) = node.content, !node.isPlainNull else {
            expected("one of \(Shown.choices(words))")
            return nil
        }
        if let found = choices.first(where: { $0.word.utf8.elementsEqual(text.utf8) }) {
            return found.value
        }
        let near = NearestKey.of(text, in: words).map { "did you mean \(Shown.word($0))? " } ?? ""
        report(
            .wrongType, "\(Shown.word(text)) is not accepted here",
            fix: "\(near)write \(Shown.choices(words))")
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
