import Foundation
import Glibc
import Synchronization

/// A server of raw bytes on 127.0.0.1, one thread per connection: it shows what was sent exactly
/// as it was sent, and answers with any bytes at all.
final class LoopbackServer: Sendable {
    /// One request as it came over the wire.
    struct Request: Sendable {
        /// Counts from 0, in the order of accepting.
        let connection: Int
        /// Counts from 0 on its connection.
        let index: Int
        /// Request line and header lines, without their line breaks.
        let lines: [String]
        let body: [UInt8]

        var target: String {
            lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        }

        func header(_ name: String) -> String? {
            lines.dropFirst().first { $0.hasPrefix(name + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    /// What to do after a request.
    enum Answer: Sendable {
        case reply(String)
        case bytes([UInt8])
        case replyAndClose(String)
        case close
        case reset
        /// Nothing, with the connection open.
        case silence
        /// This over and over, up to 256 MiB, after a beginning.
        case flood(String, [UInt8])
        /// A byte every so many milliseconds, over and over, after a beginning.
        case drip(String, Int32)
    }

    /// What a flood stops at.
    static let mostFlooded = 256 << 20

    private struct State {
        var requests: [Request] = []
        var open: Set<Int32> = []
        var accepted = 0
        var flooded = 0
    }

    let port: UInt16
    /// One element per request.
    let arrivals: AsyncStream<Request>
    /// One element per connection that the client closed.
    let closings: AsyncStream<Int>

    private let listener: Int32
    private let state = Mutex(State())
    private let answer: @Sendable (Request) -> Answer
    private let arrived: AsyncStream<Request>.Continuation
    private let closed: AsyncStream<Int>.Continuation

    init(answer: @escaping @Sendable (Request) -> Answer) throws {
        Self.setHostileEnvironment
        (listener, port) = try Self.listen()
        (arrivals, arrived) = AsyncStream.makeStream()
        (closings, closed) = AsyncStream.makeStream()
        self.answer = answer
        Thread.detachNewThread { [self] in accept() }
    }

    /// Set before the first transfer of the process: every test runs with it.
    static let hostileProxy = "http://127.0.0.1:9"
    private static let setHostileEnvironment: Void = {
        for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            unsafe setenv(name, hostileProxy, 1)
        }
        unsafe unsetenv("no_proxy")
        unsafe unsetenv("NO_PROXY")
    }()

    var requests: [Request] { state.withLock { $0.requests } }
    var accepted: Int { state.withLock { $0.accepted } }

    /// The bytes of floods and drips that the client took, or its system for it.
    var flooded: Int { state.withLock { $0.flooded } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// A port of 127.0.0.1 on which nothing listens.
    static func closedPort() throws -> UInt16 {
        setHostileEnvironment
        let (socket, port) = try listen()
        close(socket)
        return port
    }

    /// A new socket that listens, and its port.
    static func listen() throws -> (Int32, UInt16) {
        let listener = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound, Glibc.listen(listener, 128) == 0 else { throw POSIXError(.EADDRINUSE) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { break }
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            let number = state.withLock { state in
                state.open.insert(socket)
                state.accepted += 1
                return state.accepted - 1
            }
            Thread.detachNewThread { [self] in
                serve(socket, number)
                state.withLock { _ = $0.open.remove(socket) }
                close(socket)
            }
        }
        close(listener)
    }

    private func serve(_ socket: Int32, _ connection: Int) {
        var buffer: [UInt8] = []
        var index = 0
        while let request = read(from: socket, &buffer, connection, index) {
            index += 1
            state.withLock { $0.requests.append(request) }
            arrived.yield(request)
            switch answer(request) {
            case .reply(let text): write(text, to: socket)
            case .bytes(let bytes): write(bytes, to: socket)
            case .replyAndClose(let text):
                write(text, to: socket)
                return
            case .close: return
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout<Glibc.linger>.size))
                return
            case .silence: break
            case .flood(let beginning, let piece):
                flood(socket, beginning, piece)
                return
            case .drip(let beginning, let milliseconds):
                flood(socket, beginning, [0x20], pause: milliseconds)
                return
            }
        }
        closed.yield(connection)
    }

    private func read(
        from socket: Int32, _ buffer: inout [UInt8], _ connection: Int, _ index: Int
    ) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let headEnd = buffer.firstRange(of: end) {
                let text = String(decoding: buffer[..<headEnd.lowerBound], as: UTF8.self)
                let lines = text.components(separatedBy: "\r\n")
                let length = lines.first { $0.hasPrefix("Content-Length: ") }
                    .flatMap { Int($0.dropFirst(16)) }
                let total = headEnd.upperBound + (length ?? 0)
                if buffer.count >= total {
                    let body = Array(buffer[headEnd.upperBound..<total])
                    buffer.removeFirst(total)
                    return Request(
                        connection: connection, index: index, lines: lines, body: body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }

    /// Writes without an end, until the client is gone.
    private func flood(
        _ socket: Int32, _ beginning: String, _ piece: [UInt8], pause milliseconds: Int32 = 0
    ) {
        write(beginning, to: socket)
        while flooded < Self.mostFlooded, write(piece, to: socket) {
            state.withLock { $0.flooded += piece.count }
            // The pause ends early where the client hangs up.
            var client = pollfd(fd: socket, events: 0, revents: 0)
            if milliseconds > 0 { _ = unsafe poll(&client, 1, milliseconds) }
        }
    }

    private func write(_ text: String, to socket: Int32) { write(Array(text.utf8), to: socket) }

    /// False where the client is gone.
    @discardableResult
    private func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
