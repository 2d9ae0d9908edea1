import AgentTestKit
import ApprovalCore
import Listener
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(10)))
struct MutatedRequestTests {
    private static let starts: [[UInt8]] = [
        CallbackPost().bytes,
        CallbackPost(
            body: Array(
                "2a;x=y\r\n\(Watched.body.dropLast(2))\r\n2\r\n\"}\r\n0\r\nX:\r\n\r\n".utf8),
            framing: ["Transfer-Encoding: chunked", "Trailer: X"]
        ).bytes,
        CallbackPost(more: ["Connection: Upgrade", "Upgrade: h2c", "X:", "Y: \t"]).bytes,
    ]
    private static let telling = Array("\r\n\t :;/%.0\0\u{7F}\u{80}{}\"".utf8)

    private static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let byte = telling.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = byte
            case 1: bytes.insert(byte, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] ^= UInt8(1) << UInt8.random(in: 0...7, using: &random)
            default: bytes.removeSubrange(place..<min(place + 20, bytes.count))
            }
        }
        return bytes
    }

    @Test(arguments: 0..<8)
    func `no mutation of a request ends the listener or rings for something else`(
        seed: UInt64
    ) async throws {
        var bounds = ListenerBounds()
        bounds.lingerWithin = .milliseconds(50)
        try await Listening.callbacks(bounds) { address, rung in
            var random = SeededGenerator(seed: seed)
            for number in 0..<75 {
                let start = Self.starts[number % Self.starts.count]
                let client = try await WireClient(address)
                await client.send(Self.mutated(start, &random))
                // No more comes: what is not whole by now is refused.
                _ = try? await client.channel.close(mode: .output).get()
                let text = String(decoding: await client.untilClosed(), as: UTF8.self)
                let isAnswered = text.hasPrefix("HTTP/1.1 200 ") || text.hasPrefix("HTTP/1.1 400 ")
                #expect(isAnswered || text.isEmpty, "seed \(seed), number \(number)")
            }
            let before = rung.bells.count
            let client = try await WireClient(address)
            await client.send(CallbackPost().bytes)
            #expect(await client.reply()?.status == 200)
            #expect(rung.bells.count == before + 1)
            let transaction = try #require(TransactionID(Watched.transaction))
            let account = try #require(AccountID(Watched.account))
            #expect(Set(rung.bells) == [.transaction(transaction, of: account)])
            await client.close()
        }
    }
}
