/// A request as it came in, before anything is made of it.
package struct ReceivedRequest: Sendable {
    /// As sent, normally upper case.
    package var method: String
    /// Path and query exactly as on the wire.
    package var target: String
    /// Names in lower case, in the order of arrival.
    package var headers: [(name: String, value: String)]
    /// The whole body.
    package var body: [UInt8]

    /// A request.
    package init(
        method: String, target: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// All values of that header joined as the signature draft says; nil where there is none.
    func header(_ name: String) -> String? {
        var joined: String?
        for header in headers where header.name == name {
            joined = joined.map { "\($0), \(header.value)" } ?? header.value
        }
        return joined
    }

    private var pathEnd: String.Index {
        target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    }

    var path: Substring { target[..<pathEnd] }

    var query: Substring { target[pathEnd...].dropFirst() }
}

/// What goes back, and how.
package struct Reply: Sendable {
    /// How much of the reply reaches the client.
    package enum Delivery: Sendable, Equatable {
        /// All of it.
        case whole
        /// The full `Content-Length` and half of the body, then the connection closes.
        case truncated
        /// Nothing: the connection closes.
        case dropped
    }

    /// The HTTP status.
    package var status: Int
    /// The body as it goes on the wire.
    package var body: [UInt8]
    /// Additional headers.
    package var headers: [(name: String, value: String)] = []
    /// Waited before anything is sent.
    package var delayMilliseconds = 0
    /// How much of it is sent.
    package var delivery = Delivery.whole

    init(_ status: Int, _ json: JSON) {
        self.status = status
        self.body = json.bytes
    }

    static func message(_ status: Int, _ text: String) -> Reply {
        Reply(status, ["message": .string(text)])
    }

    static func invalid(_ params: [(String, String)]) -> Reply {
        Reply(400, invalidBody(params))
    }

    private static func invalidBody(_ params: [(String, String)]) -> JSON {
        let members = params.map { JSON.Member($0.0, .string($0.1)) }
        return ["message": "Invalid request", "params": .object(members)]
    }

    static var notFound: Reply { message(404, "Not found") }
}
