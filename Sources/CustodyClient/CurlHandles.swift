import CCurl

/// What every transfer has in common.
struct TransferSettings: Sendable {
    let scheme: BaseURL.Scheme
    let connections: Int
    let timeoutMilliseconds: Int
    /// A PEM bundle that alone is trusted; nil for the system's.
    let caFile: String?
    let pinnedPublicKeys: [String]
}

/// One libcurl easy handle: one request, its options and the response that it collects. It
/// belongs to the thread that transfers, and frees all that it made.
@safe
final class CurlEasy {
    let collector: ReplyCollector
    private let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var isComplete = true

    /// Nil where libcurl does not take every option: a transfer with fewer is never begun.
    init?(_ request: SignedRequest, _ settings: TransferSettings, _ collector: ReplyCollector) {
        guard let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        self.collector = collector
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe headers = nil
        setRequest(request)
        setBounds(settings)
        setTrust(settings)
        setCallbacks()
        guard isComplete else { return nil }
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
        unsafe errorText.deallocate()
    }

    /// The same for as long as the handle lives.
    var key: UInt { UInt(bitPattern: unsafe handle) }

    /// How the transfer failed.
    func explanation(of code: UInt32) -> TransferFailure {
        let detail = unsafe String(cString: errorText)
        let words =
            detail.isEmpty ? unsafe String(cString: curl_easy_strerror(CURLcode(code))) : detail
        return TransferFailure(code: code, words: words)
    }

    private func setRequest(_ request: SignedRequest) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_USERAGENT, "countersign")
        switch request.method {
        case .get: set(CURLOPT_HTTPGET, 1)
        case .post:
            set(CURLOPT_POST, 1)
            set(CURLOPT_POSTFIELDSIZE, request.body.count)
            unsafe request.body.withUnsafeBytes { bytes in
                note(unsafe custody_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress))
            }
        }
        for header in request.headers + ["Expect:"] {
            guard let list = unsafe curl_slist_append(headers, header) else {
                isComplete = false
                return
            }
            unsafe headers = list
        }
        note(unsafe custody_set_list(handle, CURLOPT_HTTPHEADER, headers))
    }

    /// Nothing but this request to this host: no redirect, proxy, cookie, netrc or other scheme.
    private func setBounds(_ settings: TransferSettings) {
        set(CURLOPT_PROTOCOLS_STR, settings.scheme.rawValue)
        set(CURLOPT_REDIR_PROTOCOLS_STR, settings.scheme.rawValue)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOPROXY, "*")
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        set(CURLOPT_UNRESTRICTED_AUTH, 0)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_HTTP09_ALLOWED, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_VERBOSE, 0)
        set(CURLOPT_TIMEOUT_MS, settings.timeoutMilliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(5_000, settings.timeoutMilliseconds))
        // A connection that was idle for long is more likely to be closed by the other side.
        set(CURLOPT_MAXAGE_CONN, 30)
    }

    private func setTrust(_ settings: TransferSettings) {
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile = settings.caFile {
            set(CURLOPT_CAINFO, caFile)
            // The system's directory would be trusted beside the file.
            note(unsafe custody_set_text(handle, CURLOPT_CAPATH, nil))
        }
        if !settings.pinnedPublicKeys.isEmpty {
            set(CURLOPT_PINNEDPUBLICKEY, settings.pinnedPublicKeys.joined(separator: ";"))
        }
    }

    /// The collector lives as long as this handle, so the pointers to it need no count of their
    /// own; libcurl calls back on this thread alone.
    private func setCallbacks() {
        let pointer = unsafe Unmanaged.passUnretained(collector).toOpaque()
        note(unsafe custody_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        note(unsafe custody_set_pointer(handle, CURLOPT_HEADERDATA, pointer))
        note(unsafe custody_set_pointer(handle, CURLOPT_WRITEDATA, pointer))
        note(unsafe custody_set_pointer(handle, CURLOPT_PREREQDATA, pointer))
        note(
            unsafe custody_set_receive(handle, CURLOPT_HEADERFUNCTION) {
                bytes, size, count, state in
                unsafe received(bytes, size * count, state) { $0.take(headerLine: $1) }
            })
        note(
            unsafe custody_set_receive(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, state in
                unsafe received(bytes, size * count, state) { $0.take(body: $1) }
            })
        note(
            unsafe custody_set_prereq(handle) { state, _, _, _, _ in
                guard let state = unsafe state else { return CURL_PREREQFUNC_ABORT }
                let collector = unsafe Unmanaged<ReplyCollector>.fromOpaque(state)
                    .takeUnretainedValue()
                return collector.maySend() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            })
    }

    private func set(_ option: CURLoption, _ value: Int) {
        note(unsafe custody_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ text: String) {
        note(unsafe custody_set_text(handle, option, text))
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK { isComplete = false }
    }
}

/// Hands what libcurl received to the collector; any count but `length` makes libcurl stop.
private func received(
    _ bytes: UnsafeMutablePointer<CChar>?, _ length: Int, _ state: UnsafeMutableRawPointer?,
    _ take: (ReplyCollector, [UInt8]) -> Bool
) -> Int {
    guard let state = unsafe state else { return length + 1 }
    let collector = unsafe Unmanaged<ReplyCollector>.fromOpaque(state).takeUnretainedValue()
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: length)
    return take(collector, unsafe Array(buffer)) ? length : length + 1
}

/// One libcurl multi handle: the connections that are kept and the transfers on them. It belongs
/// to the thread that transfers; only ``wake(_:)`` may be called from another.
@safe
final class CurlMulti {
    private let handle: UnsafeMutableRawPointer

    /// Nil where libcurl cannot start.
    init?(connections: Int) {
        guard Self.libraryIsReady, let handle = unsafe curl_multi_init() else { return nil }
        unsafe self.handle = handle
        for option in [
            CURLMOPT_MAXCONNECTS, CURLMOPT_MAX_TOTAL_CONNECTIONS, CURLMOPT_MAX_HOST_CONNECTIONS,
        ] {
            guard unsafe custody_multi_set_long(handle, option, connections) == CURLM_OK else {
                return nil
            }
        }
    }

    deinit { unsafe curl_multi_cleanup(handle) }

    /// libcurl is set up once for the process, before any handle.
    private static let libraryIsReady = custody_global_init() == CURLE_OK

    /// The handle as a number, to wake it by.
    var key: UInt { UInt(bitPattern: unsafe handle) }

    /// Ends a wait of the handle whose ``key`` this is. The caller guarantees that it still lives.
    static func wake(_ key: UInt) {
        unsafe curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: key))
    }

    func add(_ easy: CurlEasy) -> Bool {
        unsafe curl_multi_add_handle(handle, UnsafeMutableRawPointer(bitPattern: easy.key))
            == CURLM_OK
    }

    /// Gives up the transfer; a connection that it used half is closed.
    func remove(_ easy: CurlEasy) {
        unsafe curl_multi_remove_handle(handle, UnsafeMutableRawPointer(bitPattern: easy.key))
    }

    /// Moves every transfer as far as it goes without waiting; false where libcurl is broken.
    func perform() -> Bool {
        var running: Int32 = 0
        return unsafe curl_multi_perform(handle, &running) == CURLM_OK
    }

    /// Waits for the network, a wake-up or the time; false where libcurl is broken.
    func wait(milliseconds: Int32) -> Bool {
        unsafe curl_multi_poll(handle, nil, 0, milliseconds, nil) == CURLM_OK
    }

    /// The next transfer that ended, by the key of its handle; the code is nil for a good end.
    func nextEnded() -> (key: UInt, failure: UInt32?)? {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(handle, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let code = unsafe message.pointee.data.result
            let key = UInt(bitPattern: unsafe message.pointee.easy_handle)
            return (key, code == CURLE_OK ? nil : code.rawValue)
        }
        return nil
    }
}
