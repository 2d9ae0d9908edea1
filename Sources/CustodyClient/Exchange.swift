import ApprovalAgent
import ApprovalCore

/// A request that waits for its turn, and who waits for it.
struct Exchange: Sendable {
    let id: UInt64
    /// Makes the request at the moment of sending: nonce, `created` and signature are never old.
    let prepare: @Sendable () -> Result<SignedRequest, CustodyError>
    /// After this moment it is no longer begun.
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Reply, Never>
}

/// What the head of a response said.
struct ReplyHead: Sendable {
    var status: Int
    /// When the head was complete, by this host.
    var received: UnixTime
    /// The platform's own time; nil where `Date` is missing or of another form.
    var date: UnixTime?
    var contentType: String?
    var retryAfter: String?
}

/// How one exchange ended on the wire.
struct Reply: Sendable {
    /// Nil where no complete head arrived.
    let head: ReplyHead?
    /// The whole body, or why there is none: `notSent` or `ambiguous`.
    let body: Result<[UInt8], CustodyError>
}

extension Reply {
    static func failed(_ error: CustodyError) -> Reply {
        Reply(head: nil, body: .failure(error))
    }

    /// The body of a reply of 2xx, checked to be JSON by its type where it has one.
    func accepted() throws(CustodyError) -> [UInt8] {
        let bytes = try body.get()
        guard let head else { throw .ambiguous("the reply had no head") }
        switch head.status {
        case 200..<300:
            guard bytes.isEmpty || Self.isJSON(head.contentType) else {
                throw .malformed(MalformedBody("the content type is not JSON"))
            }
            return bytes
        case 429, 503:
            let wait = head.retryAfter.flatMap {
                RetryAfter.milliseconds($0, now: head.date ?? head.received)
            }
            throw .throttled(status: head.status, retryAfter: wait)
        case 300..<500:
            throw .refused(status: head.status)
        default:
            throw .ambiguous("the platform answered \(head.status)")
        }
    }

    /// `application/json`, `text/json` or any `+json`, whatever its parameters; none at all is
    /// let through, for the parser is strict.
    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return true }
        let type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 > 0x20 }
        let text = String(
            decoding: type.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        return ["application/json", "text/json"].contains(text) || text.hasSuffix("+json")
    }
}
