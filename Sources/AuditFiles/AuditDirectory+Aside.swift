package import ApprovalAgent
internal import Glibc

// A directory of a log that does not go on is kept as it is, beside the one that does.
extension AuditDirectory {
    /// Moves the directory with everything in it to another path beside it, and makes an empty one
    /// with its rights. Returns when all of that is synced. A kill between any two steps is mended
    /// by ``finishMove()``.
    package func moveAside(to aside: String) throws(LogDirectoryError) {
        guard let old = try OpenFile.directory(path) else { return try finishMove() }
        var status = stat()
        guard unsafe fstat(old.descriptor, &status) == 0 else {
            throw OpenFile.error(path, "cannot be examined")
        }
        let next = Self.next(path)
        guard OpenFile.again({ unsafe rmdir(next) }) == 0 || errno == ENOENT else {
            throw OpenFile.error(next, "cannot be removed")
        }
        guard OpenFile.again({ unsafe mkdir(next, 0o700) }) == 0 else {
            throw OpenFile.error(next, "cannot be made")
        }
        // Where the group is not one of ours, it stays ours.
        _ = unsafe chown(next, uid_t.max, status.st_gid)
        guard unsafe chmod(next, status.st_mode & 0o7777) == 0 else {
            throw OpenFile.error(next, "its rights cannot be set")
        }
        try rename(path, aside)
        try finishMove()
    }

    /// Brings an empty directory to its place where a move was cut short; does nothing where the
    /// directory is there.
    package func finishMove() throws(LogDirectoryError) {
        let next = Self.next(path)
        if try OpenFile.directory(path) == nil {
            if try OpenFile.directory(next) == nil {
                guard OpenFile.again({ unsafe mkdir(path, 0o700) }) == 0 else {
                    throw OpenFile.error(path, "cannot be made")
                }
            } else {
                try rename(next, path)
            }
        } else {
            // One that was made and is of no more use.
            _ = unsafe rmdir(next)
        }
        guard let parent = try OpenFile.directory(Self.parent(path)) else {
            throw LogDirectoryError(file: path, why: "its directory does not exist")
        }
        try parent.sync()
    }

    private func rename(_ from: String, _ to: String) throws(LogDirectoryError) {
        guard OpenFile.again({ unsafe Glibc.rename(from, to) }) == 0 else {
            throw OpenFile.error(from, "cannot be moved to \(to)")
        }
    }

    /// Where the directory that goes on is made.
    private static func next(_ path: String) -> String { trimmed(path) + ".next" }

    /// Without slashes at its end.
    private static func trimmed(_ path: String) -> String {
        var bytes = Array(path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func parent(_ path: String) -> String {
        let bytes = Array(trimmed(path).utf8)
        guard let end = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return end == 0 ? "/" : String(decoding: bytes[..<end], as: UTF8.self)
    }
}
