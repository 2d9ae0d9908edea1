internal import Glibc

/// A file descriptor with one owner; closed at the end of its life.
struct OpenFile: ~Copyable {
    let descriptor: Int32

    deinit { _ = close(descriptor) }

    /// open(2), or `errno`. Never follows a symbolic link at the end of the path, never waits for
    /// the other end of a FIFO, and never takes a terminal. A path with a zero byte does not exist.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(Errno) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw Errno(ENOENT) }
        let always = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        let opened = unsafe open(path, flags | always, mode)
        guard opened >= 0 else { throw Errno(errno) }
        descriptor = opened
    }

    /// fstat(2) of what was opened, or `errno`.
    borrowing func status() throws(Errno) -> FileStatus {
        var found = stat()
        guard unsafe fstat(descriptor, &found) == 0 else { throw Errno(errno) }
        return FileStatus(
            isRegular: found.st_mode & S_IFMT == S_IFREG, permissions: found.st_mode & 0o7777,
            owner: found.st_uid, size: Int(found.st_size))
    }

    /// fsync(2), or `errno`.
    borrowing func sync() -> Errno? {
        fsync(descriptor) == 0 ? nil : Errno(errno)
    }
}

/// What fstat(2) says of a file, as far as a key file is judged by it.
struct FileStatus {
    let isRegular: Bool
    let permissions: UInt32
    let owner: UInt32
    let size: Int
}

/// An error number of the system, printed as the system words it.
struct Errno: Error, Hashable, CustomStringConvertible {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    var description: String { unsafe String(cString: strerror(number)) }
}
