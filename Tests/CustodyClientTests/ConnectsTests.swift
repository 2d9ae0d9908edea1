import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Glibc
import ProgramTestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct `A client connects` {
    private static let statuses = [
        "200 OK", "301 Moved", "302 Found", "303 See Other", "305 Use Proxy", "307 Temporary",
        "308 Permanent", "401 Unauthorized", "407 Proxy Authentication Required",
        "421 Misdirected", "503 Busy",
    ]

    @Test func `to nothing but the configured address, whatever a reply names`() async throws {
        let directory = try OpenSSL.temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let recorder = try ConnectRecorder(in: directory)
        // The child inherits it; another child of this moment writes a file of its own.
        for (name, value) in recorder.environment { unsafe setenv(name, value, 1) }
        defer { for name in recorder.environment.keys { unsafe unsetenv(name) } }
        await #expect(processExitsWith: .success) {
            let decoy = try LoopbackServer { _ in .reply(Sample.reply()) }
            let server = try LoopbackServer { request in
                .reply(Self.reply(Self.statuses[request.index % 11], "127.0.0.1:\(decoy.port)"))
            }
            try await withCustody(
                "http://127.0.0.1:\(server.port)", connections: 1
            ) { custody in
                for _ in 0..<(3 * Self.statuses.count) { _ = await get(custody) }
            }
            #expect(server.requests.count >= 3 * Self.statuses.count)
            #expect(server.requests.allSatisfy { $0.header("Cookie") == nil })
            #expect(decoy.accepted == 0)
            let connects = try #require(ConnectRecorder.connects(of: getpid()))
            #expect(connects.count == server.accepted, "each is recorded")
            #expect(!connects.isEmpty)
            #expect(Set(connects) == ["127.0.0.1:\(server.port)"])
        }
    }

    /// A reply that names another address wherever HTTP has a place for one.
    private static func reply(_ status: String, _ place: String) -> String {
        Sample.reply(
            status,
            [
                "Location: http://\(place)/", "Content-Location: http://\(place)/",
                "Refresh: 0; url=http://\(place)/", "Alt-Svc: http/1.1=\"\(place)\"",
                "Link: <http://\(place)/>; rel=preload", "Set-Cookie: a=b; Domain=\(place)",
                "Strict-Transport-Security: max-age=9", "Host: \(place)",
                "Proxy-Authenticate: Basic", "WWW-Authenticate: Negotiate",
                "X-Resource-Location: http://\(place)/",
            ])
    }
}
