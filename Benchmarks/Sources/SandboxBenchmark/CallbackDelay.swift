import Foundation

/// How long a callback takes from the request that changes something to its arrival.
struct CallbackDelay {
    private let listener: Int32
    let url: String

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, name, &length) == 0
            }
        }
        guard bound else { throw Wire.Failure(text: "cannot listen") }
        self.listener = listener
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/callbacks"
    }

    /// Creates so many transactions one after the other; the microseconds of each callback.
    func measure(_ count: Int, account: String, port: UInt16) throws -> [Int] {
        let wire = try Wire(port: port)
        var connection: Int32 = -1
        var delays: [Int] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for number in 0..<count {
            let body = "{\"id\":\"callback-\(number)\",\"account_id\":\"\(account)\"}"
            try wire.send(
                Array(
                    """
                    POST /sandbox/transactions HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                    Content-Length: \(body.utf8.count)\r\n\r\n\(body)
                    """.utf8))
            if connection < 0 { connection = accept(listener, nil, nil) }
            var text = ""
            while !text.contains("callback-\(number)\"}") {
                let read = recv(connection, &buffer, buffer.count, 0)
                guard read > 0 else { throw Wire.Failure(text: "the callbacks have ended") }
                text += String(decoding: buffer[..<read], as: UTF8.self)
            }
            let taken = (ContinuousClock.now - wire.sentAt).components.attoseconds
            delays.append(Int(taken / 1_000_000_000_000))
            let reply = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
            _ = send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
            while try wire.receive() == nil {}
        }
        close(connection)
        close(listener)
        return delays.sorted()
    }
}
