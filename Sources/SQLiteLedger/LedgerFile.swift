import Glibc

/// The file of a ledger, seen from the file system.
struct LedgerFile {
    let path: String

    /// Creates it, empty and for its owner alone, where nothing is there.
    func create() throws(SQLiteLedgerError) {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw .exists(path) }
            throw failure("cannot be created")
        }
        let isSynced = fchmod(descriptor, 0o600) == 0 && fsync(descriptor) == 0
        guard Glibc.close(descriptor) == 0, isSynced else { throw failure("cannot be written") }
        try syncDirectory()
    }

    /// Removes what a failed creation left behind.
    func remove() {
        for suffix in ["", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
    }

    /// Syncs file and directory, so that the file is found after a power cut.
    func sync() throws(SQLiteLedgerError) {
        try sync(path, O_RDONLY)
        try syncDirectory()
    }

    /// Syncs the directory, so that a name that was made in it is found after a power cut.
    func syncDirectory() throws(SQLiteLedgerError) {
        try sync(directory, O_RDONLY | O_DIRECTORY)
    }

    /// Where the file is, with a slash at its end or as a dot.
    var directory: String {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        return end.map { String(path[...$0]) } ?? "."
    }

    private func sync(_ path: String, _ flags: Int32) throws(SQLiteLedgerError) {
        let descriptor = unsafe open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened to sync it") }
        let isSynced = fsync(descriptor) == 0
        guard Glibc.close(descriptor) == 0, isSynced else { throw failure("cannot be synced") }
    }

    /// Refuses what is missing, a link, no regular file, someone else's or open to others.
    func check() throws(SQLiteLedgerError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { throw .missing(path) }
            throw failure("cannot be read")
        }
        guard status.st_mode & S_IFMT != S_IFLNK else {
            throw .unsafe(file: path, why: "it is a symbolic link; name the file itself")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unsafe(file: path, why: "it is not a regular file")
        }
        guard status.st_nlink == 1 else {
            throw .unsafe(
                file: path,
                why: "it has a second name, under which another agent could work on it; remove "
                    + "that name")
        }
        guard status.st_uid == geteuid() else {
            throw .unsafe(file: path, why: "it belongs to another user")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .unsafe(
                file: path, why: "others may open it; restrict it with 'chmod 600 \(path)'")
        }
    }

    private func failure(_ what: String) -> SQLiteLedgerError {
        .unavailable(file: path, why: "\(what): \(systemMessage(errno))")
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}
