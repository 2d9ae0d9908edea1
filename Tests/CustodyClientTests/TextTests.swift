import ApprovalCore
import CustodyClient
import Testing

@Suite struct `Base64` {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `is as in RFC 4648, section 10`(text: String, encoded: String) {
        #expect(Array(text.utf8).base64 == encoded)
    }

    @Test func `uses the whole alphabet`() {
        #expect([0xFB, 0xFF, 0xBF].map(UInt8.init).base64 == "+/+/")
    }
}

@Suite struct `The date of a response` {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
        ("Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59.000Z"),
        ("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59.000Z"),
    ])
    func `is read`(text: String, moment: String) {
        #expect(UnixTime(imfDate: text)?.description == moment)
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun,  6 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT", "Sun, 06 Nov 1994 08:49:37 GM\u{301}",
    ])
    func `is nil in every other form`(text: String) {
        #expect(UnixTime(imfDate: text) == nil)
    }
}

@Suite struct `Retry-After` {
    private let now = UnixTime(milliseconds: 784_111_777_000)

    @Test(
        arguments: [
            ("0", 0), ("7", 7_000), ("007", 7_000), ("3600", 3_600_000), ("3601", 3_600_000),
            ("99999999999999999999999", 3_600_000), ("Sun, 06 Nov 1994 08:49:47 GMT", 10_000),
            ("Sun, 06 Nov 1994 08:49:36 GMT", 0), ("Mon, 06 Nov 2034 08:49:37 GMT", 3_600_000),
        ] as [(String, Int64)])
    func `is a wait from nothing to an hour`(value: String, wait: Int64) {
        #expect(RetryAfter.milliseconds(value, now: now) == wait)
    }

    @Test(arguments: ["", "-1", "+1", "1.5", "1s", "soon", "١"])
    func `is nil where it says no time`(value: String) {
        #expect(RetryAfter.milliseconds(value, now: now) == nil)
    }

    @Test func `a date at the end of time does not overflow`() {
        let past = UnixTime(milliseconds: .min)
        #expect(
            RetryAfter.milliseconds("Sun, 06 Nov 1994 08:49:37 GMT", now: past)
                == RetryAfter.longestMilliseconds)
    }
}
