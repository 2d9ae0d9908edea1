import PolicyYAML
import Testing

private enum Action: String, CaseIterable {
    case allow
    case escalate
    case block
}

@Suite struct YAMLFieldsTests {
    /// Decodes the one value under `k`, and what was found.
    private func read<Value>(
        _ text: String, _ reader: (YAMLField) -> Value?
    ) -> (value: Value?, found: [String]) {
        decode("k: \(text)\n") { $0.required("k").flatMap(reader) }
    }

    private func decode<Value>(
        _ text: String, _ reader: (YAMLFields) -> Value?
    ) -> (value: Value?, found: [String]) {
        let findings = Findings(file: "p.yaml")
        let value = YAMLDocument.open(bytes: Array(text.utf8), findings: findings)?.mapping(reader)
        return (value, findings.sorted.map { String($0.description.dropFirst("p.yaml:".count)) })
    }

    @Test func `bare money is told how to be written`() {
        let (value, found) = read("1.10") { $0.quotedString("money") }
        #expect(value == nil)
        #expect(found == ["1:4: error E020: money must be a quoted string; write \"1.10\" (k)"])
        #expect(read("\"1.10\"") { $0.quotedString("money") }.value == "1.10")
        #expect(read("'1.10'") { $0.quotedString("money") }.value == "1.10")
    }

    @Test(arguments: ["010", "2026-10-01", "f52b22a8", "1e3", "|\n  1.10", "yes"])
    func `an id, an address or a time must stand in quotes`(_ text: String) {
        let (value, found) = read(text) { $0.quotedString("an id") }
        #expect(value == nil)
        #expect(found.count == 1)
        #expect(
            found.first?.contains("error E020: an id must be a quoted string; write \"") == true)
    }

    @Test(arguments: ["", "null", "~", "[\"1\"]", "{a: \"1\"}", "\"\""])
    func `no value, a list, a mapping or empty quotes are not money`(_ text: String) {
        let (value, found) = read(text) { $0.quotedString("money") }
        #expect(value == nil)
        #expect(found.count == 1)
        #expect(found.first?.contains("error E003: ") == true)
    }

    @Test func `bare text that YAML takes for something else must be quoted`() {
        for text in ["12", "1.5", "1e3", "0x1F", "0o7", ".inf", "-.5", ".nan", "true", "False"] {
            let (value, found) = read(text) { $0.string() }
            #expect(value == nil)
            #expect(found.count == 1 && found[0].contains("write \"\(text)\""), "\(found)")
        }
        for text in ["yes", "no", "on", "1.2.3", "2026-10-01", "e5", "-", "1h", "."] {
            #expect(read("'\(text)'") { $0.string() }.value == text)
        }
        for text in ["yes", "no", "on", "1.2.3", "2026-10-01", "e5", "1h", "."] {
            #expect(read(text) { $0.string() }.value == text)
        }
        #expect(read("null") { $0.string() }.found.first?.contains("found nothing") == true)
    }

    @Test func `text of several lines is only read where that is meant`() {
        #expect(read("|\n  a\n  b\n") { $0.text() }.value == "a\nb\n")
        let (value, found) = read("\"a\\nb\"") { $0.string() }
        #expect(value == nil)
        #expect(
            found == [
                "1:4: error E003: the text must stand on one line; remove the line breaks (k)"
            ])
    }

    @Test func `names and labels have their grammar`() {
        for text in ["btc-payouts", "BTC", "\"10\"", "a.b_c"] {
            #expect(read(text) { $0.name() }.found.isEmpty)
        }
        for text in ["\"a b\"", "-a", "é", "a/b", "\"\"", String(repeating: "a", count: 65)] {
            #expect(read(text) { $0.name() }.value == nil)
        }
        #expect(read("Kraken treasury") { $0.label() }.value == "Kraken treasury")
        #expect(read("\" a\"") { $0.label() }.value == nil)
        #expect(read(String(repeating: "a", count: 129)) { $0.label() }.value == nil)
    }

    @Test func `a word that is not offered is answered with the words that are`() {
        #expect(read("escalate") { $0.choice(Action.self) }.value == .escalate)
        #expect(read("\"block\"") { $0.choice(["block": 1, "escalate": 2]) }.value == 1)
        let (value, found) = read("alow") { $0.choice(Action.self) }
        #expect(value == nil)
        #expect(
            found == [
                "1:4: error E003: `alow` is not accepted here; did you mean `allow`?"
                    + " write `allow`, `escalate` or `block` (k)"
            ])
        let null = read("null") { $0.choice(Action.self) }.found
        #expect(
            null == [
                "1:4: error E003: expected one of `allow`, `escalate` or `block`, found nothing (k)"
            ])
        #expect(read("[allow]") { $0.choice(Action.self) }.found.count == 1)
    }

    @Test func `whole numbers are bare decimals within bounds`() {
        #expect(read("18") { $0.integer(in: 0...18) }.value == 18)
        for text in [
            "19", "-1", "\"18\"", "1.0", "018", "0x12", "null", "many", "[1]",
            "99999999999999999999",
        ] {
            let (value, found) = read(text) { $0.integer(in: 0...18) }
            #expect(value == nil)
            #expect(found.count == 1 && found[0].contains("error E003"), "\(found)")
        }
        #expect(read("\"18\"") { $0.integer(in: 0...18) }.found.first?.contains("write 18") == true)
    }

    @Test func `truth values are bare true and false`() {
        #expect(read("true") { $0.boolean() }.value == true)
        #expect(read("false") { $0.boolean() }.value == false)
        for text in ["yes", "\"true\"", "True", "1", "", "[true]"] {
            let (value, found) = read(text) { $0.boolean() }
            #expect(value == nil)
            #expect(found.count == 1)
        }
    }

    @Test func `durations are whole numbers of seconds, minutes, hours or days`() {
        let good: [(String, Int64)] = [
            ("1s", 1_000), ("15m", 900_000), ("\"24h\"", 86_400_000), ("7d", 604_800_000),
            ("106751991167d", 9_223_372_036_828_800_000),
        ]
        for (text, value) in good {
            #expect(read(text) { $0.durationMilliseconds() }.value == value)
        }
        for text in [
            "0s", "05m", "-1s", "1.5h", "1w", "1", "h", "1 h", "1H", "1h30m", "106751991168d",
            "9223372036854775808s", "+1s", "null", "[1s]", "\"\"", "1ś",
        ] {
            let (value, found) = read(text) { $0.durationMilliseconds() }
            #expect(value == nil, "\(text)")
            #expect(found.count == 1, "\(text)")
        }
        let (_, found) = read("2d") { $0.durationMilliseconds(in: 1_000...86_400_000) }
        #expect(found == ["1:4: error E003: `2d` is too long; write at most 1d (k)"])
    }

    @Test func `every wrong item of a list is reported and then there is no list`() {
        let (value, found) = read("[a, 1, b, {}, ~]") { $0.list { $0.string() } }
        #expect(value == nil)
        #expect(found.count == 3)
        #expect(found.first?.hasSuffix("(k[1])") == true)
        #expect(read("[a, b]") { $0.list { $0.string() } }.value == ["a", "b"])
        #expect(read("[]") { $0.list(allowEmpty: true) { $0.string() } }.value == [])
        #expect(read("[]") { $0.list { $0.string() } }.found.first?.contains("empty") == true)
        #expect(
            read("a") { $0.list { $0.string() } }.found
                == ["1:4: error E003: expected a list, found the text \"a\"; write [a] (k)"])
    }

    @Test func `unknown keys are reported with what was meant and what is accepted`() {
        let text = "id: a\namout: {}\nzzzzzzzz: 1\n"
        let (_, found) = decode(text) { fields -> Bool? in
            _ = fields.required("id")
            _ = fields.optional("amount")
            return true
        }
        #expect(
            found == [
                "2:1: error E001: unknown key `amout`; did you mean `amount`?"
                    + " the keys here are `id`, `amount` (amout)",
                "3:1: error E001: unknown key `zzzzzzzz`; the keys here are `id`, `amount` (zzzzzzzz)",
            ])
    }

    @Test func `missing keys, nulls and keys that are not built are told apart`() {
        let (_, found) = decode("a: null\nb: null\nwhen: {}\nlisten: null\n") { fields -> Bool? in
            #expect(fields.nullable("a") == nil)
            #expect(fields.optional("b")?.string() == nil)
            #expect(fields.required("c", code: .openAllowRule) == nil)
            #expect(fields.nullable("d") == nil)
            #expect(fields.has("a") && !fields.has("d"))
            fields.refuse("when", "is not supported yet")
            fields.refuse("listen", "is not supported yet", allowingNull: true)
            fields.refuse("tier", "is not supported yet")
            return true
        }
        #expect(
            found == [
                "1:1: error E031: the key `c` is missing; add it (c)",
                "2:4: error E003: expected text, found nothing;"
                    + " write it in quotes, or remove the key (b)",
                "3:1: error E001: `when` is not supported yet; remove it (when)",
            ])
    }

    @Test func `mappings of chosen names give each name and value in order`() {
        let (value, found) = decode("b: {x: 1}\na b: {x: 2}\n10: {x: 3}\n") { fields in
            fields.everyEntry().map { entry in
                let number = entry.value.mapping { $0.required("x")?.integer(in: 1...9) }
                return "\(entry.name.name() ?? "?") \(number ?? 0)"
            }
        }
        #expect(value == ["b 1", "? 2", "10 3"])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("2:1: error E003: \"a b\" is not a name") == true)
    }

    @Test func `a value that was refused as YAML is not reported a second time`() {
        for text in ["!!str x", "*x", "\"\\t\""] {
            for reader in readers {
                #expect(read(text, reader).found.count == 1)
            }
        }
    }

    private let readers: [(YAMLField) -> Bool?] = [
        { $0.string().map { _ in true } }, { $0.quotedString("money").map { _ in true } },
        { $0.integer(in: 0...9).map { _ in true } }, { $0.boolean() },
        { $0.durationMilliseconds().map { _ in true } },
        { $0.choice(Action.self).map { _ in true } },
        { $0.list { $0.string() }.map { _ in true } }, { $0.mapping { _ in true } },
        { $0.name().map { _ in true } }, { $0.label().map { _ in true } },
    ]
}
