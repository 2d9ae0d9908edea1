/// Text from a file as it may be printed: bounded, and with nothing in it that moves a terminal's
/// cursor or hides what follows.
package enum Shown {
    /// The longest extract that a message carries, in Unicode scalars.
    private static let longest = 60

    /// `text` in double quotes, escaped as YAML reads it, cut after 60 scalars.
    package static func quoted(_ text: String) -> String {
        "\"\(escaped(text))\""
    }

    /// A key or a word as messages name it, in backquotes.
    package static func word(_ text: String) -> String {
        "`\(escaped(text))`"
    }

    /// Words as a list to choose from: "`a`, `b` or `c`".
    package static func choices(_ words: [String]) -> String {
        list(words, "or")
    }

    /// Words as a list of all of them: "`a`, `b` and `c`".
    static func all(_ words: [String]) -> String {
        list(words, "and")
    }

    private static func list(_ words: [String], _ joint: String) -> String {
        let shown = words.map(word)
        guard let last = shown.last, shown.count > 1 else { return shown.first ?? "nothing" }
        return "\(shown.dropLast().joined(separator: ", ")) \(joint) \(last)"
    }

    private static func escaped(_ text: String) -> String {
        var shown = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == longest { return shown + "…" }
            switch scalar {
            case "\"": shown += "\\\""
            case "\\": shown += "\\\\"
            case "\n": shown += "\\n"
            case _ where RefusedCharacter(inLabel: scalar) != nil: shown += code(scalar)
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// The scalar's code point, such as `U+202E`.
    package static func code(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
