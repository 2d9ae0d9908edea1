import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct `A reply without an end` {
    /// What the client reads, with what the two systems hold for it on the way.
    private static let mostTaken = 48 << 20

    @Test(
        arguments: [
            ("header lines", "HTTP/1.1 200 OK\r\n", "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"),
            ("one header line", "HTTP/1.1 200 OK\r\nX-Filler: ", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            ("a status line", "HTTP/1.1 200 ", "OK"),
            ("1xx", "", "HTTP/1.1 100 Continue\r\n\r\n"),
            ("early hints", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            ("a body", "HTTP/1.1 200 OK\r\n\r\n", "{\"a\":1} "),
            ("a long body", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "        "),
            ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\n    \r\n"),
            (
                "trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
            ),
            ("an error's body", "HTTP/1.1 500 Broken\r\n\r\n", "        "),
            ("an error's header", "HTTP/1.1 401 No\r\n", "WWW-Authenticate: Basic realm=x\r\n"),
        ])
    func `is given up within its bound`(
        _ what: String, _ beginning: String, _ piece: String
    ) async throws {
        let pieces = Array(repeating: Array(piece.utf8), count: 1_024).flatMap(\.self)
        let server = try LoopbackServer { _ in .flood(beginning, pieces) }
        defer { server.stop() }
        // The bound in bytes ends it, not the time.
        try await withCustody("http://127.0.0.1:\(server.port)", timeout: 100_000) { custody in
            let end = await get(custody)
            #expect([.malformed, .ambiguous].contains(end), "\(what): \(end)")
        }
        #expect(server.requests.count == 1)
        #expect(server.flooded < Self.mostTaken, "\(what)")
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nX-Filler: ", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    ])
    func `that drips is given up when its time is over`(_ beginning: String) async throws {
        let server = try LoopbackServer { _ in .drip(beginning, 5) }
        defer { server.stop() }
        let start = ContinuousClock.now
        try await withCustody("http://127.0.0.1:\(server.port)", timeout: 500) { custody in
            #expect([.malformed, .ambiguous].contains(await get(custody)))
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(server.requests.count == 1)
    }

    @Test func `that is compressed is not unpacked, nor asked for`() async throws {
        let bomb = try Self.compressed(megabytes: 64)
        try #require(bomb.count > 10_000 && bomb.count < 1 << 20)
        let head = "Content-Encoding: gzip\r\nContent-Type: application/json"
        let server = try LoopbackServer { _ in
            .bytes(
                Array("HTTP/1.1 200 OK\r\n\(head)\r\nContent-Length: \(bomb.count)\r\n\r\n".utf8)
                    + bomb)
        }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            #expect(await get(custody) == .malformed)
        }
        let request = try #require(server.requests.first)
        for name in ["Accept-Encoding", "TE", "Upgrade", "HTTP2-Settings", "Connection"] {
            #expect(request.header(name) == nil)
        }
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/3 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{0}\u{0}\u{6}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}",
    ])
    func `of another HTTP than 1 is not taken for one`(_ reply: String) async throws {
        let server = try LoopbackServer { _ in .replyAndClose(reply) }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)", timeout: 5_000) { custody in
            #expect([.malformed, .ambiguous].contains(await get(custody)))
        }
        #expect(server.requests.count == 1)
    }

    /// So many megabytes of zeros, by gzip.
    private static func compressed(megabytes: Int) throws -> [UInt8] {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "head -c \(megabytes << 20) /dev/zero | gzip -9"]
        let output = Pipe()
        shell.standardOutput = output
        shell.standardInput = FileHandle.nullDevice
        try shell.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        return Array(bytes)
    }
}
