import ApprovalAgent
import ApprovalCore

/// Collects one response as it arrives, within its bounds, and remembers whether the request left
/// this host. It belongs to the thread that transfers.
final class ReplyCollector {
    /// The most bytes of a body.
    static let longestBody = 1 << 20
    /// The most bytes of all header lines together.
    static let longestHead = 64 << 10

    private let now: @Sendable () -> UnixTime
    private var wasSent = false
    private var resendWasStopped = false
    private var isTooLong = false
    private var headBytes = 0
    private var partialHead: ReplyHead?
    private var head: ReplyHead?
    private var body: [UInt8] = []

    init(now: @escaping @Sendable () -> UnixTime) { self.now = now }

    /// Called before the request is written to a connection; false where it must not be.
    ///
    /// INVARIANT: I6. A connection that died makes libcurl write the same request to another one,
    /// with the same nonce and signature. The second call stops that.
    func maySend() -> Bool {
        guard !wasSent else {
            resendWasStopped = true
            return false
        }
        wasSent = true
        return true
    }

    /// Takes one header line with its line break; false once there are too many bytes.
    func take(headerLine line: [UInt8]) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.longestHead else {
            isTooLong = true
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        if head == nil || text.utf8.starts(with: "HTTP/".utf8) { takeHead(text) }
        return true
    }

    /// Takes some of the body; false once there are too many bytes.
    func take(body chunk: [UInt8]) -> Bool {
        guard chunk.count <= Self.longestBody - body.count else {
            isTooLong = true
            return false
        }
        body += chunk
        return true
    }

    /// The reply of a transfer that ended, `failure` saying how where it did not end well.
    func reply(failure: TransferFailure?) -> Reply {
        guard let failure else { return Reply(head: head, body: .success(body)) }
        return Reply(head: head, body: .failure(error(failure)))
    }

    private func error(_ failure: TransferFailure) -> CustodyError {
        if resendWasStopped {
            return .ambiguous("the connection closed without a reply; nothing was sent again")
        }
        if isTooLong {
            // As good as no JSON: a list is read again in halves, down to the one long item.
            return .malformed(MalformedBody("longer than its bound", isNotJSON: true))
        }
        return wasSent ? .ambiguous(failure.words) : .notSent(failure.whyNotSent)
    }

    private func takeHead(_ text: String) {
        let line = text.utf8.prefix { $0 != 0x0D && $0 != 0x0A }
        if line.starts(with: "HTTP/".utf8) {
            let status = line.drop { $0 != 0x20 }.dropFirst().prefix { $0 != 0x20 }
            head = nil
            partialHead = ReplyHead(
                status: Int(Substring(status)) ?? 0, received: UnixTime(milliseconds: 0))
        } else if line.isEmpty {
            guard var complete = partialHead else { return }
            complete.received = now()
            // 1xx announces a response; it is none.
            if !(100..<200).contains(complete.status) { head = complete }
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = line[..<colon].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            let value = Self.trimmed(line[line.index(after: colon)...])
            takeField(String(decoding: name, as: UTF8.self), String(Substring(value)))
        }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }

    /// The first of repeated fields counts.
    private func takeField(_ name: String, _ value: String) {
        switch name {
        case "date" where partialHead?.date == nil: partialHead?.date = UnixTime(imfDate: value)
        case "content-type" where partialHead?.contentType == nil:
            partialHead?.contentType = value
        case "retry-after" where partialHead?.retryAfter == nil: partialHead?.retryAfter = value
        default: break
        }
    }
}
