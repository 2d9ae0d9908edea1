import AgentTestKit
import ApprovalCore
import Testing

struct JSONPropertyTests {
    private static let seeds = [
        #"{"id":"f4342c75f714405d89007ef13ce68688atrx","amount":"-0.4","n":[1,-2.5e3,0],"x":null}"#,
        #"{"a":{"b":[true,false,{"c":"é\u20ac\ud834\udd1e\n"}]},"":""}"#,
        "[[[[[[\"\\\\\\\"\\/\"]]]]],1e-400,123456789012345678901234567890]",
        " { \"\u{1D11E}\" : \"\u{0}\u{7F}\" } ".replacing("\u{0}", with: "\\u0000"),
    ]

    @Test func `no mutation of a document crashes the parser, and what is read reads back`() throws
    {
        var generator = SeededGenerator(seed: 7)
        var (accepted, refused) = (0, 0)
        for _ in 0..<30_000 {
            var bytes = Array(generator.pick(Self.seeds).utf8)
            for _ in 0...generator.below(3) { Self.mutate(&bytes, &generator) }
            do {
                let value = try JSONValue(parsing: bytes)
                #expect(try JSONValue(parsing: value.written) == value)
                accepted += 1
            } catch {
                #expect(
                    (0...bytes.count).contains(error.offset) && error.line >= 1 && error.column >= 1
                )
                refused += 1
            }
        }
        #expect(accepted > 1_000 && refused > 10_000)
    }

    @Test func `every cut of a document is refused`() {
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            let whole = bytes.count - (seed.hasSuffix(" ") ? 1 : 0)
            for count in 0..<whole {
                #expect(throws: JSONError.self) {
                    try JSONValue(parsing: Array(bytes.prefix(count)))
                }
            }
        }
    }

    @Test func `canonical bytes read back to the same members and are a fixed point`() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<3_000 {
            let value = Self.value(&generator, depth: 0)
            let bytes = try #require(value.canonicalBytes)
            let again = try JSONValue(parsing: bytes)
            #expect(again.canonicalBytes == bytes)
            #expect(Self.sorted(again) == Self.sorted(value))
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let interesting =
            Array("\"\\{}[]:,0-.eu/ \n".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        let place = generator.below(max(1, bytes.count))
        switch generator.below(6) {
        case 0: bytes.insert(generator.pick(interesting), at: place)
        case 1 where !bytes.isEmpty: bytes[place] = UInt8(generator.below(256))
        case 2 where !bytes.isEmpty: bytes[place] = generator.pick(interesting)
        case 3 where !bytes.isEmpty: bytes.remove(at: place)
        case 4: bytes.insert(contentsOf: bytes[place...].prefix(generator.below(12)), at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + generator.below(8)))
        }
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
        switch generator.below(depth > 4 ? 4 : 6) {
        case 0: return .null
        case 1: return .bool(generator.chance(2))
        case 2: return .integer(Int64(generator.below(1 << 53)) * (generator.chance(2) ? 1 : -1))
        case 3: return .string(text(&generator))
        case 4:
            return .array((0..<generator.below(4)).map { _ in value(&generator, depth: depth + 1) })
        default:
            var members: [JSONMember] = []
            for _ in 0..<generator.below(5) {
                let name = text(&generator)
                if members.contains(where: { $0.name.isVerbatim(name) }) { continue }
                members.append(JSONMember(name, value(&generator, depth: depth + 1)))
            }
            return .object(members)
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let parts = [
            "a", "K", "\u{212A}", "\u{E9}", "e\u{301}", "\u{0}", "\n", "\"", "\\", "/", "\u{7F}",
            "\u{2028}", "\u{FB33}", "\u{1F600}", "\u{20AC}",
        ]
        return (0..<generator.below(4)).map { _ in generator.pick(parts) }.joined()
    }

    /// The same value with members in the order of their names' bytes.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .number, .string: value
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(
                members.map { JSONMember($0.name, sorted($0.value)) }
                    .sorted { Verbatim($0.name) < Verbatim($1.name) })
        }
    }
}

struct CanonicalJSONTests {
    private func canonical(_ text: String) throws -> String? {
        try JSONValue(parsing: Array(text.utf8)).canonicalBytes.map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func `names are sorted by their UTF-16 code units, not by code points`() throws {
        let text = #"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#
        let expected =
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{F6}\":7,\"\u{20AC}\":1,\"\u{1F600}\":5,\"\u{FB33}\":3}"
        #expect(try canonical(text).map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test func `strings have the shortest escapes and nothing else is escaped`() throws {
        let text =
            #"["\u0000\u0008\u0009\u000a\u000b\u000c\u000d\u001f\u0022\u005c\u002f\u007f\u20ac"]"#
        let expected = "[\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\u{7F}\u{20AC}\"]"
        #expect(try canonical(text) == expected)
    }

    @Test(
        arguments: [
            (" [ 1 , -0 , true , false , null , { } , [ ] ] ", "[1,0,true,false,null,{},[]]"),
            ("9007199254740991", "9007199254740991"), ("-9007199254740991", "-9007199254740991"),
            ("{\"b\":{\"d\":1,\"c\":2},\"a\":[]}", "{\"a\":[],\"b\":{\"c\":2,\"d\":1}}"),
            ("9007199254740992", nil), ("1.5", nil), ("[1e2]", nil), ("{\"a\":1.0}", nil),
        ] as [(String, String?)])
    func `there is no white space, and numbers are integers that a double holds or nothing`(
        text: String, expected: String?
    ) throws {
        #expect(try canonical(text) == expected)
    }
}
