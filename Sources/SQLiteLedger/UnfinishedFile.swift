import Glibc

/// A new file under a name of its own, for its owner alone, that gets its real name when it is
/// complete and on disk. Until then it is removed with this value.
final class UnfinishedFile {
    /// The name that it has meanwhile, in the same directory.
    let path: String
    private let target: String
    private let descriptor: Int32
    private var isPublished = false

    /// Refuses a target that exists.
    init(for target: String) throws(SQLiteLedgerError) {
        self.target = target
        guard FileIdentity(path: target) == nil else { throw .exists(target) }
        let directory = LedgerFile(path: target).directory
        let number = String(UInt64.random(in: 0 ... .max), radix: 36)
        path = (directory == "." ? "" : directory) + ".countersign-\(getpid())-\(number).part"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw Self.refusal(target, "cannot be created", errno) }
        guard fchmod(descriptor, 0o600) == 0 else {
            throw Self.refusal(target, "cannot be restricted to its owner", errno)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        if !isPublished {
            for suffix in ["", "-journal", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
        }
        _ = Glibc.close(descriptor)
    }

    /// Its size.
    func bytes() throws(SQLiteLedgerError) -> Int64 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Self.refusal(target, "cannot be measured", errno)
        }
        return Int64(status.st_size)
    }

    /// Up to so many bytes from a place on; empty at the end.
    func read(_ count: Int, at offset: Int64) throws(SQLiteLedgerError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = unsafe pread(descriptor, &bytes, count, off_t(offset))
        guard found >= 0 else { throw Self.refusal(target, "cannot be read", errno) }
        bytes.removeLast(count - found)
        return bytes
    }

    /// Puts the contents on disk.
    func sync() throws(SQLiteLedgerError) {
        guard fsync(descriptor) == 0 else {
            throw Self.refusal(target, "cannot be written to disk", errno)
        }
    }

    /// Gives it its name where nothing has it, durably.
    func publish() throws(SQLiteLedgerError) {
        guard FileIdentity(path: path) == FileIdentity(descriptor: descriptor) else {
            throw .unavailable(
                file: target,
                why: "somebody replaced the copy while it was written; choose a directory that "
                    + "nobody else writes to")
        }
        // A second name, then away with the first: rename(2) would replace what has it already.
        guard unsafe link(path, target) == 0 else {
            if errno == EEXIST { throw .exists(target) }
            throw Self.refusal(target, "cannot be given its name", errno)
        }
        do throws(SQLiteLedgerError) {
            guard unsafe unlink(path) == 0 else {
                throw Self.refusal(target, "keeps the name \(path) as well", errno)
            }
            try LedgerFile(path: target).syncDirectory()
        } catch {
            _ = unsafe unlink(target)
            throw error
        }
        isPublished = true
    }

    /// The system's refusal, and what to do.
    static func refusal(
        _ file: String, _ what: String, _ number: Int32
    ) -> SQLiteLedgerError {
        let remedy =
            switch number {
            case ENOENT, ENOTDIR: "create its directory first, or name another one"
            case EACCES, EPERM, EROFS: "name a directory that this user may write to"
            case ENOSPC, EDQUOT, EFBIG: "make room, or name a directory on another disk"
            case ENAMETOOLONG: "choose a shorter name"
            default: "name a directory on another disk"
            }
        return .unavailable(file: file, why: "\(what): \(systemMessage(number)); \(remedy)")
    }
}
