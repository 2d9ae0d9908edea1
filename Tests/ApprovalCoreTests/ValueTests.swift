import AgentTestKit
import ApprovalCore
import Testing

struct IdentifierTests {
    @Test func `thirty-six lower-case letters and digits are an id, whatever the suffix`() throws {
        for text in [
            Sample.transactionID, String(repeating: "z", count: 36),
            String(repeating: "0", count: 36),
            "f4342c75f714405d89007ef13ce68688tran",
        ] {
            let id = try #require(TransactionID(text))
            #expect(id.text == text && "\(id)" == text)
        }
    }

    @Test(arguments: [
        "", "f4342c75f714405d89007ef13ce68688atr", "f4342c75f714405d89007ef13ce68688atrxx",
        "F4342c75f714405d89007ef13ce68688atrx", "f4342c75f714405d89007ef13ce68688atr ",
        "f4342c75f714405d89007ef13ce6868/../x", "f4342c75-714405d89007ef13ce68688atrx",
        "f4342c75f714405d89007ef13ce68688atr\n",
        "f4342c75f714405d89007ef13ce68688atré", "f4342c75f714405d89007ef13ce68688at%0",
        "f4342c75f714405d89007ef13ce68688at\u{E9}",
        "\u{FF14}342c75f714405d89007ef13ce68688a", "f4342c75f714405d89007ef13ce68688atr\u{301}",
    ])
    func `any other text is no id`(text: String) {
        #expect(TransactionID(text) == nil)
    }

    @Test func `ids sort by their bytes`() throws {
        let a: AccountID = try Sample.id("0" + String(repeating: "z", count: 35))
        let b: AccountID = try Sample.id("a" + String(repeating: "0", count: 35))
        #expect(a < b && !(b < a) && !(a < a))
    }
}

struct UnixTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("1969-12-31T23:59:59.999Z", -1),
            ("1969-12-31T23:59:59.000Z", -1_000), ("1969-01-01T00:00:00.000Z", -31_536_000_000),
            ("2019-08-21T10:47:34.000Z", 1_566_384_454_000),
            ("2000-02-29T00:00:00.000Z", 951_782_400_000),
            ("2000-03-01T00:00:00.000Z", 951_868_800_000),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2023-12-31T23:59:59.000Z", 1_704_067_199_000),
            ("2100-02-28T23:59:59.000Z", 4_107_542_399_000),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
            ("2038-01-19T03:14:08.000Z", 2_147_483_648_000),
            ("2026-10-02T09:14:03.221Z", 1_790_932_443_221),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("1900-03-01T00:00:00.000Z", -2_203_891_200_000),
            ("1600-02-29T12:00:00.000Z", -11_670_955_200_000),
        ] as [(String, Int64)])
    func `a moment is written and read as RFC 3339 in UTC`(text: String, milliseconds: Int64) {
        #expect(UnixTime(milliseconds: milliseconds).description == text)
        #expect(UnixTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            ("2019-08-21T10:47:34Z", 1_566_384_454_000),
            ("2019-08-21T10:47:34.5Z", 1_566_384_454_500),
            ("2019-08-21T10:47:34.05Z", 1_566_384_454_050),
            ("2019-08-21T10:47:34.123456789Z", 1_566_384_454_123),
            ("1969-12-31T23:59:59.9999Z", -1),
        ] as [(String, Int64)])
    func `fractions of a second are read to the millisecond`(text: String, milliseconds: Int64) {
        #expect(UnixTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "Z", "2100-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-04-31T00:00:00Z", "2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-32T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
        "2016-12-31T23:59:60Z",
        "2024-01-01T00:00:00+00:00", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00-00:00",
        "2024-01-01T00:00:00",
        "2024-01-01t00:00:00Z", "2024-01-01T00:00:00z", "2024-01-01 00:00:00Z", "2024-01-01",
        "24-01-01T00:00:00Z",
        "2024-1-01T00:00:00Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T00:00:00.5xZ", "-024-01-01T00:00:00Z", "+2024-01-01T00:00:00Z",
        "12024-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z", "2024-01-01T00:00:00ZZ",
        "2024-01-01T-1:00:00Z",
        "2024/01/01T00:00:00Z", "\u{0662}024-01-01T00:00:00Z", "2024-01-01T00:00:0\u{0660}Z",
        "2024-01-01T00:00:00.\u{0661}Z",
    ])
    func `every other form is refused, offsets and leap seconds included`(text: String) {
        #expect(UnixTime(rfc3339: text) == nil)
    }

    @Test func `every day of eight centuries has its own date, in order, and reads back`() {
        var last = ""
        for day in Int64(-146_097)...146_097 {
            let moment = UnixTime(milliseconds: day * 86_400_000)
            let text = moment.description
            if UnixTime(rfc3339: text) != moment { Issue.record("\(text) does not read back") }
            if text <= last { Issue.record("\(text) does not follow \(last)") }
            last = text
        }
        #expect(last == "2370-01-01T00:00:00.000Z")
    }

    @Test func `seconds are rounded towards the past and the minute is for people`() {
        #expect(UnixTime(milliseconds: -1).seconds == -1)
        #expect(UnixTime(milliseconds: 999).seconds == 0)
        #expect(UnixTime(milliseconds: -1_000).seconds == -1)
        #expect(UnixTime(milliseconds: 1_790_932_443_221).minute == "2026-10-02 09:14")
    }

    @Test func `time is clamped at its ends and can still be written`() {
        let last = UnixTime(milliseconds: .max).advanced(byMilliseconds: 1)
        let first = UnixTime(milliseconds: .min).advanced(byMilliseconds: -1)
        #expect(last.milliseconds == .max && first.milliseconds == .min)
        #expect(last.description.hasSuffix("Z") && first.description.hasSuffix("Z"))
        #expect(first.seconds == -9_223_372_036_854_776)
    }
}

struct VerbatimTests {
    @Test(arguments: [
        ("\u{212A}", "K"), ("\u{E9}", "e\u{301}"), ("\u{2126}", "\u{3A9}"), ("a", "A"),
        ("a", "a\u{0}"),
    ])
    func `texts of different bytes are different`(left: String, right: String) {
        #expect(Verbatim(left) != Verbatim(right))
        #expect(!left.isVerbatim(right))
        #expect(Set([Verbatim(left), Verbatim(right)]).count == 2)
    }

    @Test func `texts of the same bytes are one, and sort by them`() {
        #expect(Verbatim("\u{E9}") == Verbatim("\u{E9}"))
        #expect("abc".isVerbatim("xabc".dropFirst()))
        #expect(Set([Verbatim("a"), Verbatim("a")]).count == 1)
        #expect(
            ["\u{1F600}", "\u{FB33}", "a", "B"].map { Verbatim($0) }.sorted().map(\.text) == [
                "B", "a", "\u{FB33}", "\u{1F600}",
            ])
    }
}

struct DigestTests {
    private static let digits = "00ff10a9" + String(repeating: "5c", count: 28)

    @Test func `a digest is 64 lower-case hexadecimal digits both ways`() throws {
        let digest = try #require(Digest(hex: Self.digits))
        #expect(digest.description == Self.digits)
        #expect(digest.bytes.prefix(4) == [0x00, 0xFF, 0x10, 0xA9])
        #expect(Digest(digest.bytes) == digest)
    }

    @Test func `anything else is no digest`() {
        for text in [
            "", String(Self.digits.dropLast()), Self.digits + "0", Self.digits + "00",
            Self.digits.uppercased(),
            String(Self.digits.dropLast()) + "g", " " + Self.digits.dropFirst(),
            "0x" + Self.digits.dropFirst(2),
        ] { #expect(Digest(hex: text) == nil, "\(text)") }
        #expect(Digest([]) == nil)
        #expect(Digest([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest([UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test func `all bytes survive hexadecimal`() {
        let all = (0...255).map { UInt8($0) }
        #expect([UInt8](hex: all.hex) == all)
        #expect([UInt8](hex: "") == [])
        #expect([UInt8](hex: "0") == nil)
        #expect([UInt8](hex: "0\u{FF10}") == nil)
    }

    @Test func `a public key is read in either case and written in lower case`() throws {
        let key = try #require(PublicKey(hex: Self.digits.uppercased()))
        #expect(key.description == Self.digits)
        #expect(PublicKey(hex: Self.digits) == key)
        #expect(PublicKey(hex: String(Self.digits.dropLast(2)) + "fG") == nil)
        #expect(PublicKey(hex: Self.digits + "00") == nil)
        #expect(PublicKey(hex: String(Self.digits.dropLast(1)) + "\u{FF21}") == nil)
        #expect(PublicKey([UInt8](repeating: 1, count: 31)) == nil)
    }
}

struct SignatureTests {
    private struct Holder { let signature: Signature; let other: Int }

    @Test func `a signature shows nothing of itself in any printing`() throws {
        let signature = try #require(Signature([UInt8](repeating: 0xAB, count: 64)))
        let holder = Holder(signature: signature, other: 1)
        var dumped = ""
        dump(holder, to: &dumped)
        dump([signature], to: &dumped)
        let printed = [
            "\(signature)", String(describing: signature), String(reflecting: signature),
            "\(Optional(signature) as Any)", "\([signature])", "\(["a": signature])", "\(holder)",
            String(reflecting: holder), dumped,
        ]
        for text in printed {
            #expect(text.contains("withheld"))
            #expect(!text.lowercased().contains("ab, ") && !text.contains("171"))
            #expect(!text.lowercased().contains("abab"))
        }
        #expect(Mirror(reflecting: signature).children.isEmpty)
    }

    @Test func `a signature has 64 bytes`() {
        #expect(Signature([UInt8](repeating: 0, count: 63)) == nil)
        #expect(Signature([UInt8](repeating: 0, count: 65)) == nil)
        #expect(Signature([UInt8](repeating: 7, count: 64))?.bytes.count == 64)
    }
}
