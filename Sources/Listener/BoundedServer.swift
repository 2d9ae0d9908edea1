import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// An HTTP/1 server on one address in which every queue, byte and wait has a bound.
struct BoundedServer: Sendable {
    /// Connections that the system keeps until they are accepted.
    private static let backlog = 512

    let address: ListenAddress
    let bounds: ListenerBounds
    let refused: @Sendable (ConnectionRefusal) -> Void
    let listening: @Sendable (ListenAddress) -> Void
    let answer: @Sendable (WholeRequest) async -> WholeReply

    /// Runs until its task is cancelled or its service is shut down gracefully.
    func run() async throws(ListenerError) {
        let child = BoundedChannel(
            bounds: bounds, slots: ConnectionSlots(bounds), answer: answer, refused: refused)
        let server = Server(
            childChannelSetup: child,
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port), backlog: Self.backlog),
            onServerRunning: { channel in
                if let bound = ListenAddress(channel.localAddress) { listening(bound) }
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "listener") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await server.run()
        } catch {
            if Task.isCancelled { return }
            throw .cannotListen(address, reason: Self.reason(error))
        }
        guard Task.isCancelled || Task.isShuttingDownGracefully else { throw .stopped(address) }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "it is no address of this host" }
        return unsafe String(cString: strerror(error.errnoCode))
    }
}
