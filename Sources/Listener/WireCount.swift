import NIOCore

/// Stands ahead of the HTTP decoder and counts what comes in for one request, so that framing which
/// the decoder swallows (blank lines, chunk extensions, bytes after an upgrade) is bounded too.
final class WireCount: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Told down the pipeline before the first bytes of a request.
    struct RequestBegan {}
    /// More bytes than a request may have.
    struct Overflow: Error {}

    private let limit: Int
    private var count = 0

    init(limit: Int) { self.limit = limit }

    /// The next byte belongs to another request.
    func reset() { count = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if count == 0 { context.fireUserInboundEventTriggered(RequestBegan()) }
        count += unwrapInboundIn(data).readableBytes
        if count > limit {
            context.fireErrorCaught(Overflow())
        } else {
            context.fireChannelRead(data)
        }
    }
}
