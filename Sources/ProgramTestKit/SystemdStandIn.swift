import Foundation

/// The socket on which systemd would hear from a service.
package final class SystemdStandIn: Sendable {
    /// What `NOTIFY_SOCKET` is to be.
    package let name: String
    private let handle: Int32

    /// Binds it: at a path in the temporary folder, or under an abstract name.
    package init(isAbstract: Bool = false) throws {
        let unique = "countersign-\(UUID().uuidString.prefix(8)).socket"
        name =
            isAbstract
            ? "@" + unique : FileManager.default.temporaryDirectory.path + "/" + unique
        handle = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if isAbstract { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(handle, $0, length)
            }
        }
        guard bound == 0, fcntl(handle, F_SETFD, FD_CLOEXEC) == 0 else {
            throw SandboxProcess.Failure(description: "no socket \(name): error \(errno)")
        }
    }

    deinit {
        close(handle)
        if !name.hasPrefix("@") { _ = unsafe unlink(name) }
    }

    /// The next message that is such; throws after `seconds`. Others before it are dropped.
    package func message(
        within seconds: Int = 60, where matches: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        let handle = handle
        let found = await withCheckedContinuation { continuation in
            DispatchQueue(label: "notify socket").async {
                let end = ContinuousClock.now + .seconds(seconds)
                var buffer = [UInt8](repeating: 0, count: 4_096)
                while ContinuousClock.now < end {
                    var one = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
                    guard unsafe poll(&one, 1, 100) > 0 else { continue }
                    let count = unsafe recv(handle, &buffer, buffer.count, 0)
                    let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
                    if matches(text) { return continuation.resume(returning: Optional(text)) }
                }
                continuation.resume(returning: nil)
            }
        }
        guard let found else {
            throw SandboxProcess.Failure(description: "nothing such within \(seconds) s")
        }
        return found
    }
}
