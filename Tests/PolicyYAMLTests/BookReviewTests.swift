import ApprovalCore
import PolicyYAML
import Testing

/// What is doubtful about the entries of an address book, beyond single mistakes.
@Suite struct BookReviewTests {
    private func entry(_ label: String, _ address: String, asset: String = "BTC") -> String {
        "  - { label: \(label), asset: [\(asset)], address: \"\(address)\" }\n"
    }

    private func lookalikes(_ text: PolicyText) -> [Finding] {
        text.checkWithoutDisk().findings.filter { $0.code == .lookalike }
    }

    @Test func `look-alikes are told up to twenty, and the others are counted`() {
        var text = PolicyText()
        for number in 0..<30 { text.book += entry("e\(number)", "head\(number + 100)tail") }
        let found = lookalikes(text)
        #expect(found.count == 21)
        #expect(
            found.first?.description
                == "p/address_book.yaml:15:41: warning W108: the address of \"e1\" looks like the"
                + " one of \"e0\" on line 14: both begin and end alike; make sure that both are"
                + " right, character by character (entries[3].address)")
        #expect(
            found.last?.message == "and 9 more entries up to here look like earlier ones")
        #expect(text.checkWithoutDisk().loaded != nil)
    }

    @Test func `the guard says how much is compared`() {
        var text = PolicyText()
        text.book += entry("one", "abcd1111wxyz") + entry("two", "abcd2222wxyz")
        #expect(lookalikes(text).count == 1)
        func compared(_ prefix: Int, _ suffix: Int) -> PolicyText {
            var text = text
            text.policy +=
                "guards: { lookalike: { prefix: \(prefix), suffix: \(suffix),"
                + " action: block } }\n"
            return text
        }
        #expect(lookalikes(compared(4, 4)).count == 1)
        #expect(lookalikes(compared(5, 4)).isEmpty)
        #expect(lookalikes(compared(0, 4)).count == 1)
        #expect(lookalikes(compared(0, 5)).isEmpty)
    }

    @Test func `one address for two assets is no look-alike, nor are two of two assets`() {
        var text = PolicyText()
        text.book += entry("one", "abcd1111wxyz") + entry("one", "abcd1111wxyz", asset: "ETH")
        #expect(lookalikes(text).isEmpty)
        text.book += entry("two", "abcd2222wxyz", asset: "ETH")
        #expect(lookalikes(text).map(\.position.line) == [16])
    }

    @Test func `dates are judged only for a moment that is given`() {
        var text = PolicyText()
        text.book = text.book.replacing(
            "    note:", with: "    expires_at: \"2026-01-01T00:00:00Z\"\n    note:")
        text.policy = text.policy.replacing(
            "  revision: 7", with: "  revision: 7\n  review_by: \"2026-01-01T00:00:00Z\"")
        let dated: Set<FindingCode> = [.inactiveEntry, .reviewOverdue]
        func found(_ now: UnixTime?) -> Set<FindingCode> {
            Set(text.checkWithoutDisk(now: now).findings.map(\.code)).intersection(dated)
        }
        #expect(found(PolicyText.now) == dated)
        #expect(found(UnixTime(rfc3339: "2026-01-01T00:00:00Z")) == dated)
        #expect(found(UnixTime(rfc3339: "2025-12-31T23:59:59Z")).isEmpty)
        #expect(found(nil).isEmpty)
    }

    @Test func `an entry that has expired still counts as an address twice and as a look-alike`() {
        var text = PolicyText()
        text.book += """
              - label: gone
                asset: [BTC]
                address: "abcd1111wxyz"
                expires_at: "2026-01-01T00:00:00Z"

            """
        text.book += entry("two", "abcd2222wxyz") + entry("again", "abcd1111wxyz")
        let codes = text.checkWithoutDisk().findings.map(\.code)
        #expect(codes.count { $0 == .lookalike } == 1 && codes.count { $0 == .addressTwice } == 1)
    }

    @Test(arguments: [
        ("exact", "exact"), ("exact", "hex_case_insensitive"),
        ("hex_case_insensitive", "exact"), ("hex_case_insensitive", "hex_case_insensitive"),
    ])
    func `two spellings of a hexadecimal address are one address however they are compared`(
        _ first: String, _ second: String
    ) {
        let codes = codes([
            (first, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
            (second, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ])
        #expect(codes.contains(.addressTwice) && !codes.contains(.lookalike))
    }

    @Test func `Bech32 of one case is one address with any other spelling, other text is not`() {
        let bech32 = "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv"
        func areOne(_ first: String, _ second: String) -> Bool {
            let codes = codes([("exact", first), ("exact", second)])
            #expect(codes.contains(.addressTwice) != codes.contains(.lookalike))
            return codes.contains(.addressTwice)
        }
        #expect(areOne(bech32, bech32.uppercased()) && areOne(bech32.uppercased(), bech32))
        #expect(!areOne("bc1Q" + bech32.dropFirst(4), "bc1qV" + bech32.dropFirst(5)))
        #expect(!areOne("desk1bank-of-x", "DESK1BANK-OF-X"))
        #expect(!areOne("abcdef0b23456789", "ABCDEF0B23456789"))
        #expect(areOne("0xab12cd34ef", "0XAB12CD34EF"))
    }

    private func codes(_ entries: [(compare: String, address: String)]) -> [FindingCode] {
        var text = PolicyText()
        for (number, entry) in entries.enumerated() {
            text.book +=
                "  - { label: x\(number), asset: [ETH], compare: \(entry.compare), "
                + "address: \"\(entry.address)\" }\n"
        }
        return text.checkWithoutDisk().findings.map(\.code)
    }

    /// A book with a third entry for ETH of the first one's address, with these tags.
    private func findings(tags: String, address: String) -> [String] {
        var text = PolicyText()
        text.book += "  - { label: x, asset: [ETH], address: \"\(address)\", tags: \(tags) }\n"
        return text.checkWithoutDisk().findings.filter { $0.code != .noTests }.map(\.description)
    }

    @Test func `an address that has other tags for another asset is told with both lines`() {
        let address = "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"
        #expect(findings(tags: "[fast, exchange]", address: address).isEmpty)
        #expect(
            findings(tags: "[blocked]", address: address) == [
                "p/address_book.yaml:14:40: warning W121: this address has these tags for `ETH`"
                    + " alone, and on line 7 others for `BTC`: a rule for a tag of the one does not"
                    + " hold for the other; name all assets on one entry, or give both the same"
                    + " tags (entries[2].address)"
            ])
    }

    @Test func `a label that stands twice for an asset is told, and for two assets it is not`() {
        var text = PolicyText()
        text.book += entry("one", "first-1111") + entry("one", "other-2222", asset: "ETH")
        #expect(text.checkWithoutDisk().findings.map(\.code) == [.noTests])
        text.book += entry("one", "third-3333", asset: "BTC, ETH")
        let told = text.checkWithoutDisk().findings.filter { $0.code == .labelTwice }
        #expect(told.map(\.position.line) == [16])
        #expect(told.first?.message.contains("for `BTC` on line 14 already") == true)
    }

    @Test func `the book is reviewed though the policy cannot be read`() {
        var text = PolicyText()
        text.policy = "rules: [\n"
        text.book += entry("one", "abcd1111wxyz") + entry("two", "abcd2222wxyz")
        #expect(lookalikes(text).count == 1)
    }
}
