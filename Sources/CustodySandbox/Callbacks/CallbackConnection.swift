import NIOCore
import NIOHTTP1
import NIOPosix

/// One kept connection to the partner's endpoint, for one exchange at a time.
struct CallbackConnection: Sendable {
    private let channel: any Channel
    let url: CallbackURL

    /// Why an attempt has no status.
    enum Failure: Error { case closed, timedOut }

    private init(_ channel: any Channel, _ url: CallbackURL) {
        self.channel = channel
        self.url = url
    }

    static func open(_ url: CallbackURL, timeout: TimeAmount) async throws -> CallbackConnection {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                }
            }
            .connect(host: url.host, port: url.port).get()
        return CallbackConnection(channel, url)
    }

    var isOpen: Bool { channel.isActive }

    /// Posts a callback and returns the status of the answer.
    func post(_ callback: Callback, timeout: TimeAmount) async throws -> Int {
        let exchange = Exchange(
            url: url, callback: callback, timeout: timeout,
            status: channel.eventLoop.makePromise(of: Int.self))
        return try await withTaskCancellationHandler {
            channel.writeAndFlush(exchange).cascadeFailure(to: exchange.status)
            return try await exchange.status.futureResult.get()
        } onCancel: {
            close()
        }
    }

    func close() { channel.close(promise: nil) }
}

private struct Exchange: Sendable {
    let url: CallbackURL
    let callback: Callback
    let timeout: TimeAmount
    let status: EventLoopPromise<Int>
}

/// Writes one request and completes its promise with the status once the whole answer is there.
private final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private var waiting: EventLoopPromise<Int>?
    private var deadline: Scheduled<Void>?
    private var status = 0

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let exchange = unwrapOutboundIn(data)
        guard waiting == nil else {
            promise?.fail(CallbackConnection.Failure.closed)
            return
        }
        waiting = exchange.status
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: exchange.timeout) {
            exchange.status.fail(CallbackConnection.Failure.timedOut)
            channel.close(promise: nil)
        }
        let body = ByteBuffer(bytes: exchange.callback.body.bytes)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: exchange.url.path)
        head.headers = [
            "Host": "\(exchange.url.host):\(exchange.url.port)",
            "Content-Type": "application/json", "Content-Length": String(body.readableBytes),
            "X-Resource-Type": exchange.callback.resourceType,
            "X-Resource-Location": exchange.callback.location,
        ]
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
        case .body: break
        case .end:
            deadline?.cancel()
            waiting?.succeed(status)
            waiting = nil
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(CallbackConnection.Failure.closed)
        context.fireChannelInactive()
    }

    private func fail(_ error: any Error) {
        deadline?.cancel()
        waiting?.fail(error)
        waiting = nil
    }
}
