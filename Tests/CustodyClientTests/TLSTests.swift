import AgentTestKit
import ApprovalCore
import CustodyClient
import Foundation
import Glibc
import Testing

@Suite(.enabled(if: OpenSSL.isPresent), .timeLimit(.minutes(10))) struct `TLS` {
    @Test func `a server whose certificate is not trusted gets nothing`() async throws {
        try await withServer { url, _, _ in
            do {
                let ending = try await end(url)
                #expect(ending == .notSent)
            }
        }
    }

    @Test func `a certificate of the CA file is trusted`() async throws {
        try await withServer { url, certificate, _ in
            // The server answers with a page in HTML: TLS was passed.
            do {
                let ending = try await end(url, caFile: certificate)
                #expect(ending == .malformed)
            }
        }
    }

    @Test func `the pinned key passes, alone or among others`() async throws {
        let other = "sha256//" + String(repeating: "A", count: 43) + "="
        try await withServer { url, certificate, pin in
            do {
                let ending = try await end(url, caFile: certificate, pins: [pin])
                #expect(ending == .malformed)
            }
            do {
                let ending = try await end(url, caFile: certificate, pins: [other, pin])
                #expect(ending == .malformed)
            }
        }
    }

    @Test func `a server with another key than the pinned one gets nothing`() async throws {
        let other = "sha256//" + String(repeating: "A", count: 43) + "="
        try await withServer { url, certificate, _ in
            do {
                let ending = try await end(url, caFile: certificate, pins: [other])
                #expect(ending == .notSent)
            }
        }
    }

    @Test func `a pin does not replace trust`() async throws {
        try await withServer { url, _, pin in
            do {
                let ending = try await end(url, pins: [pin])
                #expect(ending == .notSent)
            }
        }
    }

    @Test func `a certificate for another name gets nothing`() async throws {
        try await withServer(name: "DNS:api.example.com") { url, certificate, _ in
            do {
                let ending = try await end(url, caFile: certificate)
                #expect(ending == .notSent)
            }
        }
    }

    @Test func `TLS before 1.2 gets nothing, and 1.2 passes`() async throws {
        try await withServer(options: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]) { url, file, _ in
            do {
                let ending = try await end(url, caFile: file)
                #expect(ending == .notSent)
            }
        }
        try await withServer(options: ["-tls1_2"]) { url, file, _ in
            do {
                let ending = try await end(url, caFile: file)
                #expect(ending == .malformed)
            }
        }
    }

    @Test func `a CA file that is missing or empty trusts nobody`() async throws {
        try await withServer { url, certificate, _ in
            do {
                let ending = try await end(url, caFile: certificate + ".gone")
                #expect(ending == .notSent)
            }
            do {
                let ending = try await end(url, caFile: "/dev/null")
                #expect(ending == .notSent)
            }
        }
    }

    @Test func `a server without TLS gets nothing`() async throws {
        let server = try LoopbackServer { _ in .reply(Sample.reply()) }
        defer { server.stop() }
        do {
            let ending = try await end("https://127.0.0.1:\(server.port)", timeout: 500)
            #expect(ending == .notSent)
        }
        #expect(server.requests.isEmpty)
    }

    private func end(
        _ url: String, timeout: Int = 10_000, caFile: String? = nil, pins: [String] = []
    ) async throws -> Ending {
        var end: Ending?
        try await withCustody(url, timeout: timeout, caFile: caFile, pins: pins) { custody in
            end = await get(custody)
        }
        return try #require(end)
    }

    /// `openssl s_server` with a certificate of its own; `body` gets the base URL, the
    /// certificate's file and the pin of its key.
    private func withServer(
        name: String = "IP:127.0.0.1", options: [String] = [],
        _ body: (_ url: String, _ certificate: String, _ pin: String) async throws -> Void
    ) async throws {
        let directory = try OpenSSL.temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let (status, _) = try OpenSSL.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
                "-subj", "/CN=countersign test", "-addext", "subjectAltName=\(name)",
            ], in: directory)
        try #require(status == 0)
        let (_, key) = try OpenSSL.run(
            ["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"], in: directory)
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/openssl")
        server.arguments =
            ["s_server", "-www", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem"]
            + options
        server.currentDirectoryURL = directory
        let output = Pipe()
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        server.standardInput = FileHandle.nullDevice
        try server.run()
        defer {
            // A child of a dispatch thread has SIGTERM blocked.
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        let port = try #require(readPort(output.fileHandleForReading))
        try await body(
            "https://127.0.0.1:\(port)", directory.appending(path: "cert.pem").path(),
            "sha256//" + TestSHA256.hash(key).bytes.base64)
    }

    /// The port of the line `ACCEPT 127.0.0.1:PORT`; nil where the server ended without it.
    private func readPort(_ output: FileHandle) -> UInt16? {
        var text = ""
        while true {
            let chunk = output.availableData
            guard !chunk.isEmpty else { return nil }
            text += String(decoding: chunk, as: UTF8.self)
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1)
            where line.hasPrefix("ACCEPT ") {
                return line.split(separator: ":").last.flatMap { UInt16($0) }
            }
        }
    }
}
