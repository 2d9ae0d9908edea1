import CustodySandbox
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A callback as the partner's endpoint received it.
struct ReceivedCallback: Sendable {
    var method: String
    var path: String
    var type: String
    var location: String
    var body: JSON

    var id: String? { body["id"]?.text }
}

/// The partner's endpoint for callbacks: answers with the given statuses in turn, and with 200
/// after them; 0 is no answer at all.
final class CallbackEndpoint: Sendable {
    private let statuses: Mutex<[UInt]>
    let received: AsyncStream<ReceivedCallback>
    private let continuation: AsyncStream<ReceivedCallback>.Continuation

    init(statuses: [UInt] = []) {
        self.statuses = Mutex(statuses)
        (received, continuation) = AsyncStream.makeStream(of: ReceivedCallback.self)
    }

    fileprivate func answer(_ callback: ReceivedCallback) -> UInt {
        continuation.yield(callback)
        return statuses.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
    }

    /// Listens while `body` runs, which is given the URL.
    func listening(_ body: (String) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(EndpointHandler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        do {
            try await body("http://127.0.0.1:\(port)/callbacks")
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    /// The next callbacks in the order of their arrival.
    func next(_ count: Int) async -> [ReceivedCallback] {
        var found: [ReceivedCallback] = []
        var iterator = received.makeAsyncIterator()
        while found.count < count, let callback = await iterator.next() { found.append(callback) }
        return found
    }
}

private final class EndpointHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let endpoint: CallbackEndpoint
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ endpoint: CallbackEndpoint) { self.endpoint = endpoint }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let status = endpoint.answer(
            ReceivedCallback(
                method: head.method.rawValue, path: head.uri,
                type: head.headers["X-Resource-Type"].first ?? "",
                location: head.headers["X-Resource-Location"].first ?? "",
                body: (try? JSON(parsing: body)) ?? .null))
        if status == 0 { return }
        let reply = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: Int(status)),
            headers: ["Content-Length": "0"])
        context.write(wrapOutboundOut(.head(reply)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
