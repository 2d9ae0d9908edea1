import Listener
import NIOCore
import NIOPosix
import Synchronization

/// A client that sends any bytes and reads what comes back.
final class WireClient: Sendable {
    /// One reply as it stood on the wire.
    struct Reply: Equatable {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let parts: AsyncStream<[UInt8]>.Continuation

        init(_ parts: AsyncStream<[UInt8]>.Continuation) { self.parts = parts }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            parts.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { parts.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    let channel: any Channel
    private let parts: AsyncStream<[UInt8]>
    private let unread = Mutex<[UInt8]>([])

    /// Connects, from that loopback address where one is given.
    init(_ address: ListenAddress, from source: String? = nil, reads: Bool = true) async throws {
        let (parts, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(continuation))
                }
            }
        if let source {
            bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0))
        }
        channel = try await bootstrap.connect(host: address.host, port: address.port).get()
        self.parts = parts
    }

    /// Sends; what a peer that closed does not take is lost.
    func send(_ bytes: some Sequence<UInt8> & Sendable) async {
        _ = try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    /// Everything until the other side closes.
    func untilClosed() async -> [UInt8] {
        for await part in parts { unread.withLock { $0 += part } }
        return unread.withLock { $0 }
    }

    /// The next reply; nil where the connection ends before it is whole.
    func reply() async -> Reply? {
        while true {
            if let reply = unread.withLock({ Self.cut(&$0) }) { return reply }
            var iterator = parts.makeAsyncIterator()
            guard let part = await iterator.next() else { return nil }
            unread.withLock { $0 += part }
        }
    }

    func close() async {
        _ = try? await channel.close().get()
    }

    /// Takes one whole reply from the front.
    private static func cut(_ bytes: inout [UInt8]) -> Reply? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            headers[halves[0].lowercased()] = halves.last.map { String($0.drop { $0 == " " }) }
        }
        let head = text.utf8.distance(from: text.startIndex, to: end.upperBound)
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.count >= head + length else { return nil }
        let body = String(decoding: bytes[head..<(head + length)], as: UTF8.self)
        bytes.removeFirst(head + length)
        return Reply(status: status, headers: headers, body: body)
    }
}

extension String {
    /// Foundation's, for a literal needle, without Foundation.
    fileprivate func range(of needle: String) -> Range<String.Index>? {
        firstRange(of: needle)
    }
}
