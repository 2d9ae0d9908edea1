import Foundation

/// One kept connection: a request goes out, its answer comes in, and then the next.
final class Wire {
    private let socket: Int32
    private var received: [UInt8] = []
    private(set) var sentAt = ContinuousClock.now

    struct Failure: Error { let text: String }

    /// The status and the body of an answer.
    struct Answer {
        let status: Int
        let body: ArraySlice<UInt8>
    }

    init(port: UInt16) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(text: "cannot connect to port \(port)") }
        var on: Int32 = 1
        setsockopt(
            socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(socket) }

    /// For `poll`.
    var readable: pollfd { pollfd(fd: socket, events: Int16(POLLIN), revents: 0) }

    func send(_ request: [UInt8]) throws {
        sentAt = .now
        received.removeAll(keepingCapacity: true)
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(text: "the connection is closed") }
            sent += count
        }
    }

    /// Reads what is there; the answer once it is whole.
    func receive() throws -> Answer? {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &part, part.count, 0)
        guard count > 0 else { throw Failure(text: "the connection is closed") }
        received.append(contentsOf: part[..<count])
        guard let head = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let text = String(decoding: received[..<head.lowerBound], as: UTF8.self)
        let lines = text.split(separator: "\r\n")
        guard
            let length = lines.first(where: { $0.lowercased().hasPrefix("content-length:") })?
                .split(separator: " ").last.flatMap({ Int($0) }),
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Failure(text: "no answer: \(text)") }
        guard received.count >= head.upperBound + length else { return nil }
        return Answer(status: status, body: received[head.upperBound...])
    }
}
