import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Dispatch
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct `Connections` {
    @Test func `one is kept for a row of calls`() async throws {
        let server = try LoopbackServer { _ in .reply(Sample.reply()) }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            for _ in 0..<50 { #expect(await get(custody) == .done) }
        }
        #expect(server.requests.count == 50)
        #expect(server.accepted == 1)
    }

    @Test func `sixty-four calls at once share eight, all in use at the same time`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { request in
            // The first request of every connection waits until there are eight of them.
            if request.index == 0 {
                if request.connection == 7 { for _ in 0..<8 { gate.signal() } }
                gate.wait()
            }
            return .reply(Sample.reply())
        }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)", connections: 8) { custody in
            let ends = await many(64, at: 64, custody)
            #expect(ends == [.done: 64])
        }
        #expect(server.requests.count == 64)
        #expect(server.accepted == 8)
    }

    @Test func `no nonce is used twice in three thousand requests`() async throws {
        let server = try LoopbackServer { _ in .reply(Sample.reply()) }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            #expect(await many(3_000, at: 64, custody) == [.done: 3_000])
        }
        let nonces = server.requests.compactMap { $0.header("X-Nonce") }
        #expect(nonces.count == 3_000)
        #expect(Set(nonces).count == 3_000)
        #expect(nonces.allSatisfy { [UInt8](hex: $0)?.count == 16 })
        #expect(server.accepted <= 8)
    }

    @Test func `a kept connection that dies sends no nonce a second time`() async throws {
        let server = try LoopbackServer { request in
            request.index == 0 ? .reply(Sample.reply()) : .close
        }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            #expect(await get(custody) == .done)
            #expect(await get(custody) == .ambiguous)
            #expect(await get(custody) == .done)
        }
        let nonces = server.requests.compactMap { $0.header("X-Nonce") }
        #expect(nonces.count == 3)
        #expect(Set(nonces).count == 3)
    }

    @Test func `a kept connection that dies sends no approval a second time`() async throws {
        let server = try LoopbackServer { request in
            request.index == 0 ? .reply(Sample.reply()) : .reset
        }
        defer { server.stop() }
        let id: ApprovalRequestID = try Sample.id("aprq")
        let response = try #require(Signature([UInt8](repeating: 1, count: 64)))
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            #expect(await get(custody) == .done)
            let end = await ending { () async throws(CustodyError) in
                try await custody.approve(
                    id, challenge: TestSHA256.hash([]), response: response, mayStill: { true })
            }
            #expect(end == .ambiguous)
        }
        #expect(server.requests.filter { $0.lines[0].hasPrefix("POST") }.count == 1)
    }

    @Test func `a call that finds none free in time is not sent`() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        try await withCustody(
            "http://127.0.0.1:\(server.port)", timeout: 200, connections: 1
        ) { custody in
            let ends = await many(20, at: 20, custody)
            #expect(ends[.ambiguous, default: 0] + ends[.notSent, default: 0] == 20)
            #expect(ends[.notSent, default: 0] >= 1)
            #expect(server.requests.count <= ends[.ambiguous, default: 0])
        }
    }

    @Test func `more calls than the queue holds are answered at once`() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        try await withCustody(
            "http://127.0.0.1:\(server.port)", timeout: 1_000, connections: 1
        ) { custody in
            let ends = await many(1_100, at: 1_100, custody)
            #expect(ends[.notSent, default: 0] + ends[.ambiguous, default: 0] == 1_100)
            #expect(ends[.notSent, default: 0] >= 1_100 - 1_024)
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct `Giving up` {
    @Test func `a cancelled call that was sent is ambiguous, and its connection is closed`()
        async throws
    {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)", timeout: 60_000) { custody in
            await withTaskGroup(of: Ending.self) { group in
                group.addTask { await get(custody) }
                for await _ in server.arrivals { break }
                group.cancelAll()
                #expect(await group.next() == .ambiguous)
            }
            for await connection in server.closings {
                #expect(connection == 0)
                break
            }
        }
    }

    @Test func `a cancelled call that still waits is not sent`() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        try await withCustody(
            "http://127.0.0.1:\(server.port)", timeout: 60_000, connections: 1
        ) { custody in
            await withTaskGroup(of: Ending.self) { group in
                group.addTask { await get(custody) }
                for await _ in server.arrivals { break }
                // The one connection is in use until the others have ended.
                await withTaskGroup(of: Ending.self) { others in
                    for _ in 0..<20 { others.addTask { await get(custody) } }
                    others.cancelAll()
                    for await end in others { #expect(end == .notSent) }
                }
                group.cancelAll()
                #expect(await group.next() == .ambiguous)
            }
        }
        #expect(server.requests.count == 1)
    }

    @Test func `a call of a task that is cancelled already is not sent`() async throws {
        let server = try LoopbackServer { _ in .reply(Sample.reply()) }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            await withTaskGroup(of: Ending.self) { group in
                group.cancelAll()
                for _ in 0..<20 { group.addTask { await get(custody) } }
                for await end in group { #expect(end == .notSent) }
            }
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `shutdown lets a call end, and takes no more`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { _ in
            gate.wait()
            return .reply(Sample.reply())
        }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            await withTaskGroup(of: Ending.self) { group in
                group.addTask { await get(custody) }
                for await _ in server.arrivals { break }
                group.addTask {
                    await custody.shutdown()
                    return .notSent
                }
                gate.signal()
                let ends = [await group.next(), await group.next()]
                #expect(Set(ends) == [.done, .notSent])
            }
            #expect(await get(custody) == .notSent)
            await custody.shutdown()
        }
        #expect(server.requests.count == 1)
    }

    @Test func `a client that is never used shuts down`() async throws {
        try await withCustody("http://127.0.0.1:1") { _ in }
    }
}

/// `count` calls, at most `width` at once; how often each ending came.
func many(_ count: Int, at width: Int, _ custody: CurlCustody) async -> [Ending: Int] {
    await withTaskGroup(of: Ending.self) { group in
        var ends: [Ending: Int] = [:]
        for index in 0..<count {
            if index >= width, let end = await group.next() { ends[end, default: 0] += 1 }
            group.addTask { await get(custody) }
        }
        for await end in group { ends[end, default: 0] += 1 }
        return ends
    }
}
