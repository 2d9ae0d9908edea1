import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// One accepted connection: bounds first, then HTTP/1, then the gate; and the loop that answers.
struct BoundedChannel: ServerChildChannel {
    /// A connection as the answering side sees it.
    struct Connection: ServerChildChannelValue {
        let channel: any Channel
        let id: Int
        let slots: ConnectionSlots
        let requests: AsyncStream<WholeRequest>
        let whole: AsyncStream<WholeRequest>.Continuation
    }

    /// What one read takes from the system at most, so that idle buffers stay small.
    private static let readBytes = 4_096

    let bounds: ListenerBounds
    let slots: ConnectionSlots
    let answer: @Sendable (WholeRequest) async -> WholeReply
    let refused: @Sendable (ConnectionRefusal) -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            let (requests, whole) = AsyncStream.makeStream(
                of: WholeRequest.self, bufferingPolicy: .bufferingOldest(1))
            let connection = Connection(
                channel: channel, id: slots.newID(), slots: slots, requests: requests,
                whole: whole)
            let wire = WireCount(limit: bounds.wireBytes)
            let gate = RequestGate(
                bounds: bounds, wire: wire, connection: connection, refused: refused)
            try channel.syncOptions?.setOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.readBytes))
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(wire)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false,
                withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoderLimits)
            try pipeline.addHandler(gate)
            return connection
        }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = bounds.headerBytes
        limits.maxHeaderListSize = bounds.headerBytes
        limits.maxHeaderFieldCount = bounds.headerCount
        return limits
    }

    /// Answers until the connection ends. When the listener is stopped, an answer that is being
    /// made is still sent: nothing here gives up because its task was cancelled.
    func handle(value connection: Connection, logger: Logger) async {
        await withTaskCancellationHandler {
            for await request in connection.requests {
                slots.beginAnswer(connection.id)
                let reply = await answer(request)
                do {
                    try await connection.channel.writeAndFlush(reply).get()
                } catch {
                    // The connection is gone; only its slot is left to be given back.
                    slots.endAnswer(connection.id)
                }
            }
        } onCancel: {
            connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        // Closed by the gate within its bounds, whatever the peer does.
        _ = try? await connection.channel.closeFuture.get()
    }
}
