import PolicyYAML
import Testing

/// Tags and labels that look like others.
@Suite struct TagReviewTests {
    /// What is said of these tags of the book, where the policy names `exchange`, `blocked` and
    /// `named`, and the book carries all three.
    private func slips(_ tags: String, named: String = "exchange") -> [String] {
        var text = PolicyText()
        text.policy = text.policy.replacing("[\"blocked\"]", with: "[blocked, \(named)]")
        text.book += """
              - { label: x, asset: [BTC], address: "other-1111", tags: [\(named)] }
              - { label: y, asset: [BTC], address: "third-2222", tags: [\(tags)] }

            """
        return text.checkWithoutDisk().findings.filter { $0.code == .tagSlip }.map(\.description)
    }

    @Test func `a tag that is near to one that the policy names is told with it`() {
        #expect(
            slips("bloked") == [
                "p/address_book.yaml:15:61: warning W120: nothing in the policy names the tag"
                    + " \"bloked\", which is near to \"blocked\"; did you mean \"blocked\"?"
                    + " (entries[3].tags[0])"
            ])
        #expect(
            slips("BLOCKED, blockd, exchnage, Exchange").count == 4)
    }

    @Test func `other words, other numbers and short words are no slips`() {
        #expect(slips("fast, reviewed, bank, blocked, exchange").isEmpty)
        #expect(slips("tier-2, tier-14", named: "tier-1").isEmpty)
        #expect(slips("tier-l", named: "tier-1").count == 1)
        #expect(slips("kyc, kyp", named: "kyb").isEmpty)
        #expect(slips("KYB", named: "kyb").count == 1)
    }

    @Test func `a tag is told once, where it stands first, however many entries have it`() {
        var text = PolicyText()
        for number in 1...5 {
            text.book +=
                "  - { label: x\(number), asset: [BTC], address: \"\(number)-other\(number)\","
                + " tags: [bloked] }\n"
        }
        let found = text.checkWithoutDisk().findings.filter { $0.code == .tagSlip }
        #expect(found.map(\.position.line) == [14])
    }

    @Test func `a tag that only the policy has is told there, with the one of the book`() {
        var text = PolicyText()
        text.policy = text.policy.replacing("[\"blocked\"]", with: "[bloked]")
        let found = text.checkWithoutDisk().findings.filter { $0.code != .noTests }
        #expect(found.map(\.code) == [.unusedTag])
        #expect(
            found.first?.fix == "check its spelling; the address book has \"blocked\"")
    }

    @Test(arguments: [
        ("bl\u{43E}cked", "U+043E"), ("\u{391}BC", "U+0391"), ("x-\u{FF42}lock", "U+FF42"),
        ("block\u{435}d", "U+0435"), ("\u{1D41B}locked", "U+1D41B"), ("a7\u{441}", "U+0441"),
    ])
    func `a letter of another alphabet in a word is named`(_ tag: String, _ code: String) {
        let found = slips(tag)
        #expect(found.count == 1 && found.first?.contains(code) == true, "\(found)")
    }

    @Test(arguments: [
        "gegenpartei-geprüft", "Łódź", "биржа-OTC", "取引所BTC", "USDC2 биржа", "Zürich", "ΕΛΛ",
    ])
    func `words each in one alphabet, and accents, are no look-alikes`(_ tag: String) {
        #expect(slips("\"\(tag)\"").isEmpty)
    }

    /// Every character of no width or of white, but U+0020.
    private static let unseen: [ClosedRange<UInt32>] = [
        0xA0...0xA0, 0xAD...0xAD, 0x34F...0x34F, 0x115F...0x1160, 0x1680...0x1680,
        0x180B...0x180E, 0x2000...0x200F, 0x2028...0x202F, 0x205F...0x206F, 0x2800...0x2800,
        0x3000...0x3000, 0x3164...0x3164, 0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0,
        0xE0000...0xE0FFF,
    ]

    @Test func `no character that is not seen, or only as a space, can stand in a label`() {
        for scalar in Self.unseen.joined().compactMap(Unicode.Scalar.init) {
            let bytes = Array("k: \"a\(scalar)b\"".utf8)
            let findings = Findings(file: "p")
            let top = YAMLDocument.open(bytes: bytes, findings: findings)
            _ = top?.mapping { $0.required("k")?.label() }
            let found = findings.sorted
            #expect(found.count == 1 && findings.hasErrors, "\(scalar.value)")
            // Two of the spaces are in normalization form C another one.
            let isNamed = found.first?.message.contains(Shown.code(scalar)) == true
            #expect(isNamed != [0x2000, 0x2001].contains(scalar.value), "\(found)")
            #expect(found.first?.fix?.isEmpty == false)
        }
    }

    @Test(arguments: ["Börse Zürich", "取引所", "a b", "naïve – 10 €", "ﬁn", "🏦 bank"])
    func `letters, signs and the ordinary space may stand in a label`(_ label: String) {
        let findings = Findings(file: "p")
        let top = YAMLDocument.open(bytes: Array("k: \"\(label)\"".utf8), findings: findings)
        #expect(top?.mapping { $0.required("k")?.label() } == label)
        #expect(findings.sorted.isEmpty)
    }
}
