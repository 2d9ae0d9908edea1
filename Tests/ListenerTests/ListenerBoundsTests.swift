import ApprovalCore
import Listener
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ListenerBoundsTests {
    private static let refusal = CallbackListenerTests.refusal

    /// One bound of time short enough to wait for, the others as long as a busy machine needs.
    private static func brief(
        _ bound: WritableKeyPath<ListenerBounds, Duration>
    ) -> ListenerBounds {
        var bounds = ListenerBounds()
        bounds.headersWithin = .seconds(30)
        bounds.requestWithin = .seconds(30)
        bounds[keyPath: bound] = .milliseconds(150)
        return bounds
    }

    private func exchange(
        _ bytes: [UInt8], _ refusal: CallbackRefusal?, status: Int
    ) async throws {
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            await client.send(bytes)
            let reply = await client.reply()
            #expect(reply?.status == status)
            if let refusal {
                #expect(reply?.body == Self.refusal)
                #expect(await rung.refusal() == refusal)
                #expect(rung.bells == [])
            } else {
                #expect(rung.bells.count == 1)
            }
            await client.close()
        }
    }

    // Bytes.

    @Test func `64 header fields are read and 65 are not`() async throws {
        // Host, type, location and length are four of them.
        var post = CallbackPost(more: (1...60).map { "X-\($0): 1" })
        try await exchange(post.bytes, nil, status: 200)
        post.more.append("X-61: 1")
        try await exchange(post.bytes, .connection(.headersTooLarge), status: 400)
    }

    @Test func `8 KiB of headers are read and one byte more is not`() async throws {
        var post = CallbackPost()
        let others = ["Host", "agent", "X-Resource-Type", "TRANSACTION", "X-Resource-Location"]
        let taken =
            others.joined().utf8.count + Watched.location.utf8.count + "/callbacks".utf8.count
            + "Content-Length".utf8.count + String(post.body.count).utf8.count + 1
        let filler = String(repeating: "a", count: 8 * 1_024 - taken)
        post.more = ["X:" + filler]
        try await exchange(post.bytes, nil, status: 200)
        post.more = ["X:" + filler + "a"]
        try await exchange(post.bytes, .connection(.headersTooLarge), status: 400)
    }

    @Test(arguments: [
        "GET /" + String(repeating: "a", count: 9_000),
        "POST /callbacks HTTP/1.1\r\n" + String(repeating: "X: \r\n", count: 3_000),
        "POST /callbacks HTTP/1.1\r\n" + String(repeating: "n", count: 9_000),
        String(repeating: "\r\n", count: 30_000),
    ])
    func `a flood before the body is cut off`(flood: String) async throws {
        try await exchange(Array(flood.utf8), .connection(.headersTooLarge), status: 400)
    }

    @Test func `16 KiB of body are read and one byte more is not`() async throws {
        let full = Array(Watched.body.utf8)
        var post = CallbackPost()
        post.body = full + [UInt8](repeating: 0x20, count: 16 * 1_024 - full.count)
        try await exchange(post.bytes, nil, status: 200)
        post.body.append(0x20)
        try await exchange(post.bytes, .connection(.bodyTooLarge), status: 400)
    }

    @Test func `an announced body that is too long is refused before it comes`() async throws {
        var post = CallbackPost(body: [])
        for length in ["16385", "999999999", "9223372036854775807"] {
            post.framing = ["Content-Length: \(length)"]
            try await exchange(post.bytes, .connection(.bodyTooLarge), status: 400)
        }
        post.framing = ["Expect: 100-continue", "Content-Length: 999999"]
        try await exchange(post.bytes, .connection(.bodyTooLarge), status: 400)
    }

    @Test(arguments: [
        ["Content-Length: -1"], ["Content-Length: 1e3"], ["Content-Length: 99999999999999999999"],
        ["Content-Length: 3", "Content-Length: 4"], ["Transfer-Encoding: gzip, "],
        ["Content-Length: 44", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked, gzip"],
    ])
    func `a body whose length is not certain is refused`(framing: [String]) async throws {
        try await exchange(
            CallbackPost(framing: framing).bytes, .connection(.malformed), status: 400)
    }

    @Test func `chunks are joined, and counted`() async throws {
        let chunked = ["Transfer-Encoding: chunked"]
        func chunk(_ text: String) -> String {
            String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
        }
        let body = chunk("{\"id\":") + chunk("\"\(Watched.transaction)\"}") + "0\r\n\r\n"
        var post = CallbackPost(body: Array(body.utf8), framing: chunked)
        try await exchange(post.bytes, nil, status: 200)
        post.body = Array(String(repeating: chunk("         "), count: 1_900).utf8)
        try await exchange(post.bytes, .connection(.bodyTooLarge), status: 400)
        let large = chunk(String(repeating: " ", count: 8_193))
        post.body = Array((large + large + "0\r\n\r\n").utf8)
        try await exchange(post.bytes, .connection(.bodyTooLarge), status: 400)
        post.body = Array(("1;" + String(repeating: "x", count: 60_000)).utf8)
        try await exchange(post.bytes, .connection(.bodyTooLarge), status: 400)
        post.body = Array("zz\r\n".utf8)
        try await exchange(post.bytes, .connection(.malformed), status: 400)
    }

    @Test func `who waits to be told to go on is told`() async throws {
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            var post = CallbackPost(more: ["Expect: 100-continue"])
            let body = post.body
            post.framing = ["Content-Length: \(body.count)"]
            post.body = []
            await client.send(post.bytes)
            #expect(await client.reply()?.status == 100)
            await client.send(body)
            #expect(await client.reply()?.status == 200)
            #expect(rung.bells.count == 1)
            await client.close()
        }
    }

    @Test func `of requests that come at once only the first is answered`() async throws {
        try await Listening.callbacks { address, rung in
            let client = try await WireClient(address)
            await client.send((0..<50).flatMap { _ in CallbackPost().bytes })
            let text = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(text.ranges(of: "HTTP/1.1 ").count == 1)
            #expect(text.contains("Connection: close"))
            #expect(rung.bells.count == 1)
        }
    }

    // Time.

    @Test func `a connection that sends nothing is closed`() async throws {
        try await Listening.callbacks(Self.brief(\.headersWithin)) { address, rung in
            let client = try await WireClient(address)
            #expect(await client.untilClosed() == [])
            #expect(await rung.refusal() == .connection(.tooSlow))
        }
    }

    /// Sends a byte now and then, until the connection ends.
    private func drip(_ client: WireClient, after start: [UInt8], _ byte: UInt8) async {
        await client.send(start)
        let channel = client.channel
        let drops = channel.eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .milliseconds(20)
        ) { _ in channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil) }
        _ = await client.untilClosed()
        drops.cancel()
    }

    @Test func `headers that never end are not waited for, drop by drop or not`() async throws {
        try await Listening.callbacks(Self.brief(\.headersWithin)) { address, rung in
            let line = Array("POST /callbacks HTTP/1.1\r\nX: ".utf8)
            let clock = ContinuousClock()
            let start = clock.now
            await self.drip(try await WireClient(address), after: line, 0x61)
            #expect(start.duration(to: clock.now) >= .milliseconds(140))
            #expect(await rung.refusal() == .connection(.tooSlow))
            #expect(rung.bells == [])
        }
    }

    @Test func `a body that never ends is not waited for`() async throws {
        var post = CallbackPost(body: [], framing: ["Content-Length: 16000"])
        post.body = []
        let bytes = post.bytes
        try await Listening.callbacks(Self.brief(\.requestWithin)) { address, rung in
            let clock = ContinuousClock()
            let start = clock.now
            await self.drip(try await WireClient(address), after: bytes, 0x20)
            #expect(start.duration(to: clock.now) >= .milliseconds(140))
            #expect(await rung.refusal() == .connection(.tooSlow))
            #expect(rung.bells == [])
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await Listening.callbacks(Self.brief(\.idleWithin)) { address, rung in
            let client = try await WireClient(address)
            await client.send(CallbackPost().bytes)
            #expect(await client.reply()?.status == 200)
            #expect(await client.untilClosed() == [])
            #expect(rung.bells.count == 1)
        }
    }

    @Test func `a later request has the same time as a first`() async throws {
        var bounds = ListenerBounds()
        bounds.headersWithin = .seconds(1)
        try await Listening.callbacks(bounds) { address, rung in
            let client = try await WireClient(address)
            await client.send(CallbackPost().bytes)
            #expect(await client.reply()?.status == 200)
            await client.send("POST /callbacks HTTP/1.1\r\n")
            #expect(await client.untilClosed() == [])
            #expect(await rung.refusal() == .connection(.tooSlow))
        }
    }

    @Test func `a reply that nobody reads is not kept`() async throws {
        let (refusals, continuation) = AsyncStream.makeStream(of: ConnectionRefusal.self)
        let page = String(repeating: "x", count: 16 * 1_024 * 1_024)
        try await Listening.operations(
            Self.brief(\.requestWithin), metrics: page, refused: { continuation.yield($0) }
        ) { address in
            let client = try await WireClient(address, reads: false)
            await client.send("GET /metrics HTTP/1.1\r\n\r\n")
            var iterator = refusals.makeAsyncIterator()
            #expect(await iterator.next() == .tooSlow)
            await client.close()
        }
    }

    @Test func `an answer that never comes ends with the connection`() async throws {
        let turnstile = Turnstile()
        let hold: @Sendable () async -> Bool = {
            await turnstile.pass()
            return true
        }
        try await Listening.callbacks(Self.brief(\.requestWithin), records: hold) { address, rung in
            let client = try await WireClient(address)
            await client.send(CallbackPost().bytes)
            #expect(await client.untilClosed() == [])
            #expect(await rung.refusal() == .connection(.tooSlow))
            turnstile.open()
        }
    }
}
