import Listener
import Testing

@Suite(.timeLimit(.minutes(10)))
struct OperationsListenerTests {
    private func get(
        _ line: String, isReady: Bool = true, metrics: String = "up 1\n"
    ) async throws -> WireClient.Reply? {
        let (replies, continuation) = AsyncStream.makeStream(of: WireClient.Reply?.self)
        try await Listening.operations(isReady: isReady, metrics: metrics) { address in
            let client = try await WireClient(address)
            await client.send("\(line) HTTP/1.1\r\nHost: agent\r\n\r\n")
            continuation.yield(await client.reply())
            await client.close()
        }
        var iterator = replies.makeAsyncIterator()
        return try #require(await iterator.next())
    }

    @Test func `a process that runs is alive`() async throws {
        let reply = try await get("GET /livez", isReady: false)
        #expect(reply?.status == 200)
        #expect(reply?.body == "ok")
    }

    @Test func `readiness is the status, and its checks the body`() async throws {
        let ready = try await get("GET /readyz")
        #expect(ready?.status == 200)
        #expect(ready?.headers["content-type"] == "application/json")
        #expect(ready?.body == #"{"ledger":true}"#)
        let unready = try await get("GET /readyz", isReady: false)
        #expect(unready?.status == 503)
        #expect(unready?.body == #"{"ledger":false}"#)
    }

    @Test func `status and metrics are shown as they are now`() async throws {
        let status = try await get("GET /status")
        #expect(status?.status == 200)
        #expect(status?.body == #"{"queue":3}"#)
        let long = String(repeating: "a 1\n", count: 100_000)
        let metrics = try await get("GET /metrics", metrics: long)
        #expect(metrics?.status == 200)
        #expect(
            metrics?.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(metrics?.body == long)
    }

    @Test(arguments: ["/livez", "/readyz", "/status", "/metrics"])
    func `HEAD is GET without the body`(path: String) async throws {
        try await Listening.operations { address in
            let client = try await WireClient(address)
            await client.send("GET \(path) HTTP/1.1\r\n\r\n")
            let page = try #require(await client.reply())
            await client.send("HEAD \(path) HTTP/1.1\r\nConnection: close\r\n\r\n")
            let head = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(head.hasPrefix("HTTP/1.1 \(page.status) "))
            #expect(head.contains("Content-Length: \(page.body.utf8.count)\r\n"))
            #expect(head.hasSuffix("\r\n\r\n"))
        }
    }

    @Test(arguments: [
        ("POST /livez", 405), ("DELETE /metrics", 405), ("OPTIONS *", 405), ("GET /", 404),
        ("GET /metrics/", 404), ("GET /metrics?x=1", 404), ("GET /Metrics", 404),
        ("GET /callbacks", 404), ("GET /../status", 404), ("GET http://agent/livez", 404),
        ("CONNECT agent:1", 405), ("nonsense", 400),
    ])
    func `everything else is refused with one body`(line: String, status: Int) async throws {
        let reply = try await get(line)
        #expect(reply?.status == status)
        #expect(reply?.body == CallbackListenerTests.refusal)
    }
}
