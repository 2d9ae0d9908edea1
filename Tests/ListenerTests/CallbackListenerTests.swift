import ApprovalCore
import Listener
import ProgramTestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CallbackListenerTests {
    /// Everything that is refused is answered with these bytes.
    static let refusal = #"{"message":"refused"}"#

    /// The reply to one request, and what it rang.
    private func post(
        _ post: CallbackPost, basePath: String = "/v1"
    ) async throws -> (reply: WireClient.Reply?, bells: [Callback]) {
        let (results, continuation) = AsyncStream.makeStream(
            of: (reply: WireClient.Reply?, bells: [Callback]).self)
        try await Listening.callbacks(basePath: basePath) { address, rung in
            let client = try await WireClient(address)
            await client.send(post.bytes)
            let reply = await client.reply()
            await client.close()
            continuation.yield((reply, rung.bells))
        }
        var iterator = results.makeAsyncIterator()
        return try #require(await iterator.next())
    }

    private func expectRefused(_ post: CallbackPost) async throws {
        let (reply, bells) = try await self.post(post)
        let refused = try #require(reply)
        #expect((400..<500).contains(refused.status))
        #expect(refused.body == Self.refusal)
        #expect(bells == [])
    }

    @Test func `there are at least 120 hostile locations, all different`() {
        let distinct = Set(Watched.hostile.map(\.bytes))
        #expect(distinct.count >= 120)
        #expect(distinct.count == Watched.hostile.count)
        #expect(!distinct.contains(Array(Watched.location.utf8)))
    }

    @Test(arguments: Watched.hostile)
    func `a hostile location rings nothing and learns nothing`(
        location: HostileLocation
    ) async throws {
        try await expectRefused(CallbackPost(location: location.bytes))
    }

    @Test func `a watched transaction rings once and is answered with nothing`() async throws {
        let (reply, bells) = try await post(CallbackPost())
        #expect(reply?.status == 200)
        #expect(reply?.body == "")
        #expect(reply?.headers["content-length"] == "0")
        let transaction = try #require(TransactionID(Watched.transaction))
        let account = try #require(AccountID(Watched.account))
        #expect(bells == [.transaction(transaction, of: account)])
    }

    @Test(arguments: ["", "/v1", "/custody/v1"])
    func `the base path of the platform stands before the location`(
        base: String
    ) async throws {
        let path = base + Watched.location.dropFirst(3)
        let (reply, bells) = try await post(
            CallbackPost(location: Array(path.utf8)), basePath: base)
        #expect(reply?.status == 200)
        #expect(bells.count == 1)
        let (refused, none) = try await post(
            CallbackPost(location: Array(("/other" + path).utf8)), basePath: base)
        #expect(refused?.status == 400)
        #expect(none == [])
    }

    @Test func `trades and closure requests are taken note of`() async throws {
        var trade = CallbackPost(type: "TRADE")
        trade.location = Array("/v1/trading/trades/\(Watched.trade)".utf8)
        trade.body = Array(#"{"id":"\#(Watched.trade)"}"#.utf8)
        #expect(try await post(trade).bells == [.trade])
        var closure = CallbackPost(type: "CLOSURE_REQUEST")
        closure.location = Array(
            "/v1/entities/\(Watched.entity)/closure_requests/\(Watched.closure)".utf8)
        closure.body = Array(#"{"id":"\#(Watched.closure)"}"#.utf8)
        let (reply, bells) = try await post(closure)
        #expect(reply?.status == 200)
        #expect(bells == [.closureRequest])
    }

    @Test(arguments: [
        nil, "", "transaction", "TRANSACTION ,TRADE", "TRADE", "CLOSURE_REQUEST",
        "APPROVAL_REQUEST", "TRANSACTIONS", "\u{422}RANSACTION", "TRANSACTION\0",
        "TRANSACTION\r\nX-Resource-Type: TRANSACTION",
    ])
    func `any other type rings nothing`(type: String?) async throws {
        try await expectRefused(CallbackPost(type: type))
    }

    @Test(arguments: [
        "", " ", "{", "[]", "null", #""\#(Watched.transaction)""#, "{}", #"{"id":null}"#,
        #"{"id":1}"#, #"{"id":""}"#, #"{"id":["\#(Watched.transaction)"]}"#,
        #"{"ID":"\#(Watched.transaction)"}"#, #"{"id":"\#(Watched.account)"}"#,
        #"{"id":"\#(Watched.transaction.uppercased())"}"#, #"{"id":"\#(Watched.transaction) "}"#,
        #"{"id":"\#(Watched.transaction)","id":"\#(Watched.transaction)"}"#,
        #"{"id":"\#(Watched.transaction)",}"#, #"{"id":"\#(Watched.transaction)"} x"#,
        #"{'id':'\#(Watched.transaction)'}"#, "id=\(Watched.transaction)",
        "\u{FEFF}" + Watched.body, Watched.body + Watched.body, #"{"id":"\ud800"}"#,
        #"{"id":"\#(Watched.transaction)","x":NaN}"#, #"{"id":"\#(Watched.transaction)\u0000"}"#,
        String(repeating: "[", count: 16_000), String(repeating: #"{"id":"#, count: 2_000),
        #"{"id":"\#(Watched.transaction)","x":"# + String(repeating: "[", count: 64)
            + String(repeating: "]", count: 64) + "}",
    ])
    func `any other body rings nothing`(body: String) async throws {
        try await expectRefused(CallbackPost(body: Array(body.utf8)))
    }

    @Test func `members that nobody asked for are let be`() async throws {
        let body = #"{"extra":[1,{"id":"no"}],"id":"\#(Watched.transaction)"}"#
        #expect(try await post(CallbackPost(body: Array(body.utf8))).bells.count == 1)
    }

    @Test(arguments: [
        "GET /callbacks HTTP/1.1", "PUT /callbacks HTTP/1.1", "OPTIONS * HTTP/1.1",
        "HEAD /other HTTP/1.1", "POST / HTTP/1.1", "POST /callbacks/ HTTP/1.1",
        "POST /callbacks? HTTP/1.1", "POST //callbacks HTTP/1.1", "POST /Callbacks HTTP/1.1",
        "POST /%63allbacks HTTP/1.1", "POST http://agent/callbacks HTTP/1.1",
        "POST /callbacks/../callbacks HTTP/1.1", "POST /callbacks#x HTTP/1.1",
        "CONNECT agent:443 HTTP/1.1", "POST /callbacks HTTP/2.0", "POST /callbacks HTTP/0.9",
        "POST /callbacks", "PRI * HTTP/2.0", "nonsense", "\u{16}\u{3}\u{1}",
    ])
    func `any other request line rings nothing`(line: String) async throws {
        var post = CallbackPost()
        post.line = line
        try await expectRefused(post)
    }

    @Test func `a bell that cannot be recorded is asked for again`() async throws {
        try await Listening.callbacks(records: { false }) { address, rung in
            let client = try await WireClient(address)
            await client.send(CallbackPost().bytes)
            let reply = await client.reply()
            #expect(reply?.status == 503)
            #expect(reply?.body == Self.refusal)
            #expect(await rung.refusal() == .notRecorded)
            await client.close()
        }
    }

    @Test func `one connection carries one callback after the other`() async throws {
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            for count in 1...20 {
                await client.send(CallbackPost().bytes)
                #expect(await client.reply()?.status == 200)
                #expect(rung.bells.count == count)
            }
            await client.close()
        }
    }

    @Test func `HTTP 1.0 is enough`() async throws {
        var post = CallbackPost()
        post.line = "POST /callbacks HTTP/1.0"
        let bytes = post.bytes
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            await client.send(bytes)
            let text = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(text.contains(" 200 OK\r\n"))
            #expect(rung.bells.count == 1)
        }
    }

    @Test(arguments: [
        ["Connection: close"], ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"],
        ["Connection: Upgrade", "Upgrade: websocket"],
    ])
    func `a callback that asks for more is a callback and then the end`(
        headers: [String]
    ) async throws {
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            await client.send(CallbackPost(more: headers).bytes)
            let text = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(rung.bells.count == 1)
        }
    }

    @Test func `each refusal has its own label, and all of them are listed`() async throws {
        var post = CallbackPost()
        post.location = Array((Watched.location + "/").utf8)
        let bytes = post.bytes
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            await client.send(bytes)
            _ = await client.reply()
            #expect(await rung.refusal() == .location)
            await client.close()
        }
        #expect(Set(CallbackRefusal.labels).count == CallbackRefusal.labels.count)
        #expect(CallbackRefusal.labels.contains(CallbackRefusal.location.label))
        #expect(CallbackRefusal.labels.contains(CallbackRefusal.connection(.tooSlow).label))
    }
}
