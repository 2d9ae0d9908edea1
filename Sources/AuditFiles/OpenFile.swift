internal import ApprovalAgent
internal import Glibc

/// A file descriptor with one owner, closed at the end of its life. Its errors name the file. No
/// symbolic link is followed, and a call that a signal interrupted is made again.
struct OpenFile: ~Copyable {
    let descriptor: Int32
    /// For messages.
    let path: String

    private init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = close(descriptor) }

    private static let always = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY

    /// The directory at a path; nil where nothing is there.
    static func directory(_ path: String) throws(LogDirectoryError) -> OpenFile? {
        try opened(path, "cannot be opened") {
            unsafe open(path, O_RDONLY | O_DIRECTORY | always)
        }
    }

    /// The directory of this name in this one; nil where nothing is there.
    borrowing func directory(_ name: String) throws(LogDirectoryError) -> OpenFile? {
        let flags = O_RDONLY | O_DIRECTORY | Self.always
        return try Self.opened(path(of: name), "cannot be opened") {
            unsafe openat(descriptor, name, flags)
        }
    }

    /// Makes a directory of this name in this one.
    borrowing func makeDirectory(_ name: String, mode: mode_t) throws(LogDirectoryError) {
        let result = Self.again { unsafe mkdirat(descriptor, name, mode) }
        guard result == 0 || errno == EEXIST else {
            throw Self.error(path(of: name), "the directory cannot be made")
        }
    }

    /// The file of this name in this directory, to read it; nil where nothing is there.
    borrowing func file(_ name: String) throws(LogDirectoryError) -> OpenFile? {
        try Self.opened(path(of: name), "cannot be opened") {
            unsafe openat(descriptor, name, O_RDONLY | Self.always)
        }
    }

    /// A new file of this name in this directory, to write it.
    borrowing func newFile(
        _ name: String, mode: mode_t
    ) throws(LogDirectoryError) -> OpenFile {
        let flags = O_WRONLY | O_CREAT | O_EXCL | Self.always
        let file = try Self.opened(path(of: name), "cannot be made") {
            unsafe openat(descriptor, name, flags, mode)
        }
        guard let file else { throw Self.error(path(of: name), "cannot be made") }
        return file
    }

    /// Everything in a regular file of at most so many bytes.
    borrowing func contents(most: Int) throws(LogDirectoryError) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Self.error(path, "cannot be examined")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LogDirectoryError(file: path, why: "it is not a regular file")
        }
        guard status.st_size <= most else {
            throw LogDirectoryError(file: path, why: "it is larger than \(most) bytes")
        }
        // One byte more than there is: a read that ends short of it is the end of the file.
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var length = 0
        while length < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(
                    descriptor, buffer.baseAddress?.advanced(by: length), buffer.count - length)
            }
            if count == 0 { break }
            if count > 0 {
                length += count
            } else if errno != EINTR {
                throw Self.error(path, "cannot be read")
            }
        }
        guard length < bytes.count else {
            throw LogDirectoryError(file: path, why: "it grew while it was read")
        }
        return Array(bytes.prefix(length))
    }

    /// Writes all of it.
    borrowing func write(_ bytes: [UInt8]) throws(LogDirectoryError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw Self.error(path, "cannot be written")
            }
        }
    }

    /// Syncs what was opened. A sync that failed is never tried again: the second would succeed
    /// without what was to be written. One that a signal interrupted has said nothing of the disk,
    /// and counts as failed.
    borrowing func sync() throws(LogDirectoryError) {
        guard fsync(descriptor) == 0 else {
            throw Self.error(path, "cannot be synced")
        }
    }

    /// The path of a name in this directory, for messages.
    borrowing func path(of name: String) -> String {
        if name == "." { return path }
        return path.utf8.last == UInt8(ascii: "/") ? path + name : "\(path)/\(name)"
    }

    static func error(_ path: String, _ what: String) -> LogDirectoryError {
        let number = errno
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return LogDirectoryError(file: path, why: "\(what): \(text)")
    }

    /// Makes a call until no signal interrupts it.
    static func again(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private static func opened(
        _ path: String, _ what: String, _ open: () -> Int32
    ) throws(LogDirectoryError) -> OpenFile? {
        let descriptor = again(open)
        if descriptor >= 0 { return OpenFile(descriptor, path) }
        switch errno {
        case ENOENT: return nil
        case ELOOP: throw LogDirectoryError(file: path, why: "it is a symbolic link")
        case ENOTDIR:
            throw LogDirectoryError(file: path, why: "it is no directory, or a symbolic link")
        default: throw error(path, what)
        }
    }
}
