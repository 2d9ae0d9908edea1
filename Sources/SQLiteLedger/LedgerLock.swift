import ApprovalCore
import Glibc
import Synchronization

/// The lock against a second agent: `flock` on a file beside the ledger, never on the database,
/// whose own locks SQLite would lose with it. The system drops it with the process.
///
/// The file also keeps the ledger's high-water mark, so that a ledger whose WAL was lost, or that
/// was replaced by an older copy, is seen to be behind. The mark is not synced: after a power cut
/// it may be older than the ledger, never newer.
final class LedgerLock: Sendable {
    /// The open lock file; nil after ``release()``.
    private let descriptor: Mutex<Int32?>
    private let file: String

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
        let digits = Array("\(getpid())".utf8)
        let text = digits + [UInt8](repeating: 0x20, count: 31 - digits.count) + [0x0A]
        guard unsafe pwrite(descriptor, text, text.count, 0) == text.count
        else {
            let reason = errno
            _ = Glibc.close(descriptor)
            throw .unavailable(
                file: file, why: "the lock cannot be written: \(systemMessage(reason))")
        }
        self.descriptor = Mutex(descriptor)
        self.file = file
    }

    /// Whether the file at the lock's path is still the one that is locked: beside another one, a
    /// second agent would find no lock.
    var isInPlace: Bool {
        let held = descriptor.withLock { $0.flatMap { FileIdentity(descriptor: $0) } }
        return held != nil && held == FileIdentity(path: file)
    }

    /// The last entry that was committed: its number, and the hash of its bytes.
    struct Mark: Equatable {
        let seq: Int64
        let digest: Digest
    }

    /// Where the mark stands in the file, behind the process id.
    private static let markOffset: off_t = 32
    private static let markLength = 20 + 1 + 64 + 1

    /// The mark that was left; nil where there is none, as before the first entry.
    func mark() -> Mark? { descriptor.withLock { $0.flatMap(Self.mark(in:)) } }

    /// The mark that was left beside the ledger at `path`, for those who only read; nil where there
    /// is none.
    static func mark(ledger path: String) -> Mark? {
        let descriptor = unsafe open(path + ".lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        return mark(in: descriptor)
    }

    private static func mark(in descriptor: Int32) -> Mark? {
        var bytes = [UInt8](repeating: 0, count: markLength)
        let count = unsafe pread(descriptor, &bytes, bytes.count, markOffset)
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard count == bytes.count, parts.count == 2, let seq = Int64(parts[0]),
            let digest = Digest(hex: String(parts[1].dropLast()))
        else { return nil }
        return Mark(seq: seq, digest: digest)
    }

    /// Leaves a mark, after its entry was committed. One that cannot be written is only older.
    func leave(_ mark: Mark) {
        let digits = String(mark.seq)
        let padded = String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
        let bytes = Array("\(padded) \(mark.digest)\n".utf8)
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            _ = unsafe pwrite(descriptor, bytes, bytes.count, Self.markOffset)
        }
    }

    deinit { release() }

    /// Lets go of the lock; the file stays.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor {
                // A child that is being started may hold a copy of the descriptor for a moment.
                _ = flock(open, LOCK_UN)
                _ = Glibc.close(open)
            }
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
