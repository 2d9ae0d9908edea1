import Foundation
import Glibc
import Synchronization

/// Takes one connection after the other on 127.0.0.1, keeps every byte that comes and answers the
/// first of each with a fixed text.
final class RawServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let bytes = Mutex<[UInt8]>([])

    init(reply: String) throws {
        (listener, port) = try LoopbackServer.listen()
        let listener = listener
        Thread.detachNewThread { [self] in
            while true {
                let socket = Glibc.accept(listener, nil, nil)
                guard socket >= 0 else { break }
                serve(socket, Array(reply.utf8))
                close(socket)
            }
            close(listener)
        }
    }

    /// All that came, on all connections.
    var received: [UInt8] { bytes.withLock { $0 } }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ socket: Int32, _ reply: [UInt8]) {
        var isAnswered = false
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes.withLock { $0 += chunk[..<count] }
            if !isAnswered {
                _ = unsafe send(socket, reply, reply.count, Int32(MSG_NOSIGNAL))
                isAnswered = true
            }
        }
    }
}
