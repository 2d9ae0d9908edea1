import Listener
import Testing

struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8480", "127.0.0.1", 8480), ("0.0.0.0:8480", "0.0.0.0", 8480),
        ("127.0.0.1:0", "127.0.0.1", 0), ("10.1.2.3:65535", "10.1.2.3", 65_535),
        ("[::1]:8480", "::1", 8480), ("[::]:1", "::", 1), ("[fe80::1]:80", "fe80::1", 80),
    ])
    func `an address is read and written back`(text: String, host: String, port: Int) throws {
        let address = try ListenAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(arguments: [
        ("", ListenAddressError.noPort("")), ("127.0.0.1", .noPort("127.0.0.1")),
        ("127.0.0.1:", .notAPort("127.0.0.1:")), ("127.0.0.1:x", .notAPort("127.0.0.1:x")),
        ("127.0.0.1:65536", .notAPort("127.0.0.1:65536")),
        ("127.0.0.1:-1", .notAPort("127.0.0.1:-1")), ("127.0.0.1:+1", .notAPort("127.0.0.1:+1")),
        ("127.0.0.1:080", .notAPort("127.0.0.1:080")),
        ("127.0.0.1:999999", .notAPort("127.0.0.1:999999")),
        ("127.0.0.1:1 ", .notAPort("127.0.0.1:1 ")), (":8480", .notAnAddress(":8480")),
        ("localhost:8480", .notAnAddress("localhost:8480")),
        ("127.1:8480", .notAnAddress("127.1:8480")), ("*:8480", .notAnAddress("*:8480")),
        ("127.0.0.256:1", .notAnAddress("127.0.0.256:1")), ("[]:1", .brackets("[]:1")),
        ("[::zz]:1", .notAnAddress("[::zz]:1")), ("::1:8480", .brackets("::1:8480")),
        ("[127.0.0.1]:1", .brackets("[127.0.0.1]:1")),
        ("http://127.0.0.1:1", .brackets("http://127.0.0.1:1")),
    ])
    func `what is no address is refused with what to write instead`(
        text: String, expected: ListenAddressError
    ) {
        let error = #expect(throws: ListenAddressError.self) { try ListenAddress(text) }
        #expect(error == expected)
        #expect(expected.description.hasPrefix("\"\(text)\" "))
        #expect(expected.description.contains("write"))
    }
}
