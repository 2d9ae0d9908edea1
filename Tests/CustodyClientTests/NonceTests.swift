import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import SodiumKeys
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Nonces` {
    @Test func `of a million requests are a million`() async throws {
        let base = try BaseURL("https://platform.example/v1")
        let signer = RequestSigner(
            origin: base.origin, keyID: try #require(KeyID("partner-1")), key: try FixedSigner(),
            sha256: Sodium.sha256, randomBytes: Sodium.randomBytes(count:),
            now: { UnixTime(milliseconds: 1_700_000_000_999) })
        let target = RequestTarget.asset(try Sample.id("asst"), base: base)
        let parts = try await withThrowingTaskGroup(of: [UInt128].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var nonces: [UInt128] = []
                    for number in 0..<125_000 {
                        nonces.append(
                            try #require(Self.nonce(of: try signer.signed(.get, target))))
                        // The other tests have their turn.
                        if number % 100 == 0 { await Task.yield() }
                    }
                    return nonces
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var nonces: Set<UInt128> = []
        nonces.reserveCapacity(1_000_000)
        for part in parts { nonces.formUnion(part) }
        #expect(nonces.count == 1_000_000)
    }

    /// The nonce as a number; nil where it is not 32 digits.
    private static func nonce(of request: SignedRequest) -> UInt128? {
        let name = "X-Nonce: "
        guard request.headers.count == 4, request.headers[2].hasPrefix(name),
            request.headers[2].utf8.count == name.utf8.count + 32
        else { return nil }
        return UInt128(request.headers[2].dropFirst(name.count), radix: 16)
    }

    @Test func `are not used twice by repetitions, whatever the server does`() async throws {
        let server = try LoopbackServer { request in
            switch (request.connection &* 31 &+ request.index &* 7) % 9 {
            case 0: .close
            case 1: .reset
            case 2: .reply(Sample.reply("503 Busy", ["Retry-After: 0"]))
            case 3: .reply(Sample.reply("401 Unauthorized"))
            case 4: .replyAndClose("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
            default: .reply(Sample.reply())
            }
        }
        defer { server.stop() }
        let calls = 3_000
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            let tries = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        var tries = 0
                        for _ in 0..<(calls / 30) {
                            // Each is repeated until it is done, at most nine times.
                            for _ in 0..<10 {
                                tries += 1
                                if await get(custody) == .done { break }
                            }
                        }
                        return tries
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(tries > calls, "some were repeated")
            #expect(server.requests.count == tries, "every try is one request")
        }
        let nonces = server.requests.compactMap { $0.header("X-Nonce") }
        #expect(nonces.count == server.requests.count)
        #expect(Set(nonces).count == nonces.count)
        let signatures = server.requests.compactMap { $0.header("Signature") }
        #expect(signatures.count == nonces.count)
    }
}

/// Signs everything with the same bytes, and keeps nothing.
private struct FixedSigner: Signer {
    let publicKey: PublicKey
    private let signature: Signature

    init() throws {
        publicKey = try #require(PublicKey([UInt8](repeating: 7, count: 32)))
        signature = try #require(Signature([UInt8](repeating: 9, count: 64)))
    }

    func sign(_ message: [UInt8]) throws(SignerError) -> Signature { signature }
}
