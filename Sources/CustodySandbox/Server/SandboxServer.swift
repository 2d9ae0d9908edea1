import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Serves a sandbox over HTTP/1.1 on a loopback address until a signal or cancellation.
package struct SandboxServer: Sendable {
    private let sandbox: Sandbox
    private let host: String
    private let port: Int
    private static let maxBodySize = 256 * 1024 * 1024

    /// Thrown inside a reply to end its connection.
    private struct ClosedOnPurpose: Error {}

    /// Why there is no server.
    package enum Refusal: Error, Equatable {
        /// Only loopback addresses are served: the control surface has no authentication.
        case notLoopback(String)
    }

    /// A server for 127.x.x.x, ::1 or localhost; port 0 takes a free one.
    package init(_ sandbox: Sandbox, host: String, port: Int) throws(Refusal) {
        guard let address = Loopback.address(host) else { throw .notLoopback(host) }
        self.sandbox = sandbox
        self.host = address
        self.port = port
    }

    /// Serves; `onListening` is called once with the bound port. SIGTERM and SIGINT end it
    /// normally where `handlesSignals` says so.
    package func run(
        handlesSignals: Bool, onListening: @escaping @Sendable (Int) async -> Void
    ) async throws {
        var logger = Logger(label: "custody-sandbox")
        logger.logLevel = .critical
        let answer: HTTPChannelHandler.Responder = { request, writer, channel in
            try await serve(request, writer, channel)
        }
        let builder = HTTPServerBuilder { _ in HTTP1Channel(responder: answer) }
        let server = try builder.buildServer(
            configuration: ServerConfiguration(
                address: .hostname(host, port: port), serverName: nil),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            responder: answer,
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) })
        var configuration = ServiceGroupConfiguration(
            services: [CallbackSender(sandbox: sandbox), server],
            gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }

    @concurrent
    private func serve(
        _ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let body = try await request.body.collect(upTo: Self.maxBodySize)
        let received = ReceivedRequest(
            method: request.head.method.rawValue, target: request.head.path ?? "",
            headers: request.head.headerFields.map { ($0.name.canonicalName, $0.value) },
            body: Array(body.readableBytesView))
        let reply = sandbox.respond(to: received)
        if reply.delayMilliseconds > 0 {
            // The fault "latency": it is what was asked for.
            try await Task.sleep(for: .milliseconds(reply.delayMilliseconds))
        }
        let head = head(of: reply)
        switch reply.delivery {
        case .whole:
            try await writer.write(
                response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
        case .truncated:
            let half = reply.body.prefix(reply.body.count / 2)
            var bodyWriter = try await writer.writeHead(head)
            try await bodyWriter.write(ByteBuffer(bytes: half))
            try await channel.close()
            throw ClosedOnPurpose()
        case .dropped:
            try await channel.close()
            throw ClosedOnPurpose()
        }
    }

    private func head(of reply: Reply) -> HTTPResponse {
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(reply.body.count)
        if let date = sandbox.dateHeader { fields[.date] = date }
        for header in reply.headers {
            if let name = HTTPField.Name(header.name) { fields[name] = header.value }
        }
        return HTTPResponse(status: .init(code: reply.status), headerFields: fields)
    }
}
