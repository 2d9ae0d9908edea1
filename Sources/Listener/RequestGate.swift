import HummingbirdCore
import NIOCore
import NIOHTTP1

/// Stands behind the HTTP decoder and lets only whole requests through, one at a time, within
/// bounds of bytes and time. What is slow, oversized or no HTTP never gets past the event loop.
///
/// A second request that comes before the first is answered is dropped and the connection closed
/// after the answer; while an answer is being made nothing is read.
final class RequestGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = Never
    typealias OutboundIn = WholeReply
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// Between requests: nothing of the next has come.
        case idle
        /// Some bytes may have come, the headers are not complete.
        case awaiting
        case reading(HTTPRequestHead, [UInt8])
        /// Handed over; nothing is read.
        case answering
        /// The last reply is written; what still comes is thrown away.
        case closing
    }

    private let bounds: ListenerBounds
    private let wire: WireCount
    private let connection: BoundedChannel.Connection
    private let refused: @Sendable (ConnectionRefusal) -> Void
    private var phase = Phase.awaiting
    private var keepsAlive = true
    private var wantsRead = false
    private var started = NIODeadline.now()
    private var deadline: Scheduled<Void>?
    private var deadlineTime = NIODeadline.distantFuture

    init(
        bounds: ListenerBounds, wire: WireCount, connection: BoundedChannel.Connection,
        refused: @escaping @Sendable (ConnectionRefusal) -> Void
    ) {
        self.bounds = bounds
        self.wire = wire
        self.connection = connection
        self.refused = refused
    }

    // Coming and going.

    func channelActive(context: ChannelHandlerContext) {
        switch connection.slots.open(connection.id, context.channel) {
        case .free: begin(context)
        case .insteadOf(let other):
            refused(.tooManyConnections)
            other.close(promise: nil)
            begin(context)
        case .none:
            refused(.tooManyConnections)
            phase = .closing
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closing
        deadline?.cancel()
        connection.slots.closed(connection.id)
        connection.whole.finish()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is WireCount.RequestBegan {
            if case .idle = phase { begin(context) }
        } else if event is ChannelShouldQuiesceEvent {
            stop(context)
        } else if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            keepsAlive = false
            if !isAnswering { context.close(promise: nil) }
        }
    }

    /// An answer that is being made is still given; everything else ends here.
    private func stop(_ context: ChannelHandlerContext) {
        keepsAlive = false
        switch phase {
        case .idle, .awaiting, .reading: context.close(promise: nil)
        case .answering:
            setDeadline(context, min(deadlineTime, .now() + TimeAmount(bounds.stopWithin)))
        case .closing: break
        }
    }

    private var isAnswering: Bool {
        if case .answering = phase { true } else { false }
    }

    // Time.

    private func begin(_ context: ChannelHandlerContext) {
        phase = .awaiting
        started = .now()
        setDeadline(context, started + TimeAmount(bounds.headersWithin))
    }

    private func setDeadline(_ context: ChannelHandlerContext, _ time: NIODeadline) {
        deadline?.cancel()
        deadlineTime = time
        deadline = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) {
            self.late(context)
        }
    }

    private func late(_ context: ChannelHandlerContext) {
        switch phase {
        case .awaiting, .reading, .answering: refused(.tooSlow)
        case .idle, .closing: break
        }
        context.close(promise: nil)
    }

    // Reading.

    func read(context: ChannelHandlerContext) {
        if isAnswering { wantsRead = true } else { context.read() }
    }

    private func readOn(_ context: ChannelHandlerContext) {
        wire.reset()
        guard wantsRead else { return }
        wantsRead = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), phase) {
        case (.head(let head), .idle), (.head(let head), .awaiting): take(head, context)
        case (.body(let part), .reading(let head, var body)):
            // Moved out first, so that it grows in place.
            phase = .awaiting
            body += part.readableBytesView
            phase = .reading(head, body)
            if body.count > bounds.bodyBytes { refuse(.bodyTooLarge, context) }
        case (.end, .reading(let head, let body)):
            phase = .answering
            connection.whole.yield(WholeRequest(head: head, body: body))
        case (.head, .answering): keepsAlive = false
        case (.head, _), (.body, _), (.end, _): break
        }
    }

    private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // After an upgrade the decoder reads nothing more.
        keepsAlive =
            keepsAlive && head.isKeepAlive && head.method != .CONNECT
            && !head.headers.contains(name: "Upgrade")
        phase = .reading(head, [])
        setDeadline(context, started + TimeAmount(bounds.requestWithin))
        let announced = head.headers["Content-Length"].compactMap { Int($0) }.max() ?? 0
        if announced > bounds.bodyBytes {
            refuse(.bodyTooLarge, context)
        } else if head.version == .http1_1, head.headers.contains(name: "Expect") {
            let go = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch phase {
        case .idle, .awaiting, .reading:
            if case HTTPParserError.headerOverflow? = error as? HTTPParserError {
                refuse(.headersTooLarge, context)
            } else if error is HTTPParserError {
                refuse(.malformed, context)
            } else if error is WireCount.Overflow {
                refuse(isReading ? .bodyTooLarge : .headersTooLarge, context)
            } else {
                context.close(promise: nil)
            }
        case .answering: keepsAlive = false
        case .closing:
            // What follows a bad request is bad too; only a flood of it ends the wait.
            if !(error is HTTPParserError) { context.close(promise: nil) }
        }
    }

    private var isReading: Bool {
        if case .reading = phase { true } else { false }
    }

    private func refuse(_ refusal: ConnectionRefusal, _ context: ChannelHandlerContext) {
        refused(refusal)
        keepsAlive = false
        phase = .answering
        send(.refusal, context, nil)
    }

    // Answering.

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isAnswering else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        // Before the peer can know: who has its answer must not keep out a newcomer.
        connection.slots.endAnswer(connection.id)
        send(unwrapOutboundIn(data), context, promise)
    }

    private func send(
        _ reply: WholeReply, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        let stays = keepsAlive
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.cascade(to: promise)
        written.futureResult.assumeIsolated().whenSuccess { self.written(context, stays) }
        context.write(wrapOutboundOut(.head(reply.head(keepingAlive: stays))), promise: nil)
        if !reply.isHeadOnly && !reply.body.isEmpty {
            let body = context.channel.allocator.buffer(bytes: reply.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func written(_ context: ChannelHandlerContext, _ stays: Bool) {
        guard isAnswering else { return }
        if stays && keepsAlive {
            phase = .idle
            setDeadline(context, .now() + TimeAmount(bounds.idleWithin))
        } else {
            // The rest of what the peer sends is read for a while, or the reply would be lost in
            // the reset that unread bytes cause.
            phase = .closing
            context.close(mode: .output, promise: nil)
            setDeadline(context, .now() + TimeAmount(bounds.lingerWithin))
        }
        readOn(context)
    }
}
