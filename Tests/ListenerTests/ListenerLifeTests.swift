import ApprovalCore
import Listener
import NIOCore
import ServiceLifecycleTestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ListenerLifeTests {
    private func holding(_ turnstile: Turnstile) -> @Sendable () async -> Bool {
        {
            await turnstile.pass()
            return true
        }
    }

    /// A client whose request is being answered, and one that is idle, when the listener stops.
    private func stopped(
        _ bounds: ListenerBounds, _ turnstile: Turnstile
    ) async throws -> (busy: WireClient, idle: WireClient) {
        let (clients, continuation) = AsyncStream.makeStream(
            of: (busy: WireClient, idle: WireClient).self)
        try await Listening.callbacks(bounds, records: holding(turnstile)) { address, _ in
            let idle = try await WireClient(address)
            let busy = try await WireClient(address)
            await busy.send(CallbackPost().bytes)
            await turnstile.arrived()
            continuation.yield((busy, idle))
            // The listener is cancelled from here on; the door opens when it has let go of the
            // idle connection, or has closed the busy one.
            idle.channel.closeFuture.whenComplete { _ in
                if bounds.stopWithin >= .seconds(1) { turnstile.open() }
            }
            busy.channel.closeFuture.whenComplete { _ in turnstile.open() }
        }
        var iterator = clients.makeAsyncIterator()
        return try #require(await iterator.next())
    }

    @Test func `a stopped listener finishes what it is answering`() async throws {
        let clients = try await stopped(ListenerBounds(), Turnstile())
        let reply = await clients.busy.reply()
        #expect(reply?.status == 200)
        #expect(reply?.headers["connection"] == "close")
        #expect(await clients.busy.untilClosed() == [])
        #expect(await clients.idle.untilClosed() == [])
    }

    @Test func `a stopped listener does not wait for an answer for ever`() async throws {
        var bounds = ListenerBounds()
        bounds.stopWithin = .milliseconds(100)
        let clients = try await stopped(bounds, Turnstile())
        #expect(await clients.busy.untilClosed() == [])
    }

    @Test func `a service that is shut down gracefully ends without an error`() async throws {
        let any = try ListenAddress("127.0.0.1:0")
        let (addresses, continuation) = AsyncStream.makeStream(of: ListenAddress.self)
        let pages = OperationsPages(
            ready: { (true, .null) }, status: { .null }, metrics: { "" })
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await OperationsListener(
                        address: any, pages: pages, listening: { continuation.yield($0) }
                    ).run()
                }
                var iterator = addresses.makeAsyncIterator()
                let address = try #require(await iterator.next())
                let client = try await WireClient(address)
                await client.send("GET /livez HTTP/1.1\r\n\r\n")
                #expect(await client.reply()?.body == "ok")
                trigger.triggerGracefulShutdown()
                #expect(await client.untilClosed() == [])
                try await group.waitForAll()
            }
        }
    }

    @Test func `an address that is taken is named`() async throws {
        try await Listening.operations { address in
            let second = CallbackListener(
                address: address,
                door: CallbackDoor(basePath: "", account: { _ in nil }, ring: { _ in true }))
            let error = await #expect(throws: ListenerError.self) { try await second.run() }
            guard case .cannotListen(address, let reason)? = error else {
                Issue.record("not the error of an address in use: \(String(describing: error))")
                return
            }
            #expect(reason == "Address already in use")
            #expect(error?.description.hasPrefix("cannot listen on \(address): ") == true)
        }
    }

    @Test func `an address of another host is named`() async throws {
        let address = try ListenAddress("192.0.2.1:0")
        let listener = CallbackListener(
            address: address,
            door: CallbackDoor(basePath: "", account: { _ in nil }, ring: { _ in true }))
        let error = await #expect(throws: ListenerError.self) { try await listener.run() }
        #expect(error?.description.hasPrefix("cannot listen on 192.0.2.1:0: ") == true)
    }

    @Test func `an IPv6 address serves where the host has one`() async throws {
        let address = try ListenAddress("[::1]:0")
        let pages = OperationsPages(
            ready: { (true, .null) }, status: { .null }, metrics: { "" })
        do {
            try await Listening.around({ listening in
                try await OperationsListener(
                    address: address, pages: pages, listening: listening
                ).run()
            }) { bound in
                #expect(bound.host == "::1")
                let client = try await WireClient(bound)
                await client.send("GET /livez HTTP/1.1\r\n\r\n")
                #expect(await client.reply()?.body == "ok")
                await client.close()
            }
        } catch ListenerError.cannotListen(address, let reason) {
            print("SKIPPED: this host has no ::1: \(reason)")
        }
    }

    @Test func `a listener that is cancelled before it listens ends`() async throws {
        let any = try ListenAddress("127.0.0.1:0")
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                let listener = CallbackListener(
                    address: any,
                    door: CallbackDoor(basePath: "", account: { _ in nil }, ring: { _ in true }))
                await #expect(throws: Never.self) { try await listener.run() }
            }
        }
    }
}
