import PolicyYAML
import Testing

/// A document with one fault, and where and how it must be reported.
struct BadDocument: CustomTestStringConvertible {
    let name: String
    let text: String
    let code: FindingCode
    let place: SourcePosition
    let message: String

    init(
        _ name: String, _ text: String, _ line: Int, _ column: Int, _ message: String,
        code: FindingCode = .wrongType
    ) {
        self.name = name
        self.text = text
        self.code = code
        self.place = SourcePosition(line: line, column: column)
        self.message = message
    }

    var testDescription: String { name }
}

/// Documents that are refused as YAML, whatever their schema.
let badDocuments: [BadDocument] = [
    BadDocument("empty file", "", 1, 1, "the file is empty"),
    BadDocument("only a comment", "# nothing\n", 1, 1, "the file is empty"),
    BadDocument("only null", "--- ~\n", 1, 1, "the file is empty"),
    BadDocument("byte order mark", "\u{FEFF}a: 1\n", 1, 1, "byte order mark"),
    BadDocument("byte order mark inside", "a: 1\nb: \u{FEFF}2\n", 2, 4, "U+FEFF"),
    BadDocument("tab as indentation", "a: 1\nb:\n\tc: 1\n", 3, 1, "tabs are not allowed"),
    BadDocument("tab before a comment", "a: 1\t# one\n", 1, 5, "tabs are not allowed"),
    BadDocument("tab in quotes", "a: \"x\ty\"\n", 1, 6, "tabs are not allowed"),
    BadDocument("tab by escape", "a: 1\nb: \"x\\ty\"\n", 2, 4, "a tab is not allowed"),
    BadDocument("NUL", "a: x\u{0}y\n", 1, 5, "U+0000"),
    BadDocument("NUL by escape", "a: \"x\\0y\"\n", 1, 4, "U+0000"),
    BadDocument("escape sequence of a terminal", "a: \u{1B}[2J\n", 1, 4, "U+001B"),
    BadDocument("delete", "a: x\u{7F}\n", 1, 5, "U+007F"),
    BadDocument("C1 control", "a: x\u{9B}\n", 1, 5, "U+009B"),
    BadDocument("CR alone", "a: 1 # off\rb: 2\n", 1, 11, "line break U+000D"),
    BadDocument("CR at the end", "a: 1\r", 1, 5, "line break U+000D"),
    BadDocument("next line", "a: x\u{85}b\n", 1, 5, "U+0085"),
    BadDocument("line separator", "a: x\u{2028}b\n", 1, 5, "U+2028"),
    BadDocument("text direction turned", "a: x # \u{202E}b\n", 1, 8, "U+202E"),
    BadDocument("zero-width space", "a: Kraken\u{200B}\n", 1, 10, "U+200B"),
    BadDocument("invisible by escape", "a: \"x\\u200b\"\n", 1, 4, "U+200B"),
    BadDocument("not a character", "a: \u{FFFE}\n", 1, 4, "U+FFFE"),
    BadDocument("decomposed letter", "a: 1\nb: cafe\u{301}\n", 2, 7, "normalization form C"),
    BadDocument("decomposed in a comment", "a: 1 # e\u{301}\n", 1, 8, "normalization form C"),
    BadDocument("decomposed by escape", "a: \"e\\u0301\"\n", 1, 4, "normalization form C"),
    BadDocument("anchor on a scalar", "a: &x 1\n", 1, 4, "anchors (&name)"),
    BadDocument("anchor on a list", "a: &x [1]\n", 1, 4, "anchors (&name)"),
    BadDocument("anchor on a mapping", "a: &x\n  b: 1\n", 1, 4, "anchors (&name)"),
    BadDocument("anchor on a key", "&x a: 1\n", 1, 1, "anchors (&name)"),
    BadDocument("alias", "a: 1\nb: *a\n", 2, 4, "aliases (*name)"),
    BadDocument("core tag", "a: !!str 1\n", 1, 4, "tags such as !name"),
    BadDocument("custom tag", "a: !secret x\n", 1, 4, "tags such as !name"),
    BadDocument("verbatim tag", "a: !<x:y> z\n", 1, 4, "tags such as !name"),
    BadDocument("tag on a list", "a: !!set [x]\n", 1, 4, "tags such as !name"),
    BadDocument("lone tag", "a: ! x\n", 1, 4, "tags such as !name"),
    BadDocument("undefined tag", "a: !e!x y\n", 1, 4, "tags such as !name"),
    BadDocument("merge key", "a:\n  <<: {b: 1}\n", 2, 3, "merge keys (<<)"),
    BadDocument("duplicate key", "a: 1\nb: 2\na: 3\n", 3, 1, "on line 1", code: .duplicateKey),
    BadDocument(
        "duplicate key in quotes", "a: 1\n\"a\": 3\n", 2, 1, "on line 1", code: .duplicateKey),
    BadDocument(
        "duplicate in a flow", "x: {a: 1, a: 2}\n", 1, 11, "stands twice", code: .duplicateKey),
    BadDocument("letter by number", "a: \"bl\\x6fcked\"\n", 1, 4, "by its number (\\x, \\u"),
    BadDocument("letter by a long number", "a: \"bl\\U0000006Fcked\"\n", 1, 4, "by its number"),
    BadDocument("key by number", "a: 1\n\"\\u0061\": 2\n", 2, 1, "by its number"),
    BadDocument("space by number", "a: \"x\\x20y\"\n", 1, 4, "by its number"),
    BadDocument(
        "letter by number after other letters", "é: 'é'\né2: \"ü\"\nb: [\"\\\\x\", \"\\u00e9\"]\n",
        3, 12, "by its number"),
    BadDocument("word over two lines", "a: \"blo\\\n  cked\"\n", 1, 4, "which joins words"),
    BadDocument("list as a key", "? [a]\n: 1\n", 1, 3, "a key must be a word, not a list"),
    BadDocument("mapping as a key", "{{a: 1}: 2}\n", 1, 2, "a key must be a word"),
    BadDocument("no key", "{: 1}\n", 1, 2, "a key or a value is missing here"),
    BadDocument("empty key", "\"\": 1\n", 1, 1, "a key is missing"),
    BadDocument("two documents", "a: 1\n---\nb: 2\n", 2, 1, "a second document begins here"),
    BadDocument("YAML directive", "%YAML 1.1\n---\na: 1\n", 1, 1, "% directives"),
    BadDocument(
        "TAG directive", "%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "% directives"),
    BadDocument("list not closed", "a: 1\nb: [1, 2\nc: 3\n", 3, 2, "opened at line 2, column 4"),
    BadDocument("mapping not closed", "b: {a: 1\n", 2, 1, "opened at line 1, column 4"),
    BadDocument("quote not closed", "a: 1\nb: \"x\n", 3, 1, "opened at line 2, column 4"),
    BadDocument("wrong indentation", "a:\n  b: 1\n c: 2\n", 3, 2, "does not fit the lines above"),
    BadDocument("two colons", "a: b: c\n", 1, 5, "a `key: value` cannot stand here"),
    BadDocument("key without a colon", "a: 1\nb\nc: 2\n", 3, 1, "a key without its \":\""),
    BadDocument("at sign", "a: @x\n", 1, 4, "cannot begin with this character"),
    BadDocument("lone ampersand", "a: & x\n", 1, 5, "cannot begin with & or *"),
    BadDocument("unknown escape", "a: \"C:\\Windows\"\n", 1, 7, "escape does not exist"),
    BadDocument("half a surrogate", "a: \"\\ud800\"\n", 1, 7, "escape cannot be read"),
    BadDocument("text after a quote", "a: \"x\" y\n", 1, 8, "does not fit the lines above"),
    BadDocument("list beside a key", "a: - b\n", 1, 4, "a list item cannot stand here"),
]
