import ApprovalCore
import Foundation
import Testing

struct JSONTests {
    @Test func `the project's own strict set is accepted and refused as it says`() throws {
        let set = try JSONValue(parsing: Vectors.own("strict-json.json"))
        var counts: [String: Int] = [:]
        for verdict in ["accepted", "refused"] {
            guard case .object(let members)? = set[verdict] else {
                Issue.record("no \(verdict)")
                continue
            }
            for member in members {
                let bytes = try #require(member.value.text.flatMap { [UInt8](hex: $0) })
                let parsed = try? JSONValue(parsing: bytes)
                #expect((parsed != nil) == (verdict == "accepted"), "\(verdict): \(member.name)")
                counts[verdict, default: 0] += 1
            }
        }
        #expect(counts["accepted", default: 0] >= 20 && counts["refused", default: 0] >= 60)
    }

    @Test func `the readers' traps that the guide's vectors list are refused`() throws {
        let vectors = try JSONValue(parsing: Vectors.own("challenge.json"))
        let texts = try #require(vectors["json_strictness"]?.elements)
        #expect(texts.count == 7)
        for text in texts {
            let text = try #require(text.text)
            #expect(throws: JSONError.self, "\(text)") { try JSONValue(parsing: Array(text.utf8)) }
        }
    }

    @Test(
        arguments: [
            ("", 1, 1, .empty), ("\n\n ", 3, 2, .empty), ("{\"a\":1,}", 1, 8, .unexpectedByte),
            ("[1,\n 2,\n x]", 3, 2, .unexpectedByte), ("[1", 1, 3, .unexpectedEnd),
            ("{\"a\":1,\n\"a\":2}", 2, 1, .duplicateName), ("1 2", 1, 3, .trailingBytes),
            ("[01]", 1, 3, .unexpectedByte), ("[-x]", 1, 3, .invalidNumber),
            ("[1.]", 1, 4, .invalidNumber),
            ("[1e]", 1, 4, .invalidNumber), ("\"a\\x\"", 1, 4, .invalidEscape),
            ("\"a\nb\"", 1, 3, .controlCharacter), ("[\"\\ud800\"]", 1, 3, .loneSurrogate),
            ("\u{FEFF}1", 1, 1, .byteOrderMark), ("[nulL]", 1, 5, .unexpectedByte),
            ("\"abc", 1, 5, .unexpectedEnd),
            ("[\"é\", x]", 1, 8, .unexpectedByte), ("{1:2}", 1, 2, .unexpectedByte),
            ("{\"a\" 1}", 1, 6, .unexpectedByte),
            ("[1]\r\n]", 2, 1, .trailingBytes),
        ] as [(String, Int, Int, JSONError.Problem)])
    func `an error tells the line and column of the first wrong byte`(
        text: String, line: Int, column: Int, problem: JSONError.Problem
    ) throws {
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: Array(text.utf8))
        }
        #expect(error.problem == problem)
        #expect(error.line == line && error.column == column)
        #expect(error.description.hasSuffix("at line \(line), column \(column)"))
    }

    @Test func `invalid UTF-8 is told at the byte that is wrong`() throws {
        let bytes = Array("{\"a\": \"xy".utf8) + [0xFF] + Array("\"}".utf8)
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error.problem == .invalidUTF8)
        #expect(error.offset == 9)
        #expect(error.line == 1 && error.column == 10)
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `nesting of 64 is read and of 65 refused`(open: String, close: String) throws {
        func nested(_ depth: Int) -> [UInt8] {
            let inner = open == "[" ? "" : "1"
            return Array(
                (String(repeating: open, count: depth) + inner
                    + String(repeating: close, count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(64)) }
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: nested(65)) }
        #expect(error.problem == .tooDeep)
        #expect(error.offset == 64 * open.utf8.count)
        let unclosed = Array(String(repeating: open, count: 100_000).utf8)
        #expect(throws: JSONError.self) { try JSONValue(parsing: unclosed) }
    }

    @Test(arguments: [
        "0", "-0", "1.10", "1e5", "1E+05", "-1.0e-8", "123456789012345678901234567890.10",
        "1.000000000000000000000000001",
    ])
    func `a number keeps its text`(text: String) throws {
        #expect(try JSONValue(parsing: Array("[\(text)]".utf8)) == .array([.number(text)]))
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("-42", -42), ("9223372036854775807", .max),
            ("-9223372036854775808", .min), ("9223372036854775808", nil), ("1.0", nil),
            ("1e2", nil),
        ] as [(String, Int64?)])
    func `an integer is whole digits within 64 bits`(text: String, integer: Int64?) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).integer == integer)
        #expect(JSONValue.string(text).integer == nil)
    }

    @Test func `a member is found by its bytes, and names that only look alike are distinct`()
        throws
    {
        let text = "{\"\u{212A}\": 1, \"K\": 2, \"\u{E9}\": 3, \"e\u{301}\": 4}"
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(value["\u{212A}"]?.integer == 1)
        #expect(value["K"]?.integer == 2)
        #expect(value["\u{E9}"]?.integer == 3)
        #expect(value["e\u{301}"]?.integer == 4)
        #expect(value["k"] == nil)
    }

    @Test func `values whose texts differ only by Unicode composition are not equal`() {
        #expect(JSONValue.string("\u{212A}") != .string("K"))
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
        #expect(JSONValue.array([.string("\u{E9}")]) != .array([.string("e\u{301}")]))
        #expect(
            JSONValue.object([JSONMember("\u{E9}", .null)])
                != .object([JSONMember("e\u{301}", .null)]))
        #expect(Field.text("\u{212A}") != .text("K"))
        #expect(
            Set<JSONValue>([.string("\u{E9}"), .string("e\u{301}"), .string("\u{E9}")]).count == 2)
        #expect(Set<Field>([.text("\u{E9}"), .text("e\u{301}"), .null, .null]).count == 3)
        #expect(JSONValue.string("a") == .string("a") && JSONValue.number("1") != .string("1"))
        #expect(JSONValue.array([.null]) != .null && JSONValue.bool(true) != .bool(false))
        #expect(
            Field.absent != .null && Field.otherType != .absent && Field.text("a") == .text("a"))
    }
}

/// The public parsing suite beside the project.
struct JSONTestSuiteTests {
    /// Files on which RFC 8259 leaves a choice, and the choice made here. Numbers of any size keep
    /// their text, so they are read; whatever is not Unicode, or nests too deeply, is not.
    private static let choices: [String: Bool] = {
        let read = [
            "number_double_huge_neg_exp", "number_huge_exp", "number_neg_int_huge_exp",
            "number_pos_double_huge_exp", "number_real_neg_overflow", "number_real_pos_overflow",
            "number_real_underflow", "number_too_big_neg_int", "number_too_big_pos_int",
            "number_very_big_negative_int",
        ]
        let refused = [
            "object_key_lone_2nd_surrogate", "string_1st_surrogate_but_2nd_missing",
            "string_1st_valid_surrogate_2nd_invalid", "string_UTF-16LE_with_BOM",
            "string_UTF-8_invalid_sequence", "string_UTF8_surrogate_U+D800",
            "string_incomplete_surrogate_and_escape_valid", "string_incomplete_surrogate_pair",
            "string_incomplete_surrogates_escape_valid", "string_invalid_lonely_surrogate",
            "string_invalid_surrogate", "string_invalid_utf-8",
            "string_inverted_surrogates_U+1D11E", "string_iso_latin_1",
            "string_lone_second_surrogate", "string_lone_utf8_continuation_byte",
            "string_not_in_unicode_range", "string_overlong_sequence_2_bytes",
            "string_overlong_sequence_6_bytes", "string_overlong_sequence_6_bytes_null",
            "string_truncated-utf-8", "string_utf16BE_no_BOM", "string_utf16LE_no_BOM",
            "structure_500_nested_arrays", "structure_UTF-8_BOM_empty_object",
        ]
        return Dictionary(
            uniqueKeysWithValues: read.map { ("i_\($0).json", true) }
                + refused.map { ("i_\($0).json", false) })
    }()

    /// Valid by the letter of RFC 8259, refused here because readers disagree on them.
    private static let duplicates = [
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
    ]

    @Test func `every file of the public suite is accepted or refused as stated`() throws {
        guard let directory = Vectors.shared("json-test-suite") else { return }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { $0.hasSuffix(".json") }
        var counts: [Character: Int] = [:]
        for name in names {
            let bytes = Array(try Data(contentsOf: directory.appending(path: name)))
            let accepted = (try? JSONValue(parsing: bytes)) != nil
            let kind = try #require(name.first)
            let expected: Bool? =
                switch kind {
                case "y": !Self.duplicates.contains(name)
                case "n": false
                default: Self.choices[name]
                }
            #expect(accepted == expected, "\(name)")
            counts[kind, default: 0] += 1
        }
        #expect(counts == ["y": 95, "n": 188, "i": 35])
    }
}
