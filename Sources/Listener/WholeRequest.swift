import NIOHTTP1

/// A request of which every byte has come, within bounds.
struct WholeRequest: Sendable {
    let head: HTTPRequestHead
    let body: [UInt8]
}

/// A reply that is sent at once.
struct WholeReply: Sendable {
    var status: HTTPResponseStatus
    var contentType: String?
    var body: [UInt8] = []
    /// Where the body is only announced, as for HEAD.
    var isHeadOnly = false

    /// The one answer to a callback or connection that is refused, whatever the reason.
    static let refusal = refusal(.badRequest)

    /// The one body of every refusal.
    static func refusal(_ status: HTTPResponseStatus) -> WholeReply {
        WholeReply(
            status: status, contentType: "application/json",
            body: Array(#"{"message":"refused"}"#.utf8))
    }

    func head(keepingAlive: Bool) -> HTTPResponseHead {
        var headers = HTTPHeaders([("Content-Length", String(body.count))])
        if let contentType { headers.add(name: "Content-Type", value: contentType) }
        headers.add(name: "Cache-Control", value: "no-store")
        if !keepingAlive { headers.add(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }
}
