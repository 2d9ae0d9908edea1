import PolicyYAML
import Testing

@Suite struct YAMLDocumentTests {
    @Test(arguments: badDocuments)
    func `a bad document is reported with its code, line, column and reason`(
        _ bad: BadDocument
    ) throws {
        let (_, findings) = YAMLDocument.read(bytes: Array(bad.text.utf8), file: "p.yaml")
        let first = try #require(findings.first)
        #expect(first.code == bad.code)
        #expect(first.position == bad.place, "\(first)")
        #expect(first.message.contains(bad.message), "\(first)")
        #expect(first.fix?.isEmpty == false)
        #expect(first.file == "p.yaml")
        #expect(findings.count == 1, "\(findings)")
    }

    @Test func `every mistake of a file is reported, in reading order`() {
        let text = """
            a: &x 1
            b: cafe\u{301}
            c: {d: 1, d: 2}
            e: !!int 3
            f: *x
            a: 2
            """
        let (root, findings) = YAMLDocument.read(bytes: Array(text.utf8), file: "p.yaml")
        #expect(
            findings.map(\.description) == [
                "p.yaml:1:4: error E003: anchors (&name) are not allowed; remove it, or put text"
                    + " that begins with & in quotes (a)",
                "p.yaml:2:7: error E003: the text is not in Unicode normalization form C;"
                    + " type the accented letter as one character",
                "p.yaml:3:11: error E002: the key `d` stands twice; it was given on line 3;"
                    + " keep one of them (c.d)",
                "p.yaml:4:4: error E003: tags such as !name or !!str are not allowed; remove it,"
                    + " or put text that begins with ! in quotes (e)",
                "p.yaml:5:4: error E003: aliases (*name) are not allowed; write the value out,"
                    + " or put text that begins with * in quotes (f)",
                "p.yaml:6:1: error E002: the key `a` stands twice; it was given on line 1;"
                    + " keep one of them (a)",
            ])
        #expect(root != nil)
    }

    @Test func `what was found before a syntax error is reported with it`() {
        let text = "a: 1\na: 2\nb: [1\nc: 3\n"
        let (root, findings) = YAMLDocument.read(bytes: Array(text.utf8), file: "p.yaml")
        #expect(root == nil)
        #expect(findings.map(\.code) == [.duplicateKey, .wrongType])
        #expect(findings.last?.fix?.hasSuffix("the rest of the file was not checked") == true)
    }

    @Test func `a path names keys and places in lists`() {
        let text = "rules:\n- id: x\n- id: y\n  amount: {up_to: &a \"1\"}\n"
        let (_, findings) = YAMLDocument.read(bytes: Array(text.utf8), file: "p.yaml")
        #expect(findings.map(\.path.description) == ["rules[1].amount.up_to"])
    }

    @Test func `each value keeps its text, style and place`() throws {
        let text = "a: x\nb: 'y'\nc: \"z\\\"\\\\x\\/é\"\nd: |\n  l\ne: >\n  f\n"
        let (root, findings) = YAMLDocument.read(bytes: Array(text.utf8), file: "p.yaml")
        #expect(findings.isEmpty)
        guard case .mapping(let entries) = root?.content else {
            Issue.record("not a mapping")
            return
        }
        #expect(entries.map(\.key) == ["a", "b", "c", "d", "e"])
        #expect(
            entries.map(\.value.content) == [
                .scalar("x", .plain), .scalar("y", .single), .scalar("z\"\\x/é", .double),
                .scalar("l\n", .literal), .scalar("f\n", .folded),
            ])
        #expect(entries.map(\.position.line) == [1, 2, 3, 4, 6])
        #expect(entries.map(\.value.position.column) == [4, 4, 4, 4, 4])
    }

    @Test func `lines may end with CRLF, and a document may begin with three dashes`() {
        let text = "---\r\na: 1\r\nb:\r\n  - x\r\n...\r\n"
        let (root, findings) = YAMLDocument.read(bytes: Array(text.utf8), file: "p.yaml")
        let plain = YAMLDocument.read(
            bytes: Array("---\na: 1\nb:\n  - x\n".utf8), file: "p.yaml")
        #expect(findings.isEmpty)
        #expect(root != nil)
        #expect(root == plain.root)
    }

    @Test func `bare words mean what the core schema says and nothing more`() {
        #expect(["null", "~", ""].allSatisfy { plain($0)?.isPlainNull == true })
        #expect(["\"\"", "'null'", "nil", "no"].allSatisfy { plain($0)?.isPlainNull == false })
        #expect(plain("true")?.plainBool == true)
        #expect(plain("false")?.plainBool == false)
        let words = ["yes", "no", "on", "off", "y", "True", "TRUE", "\"true\"", "1"]
        #expect(words.allSatisfy { plain($0) != nil && plain($0)?.plainBool == nil })
        #expect(plain("-12")?.plainInteger == -12)
        #expect(plain("9223372036854775807")?.plainInteger == Int64.max)
        let others = [
            "010", "0x1F", "0o7", "1_000", "+1", "1.0", "1e3", "\"1\"", "9223372036854775808",
        ]
        #expect(others.allSatisfy { plain($0) != nil && plain($0)?.plainInteger == nil })
    }

    private func plain(_ text: String) -> YAMLNode? {
        let (root, _) = YAMLDocument.read(bytes: Array("k: \(text)\n".utf8), file: "p.yaml")
        guard case .mapping(let entries)? = root?.content else { return nil }
        return entries.first?.value
    }
}
