import CustodySandbox
import Testing

struct ExactAmountTests {
    @Test(arguments: [
        ("0", 0, "0"), ("-0.40000000", 8, "-0.40000000"), ("1.5", 8, "1.50000000"),
        ("100000000000000000000", 0, "100000000000000000000"),
        ("0.000000000000000001", 8, "0.000000000000000001"), ("-12.30", 0, "-12.3"),
    ])
    func `an amount keeps its value exactly`(text: String, precision: Int, shown: String) throws {
        #expect(try #require(ExactAmount(text)).text(precision: precision) == shown)
    }

    @Test(arguments: [
        "", "-", ".5", "5.", "01", "1e3", "+1", " 1", "1,5", "0x1", "1.0abc", "1.2.3", "٣",
        "0.0000000000000000001", "1000000000000000000000",
    ])
    func `a text outside the grammar or the range is no amount`(text: String) {
        #expect(ExactAmount(text) == nil)
    }
}

struct JSONTests {
    @Test(arguments: [
        "{\"b\":1.50,\"a\":[true,false,null,\"x\\\"\\\\\\n\\u0001\"],\"b\":{}}", "[]", "-0e1",
    ])
    func `order, duplicates and literals survive`(text: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)).bytes == Array(text.utf8))
    }

    @Test(arguments: [
        "", "{\"a\":1,}", "[1,]", "01", "1.", "NaN", "\u{FEFF}{}", "{}x", "\"\\ud800\"",
        "{a:1}", "// x\n1", "\"\n\"", "nul",
    ])
    func `what RFC 8259 forbids is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test func `escapes and surrogate pairs decode`() throws {
        let value = try JSON(parsing: Array("\"\\u00e9\\ud83d\\ude00\\/\"".utf8))
        #expect(value.text == "é😀/")
    }
}
