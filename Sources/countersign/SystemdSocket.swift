import Foundation

/// The socket on which systemd hears from a service (sd_notify(3)). Without `NOTIFY_SOCKET` there is
/// none, and nothing is different.
struct SystemdSocket: Sendable {
    /// As sun_path has it: a path, or a zero byte and an abstract name.
    private let name: [UInt8]

    init?(_ environment: [String: String]) {
        guard let text = environment["NOTIFY_SOCKET"] else { return nil }
        var bytes = Array(text.utf8)
        guard bytes.count >= 2, bytes.count < 108, !bytes.contains(0),
            [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(bytes[0])
        else { return nil }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        name = bytes
    }

    /// Tells it; where nobody hears, nothing happens.
    func tell(_ lines: String...) {
        let message = Array(lines.joined(separator: "\n").utf8)
        let handle = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard handle >= 0 else { return }
        defer { close(handle) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        // An abstract name ends where the address does.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe message.withUnsafeBytes { bytes in
                    unsafe sendto(
                        handle, bytes.baseAddress, bytes.count,
                        Int32(MSG_DONTWAIT | MSG_NOSIGNAL), address, length)
                }
            }
        }
    }

    /// Now, as `MONOTONIC_USEC` has it.
    static var monotonicMicroseconds: Int64 {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// Microseconds within which systemd wants to hear from this process; nil where it does not.
    static func watchdog(_ environment: [String: String]) -> Int64? {
        guard let interval = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), interval > 0
        else { return nil }
        let isForAnother = environment["WATCHDOG_PID"].map { $0 != String(getpid()) } ?? false
        return isForAnother ? nil : interval
    }
}
