import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct `How an exchange ends` {
    @Test(
        arguments: [
            (.reply(Sample.reply()), .done),
            (.reply(Sample.reply("200 OK", [])), .done),
            (
                .reply(Sample.reply("200 OK", ["content-type: Application/JSON; charset=utf-8"])),
                .done
            ),
            (.reply(Sample.reply("200 OK", ["Content-Type: application/problem+json"])), .done),
            (.reply("HTTP/1.1 100 Continue\r\n\r\n" + Sample.reply()), .done),
            (.reply(chunked(Sample.asset)), .done),
            (.reply(Sample.reply("200 OK", ["Content-Type: text/html"])), .malformed),
            (.reply(Sample.reply("200 OK", [], "{\"id\":")), .malformed),
            (.reply(Sample.reply("200 OK", [], "{}")), .malformed),
            (.reply(Sample.reply("200 OK", [], "")), .malformed),
            (.reply("HTTP/1.1 204 No Content\r\n\r\n"), .malformed),
            (.reply(Sample.reply("301 Moved", ["Location: /elsewhere"], "")), .refused(301)),
            (.reply(Sample.reply("302 Found", ["Location: /elsewhere"], "")), .refused(302)),
            (.reply(Sample.reply("303 Other", ["Location: /elsewhere"], "")), .refused(303)),
            (.reply(Sample.reply("307 Moved", ["Location: /elsewhere"], "")), .refused(307)),
            (.reply(Sample.reply("308 Moved", ["Location: /elsewhere"], "")), .refused(308)),
            (.reply(Sample.reply("400 Bad Request")), .refused(400)),
            (.reply(Sample.reply("401 Unauthorized", ["WWW-Authenticate: Basic"])), .refused(401)),
            (.reply(Sample.reply("404 Not Found", [], "gone")), .refused(404)),
            (.reply(Sample.reply("408 Request Timeout")), .refused(408)),
            (.reply(Sample.reply("409 Conflict")), .refused(409)),
            (.reply(Sample.reply("422 Unprocessable")), .refused(422)),
            (.reply(Sample.reply("429 Slow Down")), .throttled(429, nil)),
            (.reply(Sample.reply("429 Slow Down", ["Retry-After: 7"])), .throttled(429, 7_000)),
            (.reply(Sample.reply("429 Slow Down", ["Retry-After: soon"])), .throttled(429, nil)),
            (.reply(Sample.reply("503 Busy", ["retry-after:99999 "])), .throttled(503, 3_600_000)),
            (
                .reply(
                    Sample.reply(
                        "503 Busy",
                        [
                            "Date: Sun, 06 Nov 1994 08:49:37 GMT",
                            "Retry-After: Sun, 06 Nov 1994 08:49:49 GMT",
                        ])), .throttled(503, 12_000)
            ),
            (.reply(Sample.reply("500 Broken")), .ambiguous),
            (.reply(Sample.reply("502 Bad Gateway")), .ambiguous),
            (.reply(Sample.reply("504 Gateway Timeout")), .ambiguous),
            (.reply(Sample.reply("699 Strange")), .ambiguous),
            (.replyAndClose("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), .ambiguous),
            (.replyAndClose("HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n{"), .ambiguous),
            (
                .replyAndClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n{"),
                .ambiguous
            ),
            (.replyAndClose("HTTP/1.1 200 OK\r\nContent-Le"), .ambiguous),
            (.replyAndClose("no HTTP at all\r\n\r\n"), .ambiguous),
            (.reply("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), .ambiguous),
            (.close, .ambiguous),
            (.reset, .ambiguous),
        ] as [(LoopbackServer.Answer, Ending)])
    func `is one of six, by what came back`(
        answer: LoopbackServer.Answer, expected: Ending
    ) async throws {
        let server = try LoopbackServer { _ in answer }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)/v1") { custody in
            #expect(await get(custody) == expected)
        }
        // One call is one request, whatever the answer: no redirect and no second try.
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        LoopbackServer.Answer.silence,
        .reply("HTTP/1.1 200 OK\r\nContent-Le"),
        .reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    ])
    func `is ambiguous when the time runs out`(answer: LoopbackServer.Answer) async throws {
        let server = try LoopbackServer { _ in answer }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)", timeout: 400) { custody in
            #expect(await get(custody) == .ambiguous)
        }
        #expect(server.requests.count == 1)
    }

    @Test(
        arguments: [
            ("HTTP/1.1 204 No Content\r\n\r\n", .done), (Sample.reply("200 OK", [], ""), .done),
            (Sample.reply("200 OK", ["Content-Type: text/html"], ""), .done),
            (Sample.reply("201 Created", [], "{}"), .done),
            (Sample.reply("200 OK", ["Content-Type: text/html"], "<html>"), .malformed),
            (Sample.reply("302 Found", ["Location: /login"], ""), .refused(302)),
            (Sample.reply("500 Broken", [], ""), .ambiguous),
        ] as [(String, Ending)])
    func `of an approval needs no body`(reply: String, expected: Ending) async throws {
        let server = try LoopbackServer { _ in .reply(reply) }
        defer { server.stop() }
        let id: ApprovalRequestID = try Sample.id("aprq")
        let response = try #require(Signature([UInt8](repeating: 1, count: 64)))
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            let end = await ending { () async throws(CustodyError) in
                try await custody.approve(
                    id, challenge: TestSHA256.hash([]), response: response, mayStill: { true })
            }
            #expect(end == expected)
        }
        #expect(server.requests.count == 1)
    }

    @Test func `an approval that is held back at the last moment never reaches the wire`()
        async throws
    {
        let server = try LoopbackServer { _ in .reply(Sample.reply("201 Created", [], "{}")) }
        defer { server.stop() }
        let id: ApprovalRequestID = try Sample.id("aprq")
        let response = try #require(Signature([UInt8](repeating: 1, count: 64)))
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            let end = await ending { () async throws(CustodyError) in
                try await custody.approve(
                    id, challenge: TestSHA256.hash([]), response: response, mayStill: { false })
            }
            #expect(end == .notSent)
        }
        #expect(server.requests.isEmpty)
    }

    @Test(
        arguments: [
            (Sample.reply("200 OK", ["Content-Type: application/json"], "{}"), .done),
            ("HTTP/1.1 204 No Content\r\n\r\n", .done),
            (Sample.reply("401 Unauthorized", [], ""), .refused(401)),
            (Sample.reply("404 Not Found", [], ""), .refused(404)),
            (Sample.reply("422 Unprocessable", [], "{}"), .refused(422)),
            (Sample.reply("429 Slow Down", ["Retry-After: 7"], ""), .throttled(429, 7_000)),
            (Sample.reply("500 Broken", [], ""), .ambiguous),
        ] as [(String, Ending)])
    func `of a cancellation is told by its status, and it is sent once`(
        reply: String, expected: Ending
    ) async throws {
        let server = try LoopbackServer { _ in .reply(reply) }
        defer { server.stop() }
        let id: TransactionID = try Sample.id("atrx")
        let account = try Sample.account()
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            let end = await ending { () async throws(CustodyError) in
                try await custody.cancel(id, of: account, mayStill: { true })
            }
            #expect(end == expected)
        }
        #expect(server.requests.count == 1)
    }

    @Test func `a cancellation that is held back at the last moment never reaches the wire`()
        async throws
    {
        let server = try LoopbackServer { _ in .reply(Sample.reply("200 OK", [], "{}")) }
        defer { server.stop() }
        let id: TransactionID = try Sample.id("atrx")
        let account = try Sample.account()
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            let end = await ending { () async throws(CustodyError) in
                try await custody.cancel(id, of: account, mayStill: { false })
            }
            #expect(end == .notSent)
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `a body of one mebibyte is taken and one byte more is not`() async throws {
        let padding = (1 << 20) - Sample.asset.utf8.count
        for (extra, expected) in [(0, Ending.done), (1, .malformed)] {
            let body = Sample.asset + String(repeating: " ", count: padding + extra)
            for reply in [Sample.reply("200 OK", [], body), chunked(body)] {
                let server = try LoopbackServer { _ in .reply(reply) }
                defer { server.stop() }
                try await withCustody("http://127.0.0.1:\(server.port)") { custody in
                    #expect(await get(custody) == expected)
                }
            }
        }
    }

    @Test func `headers over their bound are not taken`() async throws {
        let line = "X-Filler: " + String(repeating: "x", count: 1_000)
        for (count, expected) in [(60, Ending.done), (66, .malformed)] {
            let headers = (0..<count).map { _ in line }
            let server = try LoopbackServer { _ in .reply(Sample.reply("200 OK", headers)) }
            defer { server.stop() }
            try await withCustody("http://127.0.0.1:\(server.port)") { custody in
                #expect(await get(custody) == expected)
            }
        }
    }

    @Test func `nothing is sent to a closed port or a name that does not exist`() async throws {
        let port = try LoopbackServer.closedPort()
        for url in ["http://127.0.0.1:\(port)", "https://nowhere.invalid"] {
            try await withCustody(url, timeout: 3_000) { custody in
                #expect(await get(custody) == .notSent)
            }
        }
    }

    @Test func `nothing is sent without a signature or a nonce`() async throws {
        let server = try LoopbackServer { _ in .reply(Sample.reply()) }
        defer { server.stop() }
        let url = "http://127.0.0.1:\(server.port)"
        try await withCustody(url, key: RefusingSigner()) { custody in
            #expect(await get(custody) == .notSent)
        }
        try await withCustody(url, random: { _ in [1, 2, 3] }) { custody in
            #expect(await get(custody) == .notSent)
        }
        #expect(server.accepted == 0)
    }

    @Test func `every response tells the platform's time, or that it gave none`() async throws {
        let dates = ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Date: yesterday", "X-Date: none"]
        let server = try LoopbackServer { request in
            .reply(Sample.reply("404 Not Found", [dates[request.index]]))
        }
        defer { server.stop() }
        let told = Mutex<[UnixTime?]>([])
        let local = Mutex<Set<UnixTime>>([])
        try await withCustody(
            "http://127.0.0.1:\(server.port)",
            onDate: { platform, now in
                told.withLock { $0.append(platform) }
                local.withLock { _ = $0.insert(now) }
            }
        ) { custody in
            for _ in dates { #expect(await get(custody) == .refused(404)) }
        }
        let times = told.withLock { $0.map { $0?.milliseconds } }
        #expect(times == [784_111_777_000, nil, nil])
        #expect(local.withLock { $0 } == [UnixTime(milliseconds: 1_700_000_000_999)])
    }

    @Test func `a truncated reply tells the platform's time, and no reply tells nothing`()
        async throws
    {
        let count = Mutex(0)
        for (answer, expected) in [
            (
                LoopbackServer.Answer.replyAndClose(
                    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), 1
            ),
            (.close, 1),
        ] {
            let server = try LoopbackServer { _ in answer }
            defer { server.stop() }
            try await withCustody(
                "http://127.0.0.1:\(server.port)",
                onDate: { _, _ in count.withLock { $0 += 1 } }
            ) { custody in
                #expect(await get(custody) == .ambiguous)
            }
            #expect(count.withLock { $0 } == expected)
        }
    }
}

func chunked(_ body: String) -> String {
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + String(body.utf8.count, radix: 16) + "\r\n\(body)\r\n0\r\n\r\n"
}

/// One GET, of an asset.
func get(_ custody: CurlCustody) async -> Ending {
    guard let asset = AssetID(String(repeating: "0", count: 32) + "asst") else {
        Issue.record("the sample id is none")
        return .malformed
    }
    return await ending { () async throws(CustodyError) in try await custody.asset(asset) }
}
