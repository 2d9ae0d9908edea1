import ApprovalCore
import Listener
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConnectionLimitTests {
    private func bounds(total: Int, perPeer: Int) -> ListenerBounds {
        var bounds = ListenerBounds()
        bounds.connections = total
        bounds.connectionsPerPeer = perPeer
        return bounds
    }

    private func rings(_ client: WireClient) async -> Bool {
        await client.send(CallbackPost().bytes)
        return await client.reply()?.status == 200
    }

    @Test func `one peer's share is its own: its oldest idle connection goes`() async throws {
        try await Listening.callbacks(bounds(total: 100, perPeer: 3)) { address, rung in
            let other = try await WireClient(address, from: "127.0.0.9")
            #expect(await rings(other))
            var mine: [WireClient] = []
            for place in 0..<4 {
                let client = try await WireClient(address, from: "127.0.0.2")
                if place < 3 { #expect(await rings(client)) }
                mine.append(client)
            }
            #expect(await mine[0].untilClosed() == [])
            #expect(await rung.refusal() == .connection(.tooManyConnections))
            for client in mine.dropFirst() { #expect(await rings(client)) }
            #expect(await rings(other))
            for client in mine + [other] { await client.close() }
        }
    }

    @Test func `IPv4 peers of an IPv6 listener have a share each`() async throws {
        do {
            try await Listening.callbacks(bounds(total: 10, perPeer: 1), on: "[::]:0") { bound, _ in
                let address = try ListenAddress("127.0.0.1:\(bound.port)")
                let first = try await WireClient(address, from: "127.0.0.2")
                #expect(await rings(first))
                let other = try await WireClient(address, from: "127.0.0.3")
                #expect(await rings(other))
                #expect(await rings(first))
                let second = try await WireClient(address, from: "127.0.0.2")
                #expect(await rings(second))
                #expect(await first.untilClosed() == [])
                #expect(await rings(other))
                for client in [other, second] { await client.close() }
            }
        } catch ListenerError.cannotListen(_, let reason) {
            print("SKIPPED: this host has no IPv6: \(reason)")
        }
    }

    @Test func `when all places are taken the oldest idle connection goes`() async throws {
        try await Listening.callbacks(bounds(total: 3, perPeer: 2)) { address, _ in
            var clients: [WireClient] = []
            for peer in 2...5 {
                let client = try await WireClient(address, from: "127.0.0.\(peer)")
                if peer < 5 { #expect(await rings(client)) }
                clients.append(client)
            }
            #expect(await clients[0].untilClosed() == [])
            for client in clients.dropFirst() { #expect(await rings(client)) }
            for client in clients { await client.close() }
        }
    }

    @Test func `a connection that is being answered keeps its place`() async throws {
        let turnstile = Turnstile()
        let hold: @Sendable () async -> Bool = {
            await turnstile.pass()
            return true
        }
        try await Listening.callbacks(bounds(total: 2, perPeer: 2), records: hold) { address, _ in
            var answered: [WireClient] = []
            for _ in 0..<2 {
                let client = try await WireClient(address)
                await client.send(CallbackPost().bytes)
                await turnstile.arrived()
                answered.append(client)
            }
            let late = try await WireClient(address)
            #expect(await late.untilClosed() == [])
            turnstile.open()
            for client in answered {
                #expect(await client.reply()?.status == 200)
                await client.close()
            }
        }
    }

    @Test func `places are given back`() async throws {
        try await Listening.callbacks(bounds(total: 2, perPeer: 1)) { address, rung in
            for count in 1...100 {
                let client = try await WireClient(address)
                #expect(await rings(client))
                await client.close()
                #expect(rung.bells.count == count)
            }
        }
    }
}
