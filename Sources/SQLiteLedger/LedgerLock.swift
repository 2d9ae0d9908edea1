import Glibc
import Synchronization

/// The lock against a second agent: `flock` on a file beside the ledger, never on the database,
/// whose own locks SQLite would lose with it. The system drops it with the process.
final class LedgerLock: Sendable {
    /// The open lock file; nil after ``release()``.
    private let descriptor: Mutex<Int32?>

    /// Takes the lock of the ledger at `path` and writes this process's id into it.
    init(ledger path: String) throws(SQLiteLedgerError) {
        let file = path + ".lock"
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let descriptor = unsafe open(file, flags, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable(
                file: file, why: "the lock cannot be opened: \(systemMessage(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = Self.text(of: descriptor)
            _ = Glibc.close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw .unavailable(
                    file: file, why: "the lock cannot be taken: \(systemMessage(reason))")
            }
            throw .locked(file: file, processID: holder)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0,
            unsafe pwrite(descriptor, text, text.count, 0) == text.count
        else {
            let reason = errno
            _ = Glibc.close(descriptor)
            throw .unavailable(
                file: file, why: "the lock cannot be written: \(systemMessage(reason))")
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets go of the lock; the file stays.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { _ = Glibc.close(open) }
            descriptor = nil
        }
    }

    /// Whether a process holds the lock of the ledger at `path` at this moment.
    static func isHeld(ledger path: String) -> Bool {
        let descriptor = unsafe open(path + ".lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// The process id that the holder wrote.
    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }
}
