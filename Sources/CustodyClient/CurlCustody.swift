package import ApprovalAgent
package import ApprovalCore

/// The platform over HTTP/1.1 with libcurl, on one thread of its own.
///
/// Each call is sent at most once. It holds at most `maxConnections` connections and keeps them
/// for the next call; a cancelled task gives up its transfer.
package final class CurlCustody: Custody, CustodyHistory {
    let settings: CustodySettings
    private let requests: RequestSigner
    private let onDate: @Sendable (_ platform: UnixTime?, _ local: UnixTime) -> Void
    private let inbox = CurlInbox()

    /// Starts the thread; nothing is sent yet. `key` is the API key. `randomBytes` returns as many bytes as it is asked
    /// for, unpredictable and never repeated. `onDate` is told of every response that had a head:
    /// the platform's time, nil where it gave none, and this host's at that moment. `key`,
    /// `sha256`, `randomBytes` and `now` are called on the client's thread: they must not wait.
    package init(
        settings: CustodySettings,
        key: any Signer,
        sha256: @escaping SHA256,
        randomBytes: @escaping @Sendable (_ count: Int) -> [UInt8],
        now: @escaping @Sendable () -> UnixTime,
        onDate: @escaping @Sendable (_ platform: UnixTime?, _ local: UnixTime) -> Void
    ) {
        self.settings = settings
        requests = RequestSigner(
            origin: settings.baseURL.origin, keyID: settings.keyID, key: key, sha256: sha256,
            randomBytes: randomBytes, now: now)
        self.onDate = onDate
        let transfers = TransferSettings(
            scheme: settings.baseURL.scheme, connections: settings.maxConnections,
            timeoutMilliseconds: settings.requestTimeoutMilliseconds, caFile: settings.caFile,
            pinnedPublicKeys: settings.pinnedPublicKeys)
        CurlLoop.start(inbox, transfers, now: now)
    }

    deinit { inbox.close() }

    /// Takes no more calls, lets those under way end within their timeout, closes every connection
    /// and returns when the thread is over. May be called again.
    package func shutdown() async {
        inbox.close()
        await inbox.ended()
    }

    /// One signed exchange; the bytes of a reply of 2xx.
    func exchange(
        _ method: HTTPMethod, _ target: RequestTarget, body: [UInt8] = [],
        mayStill: @escaping @Sendable () -> Bool = { true }
    ) async throws(CustodyError) -> [UInt8] {
        guard !Task.isCancelled else { throw .notSent("it was cancelled") }
        let id = inbox.newID()
        let requests = requests
        let deadline = ContinuousClock.now + .milliseconds(settings.requestTimeoutMilliseconds)
        let reply = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.start(
                    Exchange(
                        id: id,
                        prepare: {
                            mayStill()
                                ? Result { () throws(CustodyError) in
                                    try requests.signed(method, target, body)
                                }
                                : .failure(.notSent("it was held back at the last moment"))
                        },
                        deadline: deadline, continuation: continuation))
                // A cancellation that came before the start found nothing to give up.
                if Task.isCancelled { inbox.cancel(id) }
            }
        } onCancel: {
            inbox.cancel(id)
        }
        if let head = reply.head { onDate(head.date, head.received) }
        return try reply.accepted()
    }
}
