import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Testing

/// A server that must not be spoken to, and what an operator is told of it.
struct BadServer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var certificate = TLSServer.Certificate.signed
    var name = "IP:127.0.0.1"
    /// Of the server, and of the client that shows that it serves.
    var options: [String] = []
    var pins: [String] = []
    /// What the sentence says of the cause and of what to do.
    let words: [String]

    private static let old = ["-cipher", "ALL:@SECLEVEL=0"]
    private static let otherPin = "sha256//" + String(repeating: "A", count: 43) + "="

    static let all = [
        BadServer(
            testDescription: "expired", certificate: .expired,
            words: ["expired", "this host's clock"]),
        BadServer(
            testDescription: "self-signed", certificate: .selfSigned,
            words: ["self-signed", "platform.ca_file"]),
        BadServer(
            testDescription: "wrong host", name: "DNS:api.example.com",
            words: ["subject name", "platform.base_url"]),
        BadServer(
            testDescription: "wrong address", name: "IP:127.0.0.2",
            words: ["subject name", "platform.base_url"]),
        BadServer(
            testDescription: "wrong pin", pins: [otherPin],
            words: ["platform.pinned_public_keys", "ask the platform for its key"]),
        BadServer(
            testDescription: "TLS 1.0", options: ["-tls1"] + old, words: ["TLS 1.2 or later"]),
        BadServer(
            testDescription: "TLS 1.1", options: ["-tls1_1"] + old, words: ["TLS 1.2 or later"]),
        BadServer(
            testDescription: "unknown CA", certificate: .signedByAnother,
            words: ["unable to get local issuer certificate", "platform.ca_file"]),
    ]
}

@Suite(.enabled(if: OpenSSL.isPresent), .timeLimit(.minutes(10))) struct `A bad server` {
    @Test(arguments: BadServer.all)
    func `gets no byte of a request, and is named with what to do`(_ bad: BadServer) async throws {
        let server = try await TLSServer(bad.certificate, name: bad.name, options: bad.options)
        defer { server.stop() }
        guard try await server.showsControl(bad.options) else {
            print("!!! openssl does not serve '\(bad.testDescription)': IT IS NOT TESTED !!!")
            return
        }
        let why = try await whyNotSent(server.url, caFile: server.authority, pins: bad.pins)
        for word in bad.words { #expect(why.contains(word), "\(why)") }
        // The server shows one connection after the other.
        #expect(try await server.showsControl(bad.options))
        for word in ["GET /", "HTTP/1.1", "X-Nonce", "keyId", "foobar"] {
            #expect(!server.shown.contains(word), "\(server.shown)")
        }
    }

    @Test func `shows what it gets, where it is a good one`() async throws {
        let server = try await TLSServer()
        defer { server.stop() }
        try await withCustody(
            server.url, caFile: server.authority, pins: [server.pin]
        ) { custody in
            let end = try await server.answer({ await get(custody) }, with: Sample.reply())
            #expect(end == .done)
        }
        #expect(server.shown.contains("GET /assets/"))
    }

    @Test func `of plain HTTP at an https URL gets no request`() async throws {
        let server = try RawServer(reply: "HTTP/1.1 400 Bad Request\r\n\r\n")
        defer { server.stop() }
        let why = try await whyNotSent("https://127.0.0.1:\(server.port)")
        #expect(why.contains("names the platform's HTTPS port"), "\(why)")
        let received = server.received
        #expect(received.first == 0x16, "a record of TLS")
        for word in ["GET ", "HTTP/1.1", "X-Nonce", "Signature"] {
            #expect(received.firstRange(of: Array(word.utf8)) == nil)
        }
    }

    @Test(arguments: ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"], [true, false])
    func `that redirects is not followed, to another host or to itself`(
        _ status: String, toAnother: Bool
    ) async throws {
        let decoy = try LoopbackServer { _ in .reply(Sample.reply()) }
        defer { decoy.stop() }
        let server = try await TLSServer()
        defer { server.stop() }
        let place = toAnother ? "http://127.0.0.1:\(decoy.port)" : server.url
        let reply = Sample.reply(
            status, ["Location: \(place)/elsewhere", "Refresh: 0;url=\(place)/elsewhere"], "")
        try await withCustody(server.url, caFile: server.authority) { custody in
            let end = try await server.answer({ await get(custody) }, with: reply)
            #expect(end == .refused(Int(status.prefix(3)) ?? 0))
        }
        #expect(server.shown.components(separatedBy: "GET /").count == 2, "one request")
        #expect(!server.shown.contains("elsewhere"))
        #expect(decoy.accepted == 0)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n{\"id\":",
        "HTTP/1.1 200 OK\r\nContent-Type: application/js",
        "HTTP/1.1 200 OK\r\n\r\n{\"id\":",
    ])
    func `that ends in the middle of a reply, without a word, is not believed`(
        _ reply: String
    ) async throws {
        let server = try await TLSServer()
        defer { server.stop() }
        try await withCustody(server.url, caFile: server.authority) { custody in
            let end = try await server.answer({ await get(custody) }, with: reply) {
                try await server.untilInputIsRead()
                server.stop()
            }
            #expect([.ambiguous, .malformed].contains(end))
        }
    }

    @Test func `that would speak HTTP/2 is asked for HTTP/1.1`() async throws {
        let server = try await TLSServer(options: ["-alpn", "h2,http/1.1"])
        defer { server.stop() }
        try await withCustody(server.url, caFile: server.authority) { custody in
            let end = try await server.answer({ await get(custody) }, with: Sample.reply())
            #expect(end == .done)
        }
        let lines = server.shown.split(whereSeparator: \.isNewline).filter { $0.contains("ALPN") }
        #expect(
            lines == [
                "ALPN protocols advertised by the client: http/1.1",
                "ALPN protocols selected: http/1.1",
            ])
    }

    private func whyNotSent(
        _ url: String, caFile: String? = nil, pins: [String] = []
    ) async throws -> String {
        var found: CustodyError?
        let asset: AssetID = try Sample.id("asst")
        try await withCustody(url, caFile: caFile, pins: pins) { custody in
            do throws(CustodyError) { _ = try await custody.asset(asset) } catch { found = error }
        }
        guard case .notSent(let why) = found else {
            Issue.record("\(String(describing: found))")
            return ""
        }
        return why
    }
}
