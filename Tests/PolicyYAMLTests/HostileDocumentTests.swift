import PolicyYAML
import Testing

@Suite struct HostileDocumentTests {
    private func findings(
        _ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()
    ) -> (root: YAMLNode?, findings: [Finding]) {
        YAMLDocument.read(bytes: bytes, file: "p.yaml", limits: limits)
    }

    @Test func `sixteen levels are read and the seventeenth is refused where it begins`() {
        let fits = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        #expect(findings(Array(fits.utf8)).findings.isEmpty)
        let deep = "a: 1\nb: [" + fits + "]\na: 2\n"
        let (root, found) = findings(Array(deep.utf8))
        #expect(root != nil)
        #expect(found.map(\.code) == [.wrongType, .duplicateKey])
        #expect(found.first?.position == SourcePosition(line: 2, column: 19))
        #expect(found.first?.message.hasPrefix("nested more than 16 levels") == true)
    }

    @Test(arguments: ["[", "{", "- ", "? ", "[[{a: ", "!x [", "&x ["])
    func `a megabyte of opening brackets ends early with findings and no root`(_ piece: String) {
        let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
        let (root, found) = findings(Array(text.utf8))
        #expect(root == nil)
        #expect(found.contains { $0.message.contains("nested") })
        #expect(found.count < 100)
    }

    @Test func `aliases are never expanded`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            let before = "*a\(level - 1)"
            text += "a\(level): &a\(level) ["
            text += Array(repeating: before, count: 9).joined(separator: ", ") + "]\n"
        }
        let (_, found) = findings(Array(text.utf8))
        #expect(found.count(where: { $0.message.hasPrefix("aliases") }) == 180)
        #expect(found.count(where: { $0.message.hasPrefix("anchors") }) == 21)
    }

    @Test func `a file larger than the limit is not read`() {
        let fits = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
        #expect(findings(fits).findings.map(\.message) == ["the file is empty"])
        let (root, found) = findings(fits + [UInt8(ascii: "#")])
        #expect(root == nil)
        #expect(
            found.map(\.message) == ["the file has 1048577 bytes, more than the 1048576 allowed"])
    }

    @Test func `more values than the limit end the reading`() {
        let text = "[" + String(repeating: "a,", count: 200_000) + "]"
        let (root, found) = findings(Array(text.utf8))
        #expect(root == nil)
        #expect(
            found.map(\.message) == ["more than 100000 values; the file was not read beyond this"])
    }

    @Test(arguments: [YAMLNode.Style.plain, .single, .double, .literal])
    func `a value of nearly the whole file is one value`(_ style: YAMLNode.Style) {
        let value = String(repeating: "x", count: 1_000_000)
        let text =
            switch style {
            case .plain: "k: \(value)"
            case .single: "k: '\(value)'"
            case .double: "k: \"\(value)\""
            case .literal, .folded: "k: |-\n  \(value)"
            }
        let (root, found) = findings(Array(text.utf8))
        #expect(found.isEmpty)
        guard case .mapping(let entries)? = root?.content else {
            Issue.record("not a mapping")
            return
        }
        #expect(entries.map(\.value.content) == [.scalar(value, style)])
    }

    @Test func `a very long key is a finding and its message is short`() throws {
        let key = String(repeating: "k", count: 100_000)
        let (_, found) = findings(Array("{\"\(key)\": 1, \"\(key)\": 2}".utf8))
        let (_, block) = findings(Array("\(key): 1\n".utf8))
        #expect(!(found + block).isEmpty)
        #expect((found + block).allSatisfy { $0.description.utf8.count < 400 })
    }

    @Test(arguments: [
        ([0xFF, 0xFE, 0x61, 0x00], 1, 1), ([0x61, 0x3A, 0x0A, 0x20, 0x80], 2, 2),
        ([0x61, 0xC0, 0xAF], 1, 2), ([0xED, 0xA0, 0x80], 1, 1),
        ([0x61, 0xF4, 0x90, 0x80, 0x80], 1, 2),
        ([0x61, 0xE2, 0x82], 1, 2), ([0xEF, 0xBB, 0xBF, 0xC3], 1, 1),
    ])
    func `bytes that are not UTF-8 are refused at their place`(
        _ bytes: [UInt8], _ line: Int, _ column: Int
    ) {
        let (root, found) = findings(bytes)
        #expect(root == nil)
        #expect(found.last?.message.contains("not valid UTF-8") == true)
        #expect(found.last?.position == SourcePosition(line: line, column: column))
    }

    @Test func `a decomposed letter far along a line is found at its place`() {
        let text = "k: \"" + String(repeating: "é\u{4E2D}", count: 5_000) + "e\u{301}\""
        let (_, found) = findings(Array(text.utf8))
        #expect(found.map(\.position) == [SourcePosition(line: 1, column: 10_005)])
    }

    @Test func `each line with a tab is reported once, and no more than twenty`() {
        let text = String(repeating: "\ta:\tb\t\n", count: 50)
        let (_, found) = findings(Array(text.utf8))
        let tabs = found.filter { $0.message == "tabs are not allowed" }
        #expect(tabs.map(\.position.line) == Array(1...20))
        #expect(found.contains { $0.message.hasPrefix("30 more lines") })
    }

    @Test func `findings are bounded and the rest is counted`() {
        let text = String(repeating: "a: 1\n", count: 3_001)
        let (_, found) = findings(Array(text.utf8))
        #expect(found.count == 1_001)
        #expect(found.last?.message == "2000 more findings are not shown")
    }

    @Test func `no cut and no changed byte of a good document crashes the reader`() {
        let text = "a: &x [1, \"b\\n\", {c: 'd'}]\ne: |\n  f\n? g\n: *x\nh: !!str é\n"
        let bytes = Array(text.utf8)
        var read = 0
        for index in bytes.indices {
            _ = findings(Array(bytes[..<index]))
            for byte in [
                UInt8(0), 0x09, 0x0A, 0x22, 0x26, 0x2A, 0x3A, 0x5B, 0x7B, 0x7C, 0xC3, 0xFF,
            ] {
                var changed = bytes
                changed[index] = byte
                let (root, found) = findings(changed)
                #expect(root != nil || !found.isEmpty)
                read += 1
            }
        }
        #expect(read == bytes.count * 12)
    }
}
