package import ApprovalCore
import NIOHTTP1

/// What the operations pages show, asked anew for each request.
package struct OperationsPages: Sendable {
    let ready: @Sendable () async -> (isReady: Bool, body: JSONValue)
    let status: @Sendable () async -> JSONValue
    let metrics: @Sendable () async -> String

    /// `metrics` is Prometheus text, as ``MetricsText`` renders it. The JSON of the others has no
    /// number but integers within ±(2^53 − 1); a page with another one is a 500.
    package init(
        ready: @escaping @Sendable () async -> (isReady: Bool, body: JSONValue),
        status: @escaping @Sendable () async -> JSONValue,
        metrics: @escaping @Sendable () async -> String
    ) {
        self.ready = ready
        self.status = status
        self.metrics = metrics
    }

    /// The reply to a request; GET and HEAD alone, without a query.
    func reply(to head: HTTPRequestHead) async -> WholeReply {
        guard head.method == .GET || head.method == .HEAD else {
            return .refusal(.methodNotAllowed)
        }
        var reply: WholeReply
        switch head.uri {
        case "/livez":
            reply = WholeReply(
                status: .ok, contentType: "text/plain; charset=utf-8", body: Array("ok".utf8))
        case "/readyz":
            let answer = await ready()
            reply = Self.page(answer.isReady ? .ok : .serviceUnavailable, answer.body)
        case "/status": reply = Self.page(.ok, await status())
        case "/metrics":
            reply = WholeReply(
                status: .ok, contentType: MetricsText.contentType,
                body: Array(await metrics().utf8))
        default: return .refusal(.notFound)
        }
        reply.isHeadOnly = head.method == .HEAD
        return reply
    }

    /// 500 where the page has a number that no canonical text can hold.
    private static func page(_ status: HTTPResponseStatus, _ json: JSONValue) -> WholeReply {
        guard let body = json.canonicalBytes else { return .refusal(.internalServerError) }
        return WholeReply(status: status, contentType: "application/json", body: body)
    }
}

/// Serves `/livez`, `/readyz`, `/status` and `/metrics`.
package struct OperationsListener: Sendable {
    private let server: BoundedServer

    /// `listening` is told the address that was taken, with the port that the system chose where
    /// `address` has 0; `refused` each connection that broke a bound.
    package init(
        address: ListenAddress, pages: OperationsPages,
        bounds: ListenerBounds = ListenerBounds(),
        refused: @escaping @Sendable (ConnectionRefusal) -> Void = { _ in },
        listening: @escaping @Sendable (ListenAddress) -> Void = { _ in }
    ) {
        server = BoundedServer(
            address: address, bounds: bounds, refused: refused, listening: listening
        ) { await pages.reply(to: $0.head) }
    }

    /// Listens until its task is cancelled or its service is shut down gracefully; requests that
    /// are being answered then still get ``ListenerBounds/stopWithin``.
    package func run() async throws(ListenerError) { try await server.run() }
}
