import CustodySandbox
import NIOCore
import NIOPosix
import Testing

/// A client that sends a request and reads until the server closes the connection.
private enum Wire {
    static func exchange(_ request: ReceivedRequest, port: Int) async throws -> String {
        var text = "\(request.method) \(request.target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for header in request.headers { text += "\(header.name): \(header.value)\r\n" }
        text += "Content-Length: \(request.body.count)\r\nConnection: close\r\n\r\n"
        var outgoing = ByteBuffer(string: text)
        outgoing.writeBytes(request.body)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let message = outgoing
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(message)
            var received = ""
            for try await part in inbound { received += String(buffer: part) }
            return received
        }
    }
}

struct SandboxServerTests {
    @Test func `a whole reply has length, type and the sandbox's date`() async throws {
        let partner = try Partner.ofFixture()
        let request = try partner.request("GET", "\(Fixture.list)?filter[state]=PENDING")
        try await serving(partner.sandbox) { port in
            let reply = try await Wire.exchange(request, port: port)
            #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(reply.contains("Date: "))
            #expect(reply.contains("Content-Type: application/json"))
            #expect(reply.contains(Fixture.transaction))
        }
    }

    @Test func `the date header can be switched off`() async throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "clock", ["date_header": false])
        let request = try partner.request("GET", "/v1/assets")
        try await serving(partner.sandbox) { port in
            let reply = try await Wire.exchange(request, port: port)
            #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(!reply.contains("Date: "))
        }
    }

    @Test func `a dropped reply sends not one byte`() async throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "faults", ["fault": ["kind": "drop"]])
        let request = try partner.request("GET", "/v1/assets")
        try await serving(partner.sandbox) { port in
            let reply = try await Wire.exchange(request, port: port)
            #expect(reply == "")
        }
        #expect(try partner.report("requests_by_endpoint")?["GET assets"] == 1)
    }

    @Test func `a truncated reply announces more than it sends`() async throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "faults", ["fault": ["kind": "truncate"]])
        let request = try partner.request("GET", "/v1/assets")
        try await serving(partner.sandbox) { port in
            let reply = try await Wire.exchange(request, port: port)
            let parts = reply.split(separator: "\r\n\r\n", maxSplits: 1)
            try #require(parts.count == 2)
            let line = parts[0].split(separator: "\r\n").first { $0.hasPrefix("Content-Length:") }
            let announced = Int(line?.split(separator: " ").last ?? "") ?? 0
            #expect(parts[1].hasPrefix("{\"items\":["))
            #expect(parts[1].utf8.count == announced / 2)
        }
    }

    @Test(arguments: ["0.0.0.0", "192.168.1.1", "example.com", "::", "127.0.0.1.example.com", ""])
    func `only a loopback address is served`(host: String) {
        #expect(throws: SandboxServer.Refusal.notLoopback(host)) {
            try SandboxServer(Sandbox(seed: 1), host: host, port: 0)
        }
    }
}
