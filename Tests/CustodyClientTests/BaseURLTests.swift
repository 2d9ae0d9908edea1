import CustodyClient
import Testing

@Suite struct `The base URL` {
    @Test(arguments: [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://API.Example.com:443/V1", "https://api.example.com/V1"),
        ("https://192.0.2.7:8443/a/b.c~d_e-f", "https://192.0.2.7:8443/a/b.c~d_e-f"),
        ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
        ("https://[::]", "https://[::]"),
        ("https://[1:2:3:4:5:6:7:8]", "https://[1:2:3:4:5:6:7:8]"),
        ("http://127.0.0.1:8470/v1", "http://127.0.0.1:8470/v1"),
        ("http://127.255.3.4:80/v1", "http://127.255.3.4/v1"),
        ("http://localhost:65535", "http://localhost:65535"),
        ("http://[::1]:8470/v1", "http://[::1]:8470/v1"),
    ])
    func `is read in its one form`(text: String, form: String) throws {
        #expect(try BaseURL(text).description == form)
    }

    @Test(arguments: [
        ("", BaseURLError.scheme), ("api.example.com", .scheme), ("ftp://a.example", .scheme),
        ("HTTPS://a.example", .scheme), ("https:/a.example", .scheme), ("//a.example", .scheme),
        ("https://a.example/v 1", .notPlainText), ("https://ä.example", .notPlainText),
        ("https://a.example\r\n", .notPlainText), ("https://a.example/\0", .notPlainText),
        ("https://a.example?x=1", .query), ("https://a.example/v1?", .query),
        ("https://a.example/v1#x", .fragment), ("https://a.example/%76", .percentEncoding),
        ("https://%61.example", .percentEncoding), ("https://u@a.example", .userInformation),
        ("https://u:p@a.example", .userInformation), ("https://a.example:0", .port),
        ("https://a.example:65536", .port), ("https://a.example:", .port),
        ("https://a.example:08", .port), ("https://a.example:+8", .port),
        ("https://a.example:8:9", .port), ("https://", .host), ("https:///v1", .host),
        ("https://a..example", .host), ("https://a.example.", .host), ("https://-a.example", .host),
        ("https://a_b.example", .host), ("https://127.1", .host), ("https://2130706433", .host),
        ("https://0x7f000001", .host), ("https://127.0.0.01", .host), ("https://1.2.3.256", .host),
        ("https://1.2.3.4.5", .host), ("https://[::1", .host), ("https://[::1]x", .host),
        ("https://[1:2]", .host), ("https://[1::2::3]", .host), ("https://[:1:2:3:4:5:6:7]", .host),
        ("https://[::ffff:127.0.0.1]", .host), ("https://[fe80::1%25eth0]", .percentEncoding),
        ("https://[12345::]", .host), ("https://[]", .host), ("https://a\\b.example", .host),
        ("https://a.example//v1", .path), ("https://a.example/v1//", .path),
        ("https://a.example/./v1", .path), ("https://a.example/../v1", .path),
        ("https://a.example/v1;x", .path), ("https://a.example/v1\\x", .path),
        ("http://a.example", .plaintext(host: "a.example")),
        ("http://128.0.0.1", .plaintext(host: "128.0.0.1")),
        ("http://[::2]", .plaintext(host: "[::2]")),
        ("http://127.0.0.1.example", .plaintext(host: "127.0.0.1.example")),
        ("http://localhost.example", .plaintext(host: "localhost.example")),
    ])
    func `is refused with the reason`(text: String, reason: BaseURLError) {
        #expect(throws: reason) { try BaseURL(text) }
        #expect(reason.description.hasPrefix("The base URL"))
    }
}

@Suite struct `The settings` {
    private func settings(
        url: String = "https://a.example", keyID: String = "k", timeout: Int = 10_000,
        connections: Int = 8, caFile: String? = nil, pins: [String] = []
    ) throws -> CustodySettings {
        try CustodySettings(
            baseURL: url, keyID: keyID, requestTimeoutMilliseconds: timeout,
            maxConnections: connections, caFile: caFile, pinnedPublicKeys: pins)
    }

    @Test func `are taken within their bounds`() throws {
        let pin = "sha256//" + String(repeating: "A", count: 43) + "="
        let taken = try settings(timeout: 600_000, connections: 256, caFile: "a.pem", pins: [pin])
        #expect(taken.pinnedPublicKeys == [pin])
        #expect(taken.baseURL.description == "https://a.example")
    }

    @Test func `are refused outside them`() {
        let pin = "sha256//" + String(repeating: "A", count: 43) + "="
        #expect(throws: CustodySettingsError.baseURL(.scheme)) { try settings(url: "x") }
        #expect(throws: CustodySettingsError.keyID) { try settings(keyID: "\"") }
        #expect(throws: CustodySettingsError.requestTimeout) { try settings(timeout: 0) }
        #expect(throws: CustodySettingsError.requestTimeout) { try settings(timeout: 600_001) }
        #expect(throws: CustodySettingsError.maxConnections) { try settings(connections: 0) }
        #expect(throws: CustodySettingsError.maxConnections) { try settings(connections: 257) }
        #expect(throws: CustodySettingsError.caFile) { try settings(caFile: "") }
        for wrong in ["", "sha1//AAAA", pin + "=", pin + ";" + pin, "/etc/pin.pem"] {
            #expect(throws: CustodySettingsError.pinnedPublicKey(index: 1)) {
                try settings(pins: [pin, wrong])
            }
        }
    }
}
