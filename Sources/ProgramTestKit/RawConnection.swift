import Foundation
import Glibc

/// A connection to a port of this host that sends whatever bytes it is given.
package final class RawConnection: Sendable {
    private let handle: Int32

    /// Connects; waits for each answer for so long at most.
    package init(port: Int, seconds: Int = 5) throws {
        handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var wait = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(handle, SOL_SOCKET, option, &wait, size)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(handle)
            throw SandboxProcess.Failure(description: "no connection to port \(port)")
        }
    }

    deinit { close(handle) }

    /// Sends what the other side takes; what it does not take is lost.
    package func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// The same for text, in UTF-8.
    package func send(_ text: String) { send(Array(text.utf8)) }

    /// The status of the next answer; nil where the other side closed or said nothing.
    package func status() -> Int? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe recv(handle, &buffer, buffer.count, 0)
        guard count > 12 else { return nil }
        return Int(String(decoding: buffer[9..<12], as: UTF8.self))
    }
}
