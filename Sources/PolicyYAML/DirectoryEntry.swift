private import Glibc

/// One name in a directory. A name that is not UTF-8 is shown repaired; it then names nothing.
struct DirectoryEntry: Equatable {
    enum Kind: Equatable {
        /// A regular file, or a link that leads to one.
        case file
        case directory
        case linkToDirectory
        /// A pipe, socket, device, or a link that leads nowhere.
        case other
    }

    let name: String
    let kind: Kind

    /// What stands in the directory at `path`, in the order of the names' bytes, without `.` and
    /// `..`. More than `limit` names are refused.
    static func list(_ path: String, limit: Int) throws(FileProblem) -> [DirectoryEntry] {
        guard !path.utf8.contains(0) else { throw .missing(path: path) }
        guard let stream = unsafe opendir(path) else { throw problem(path) }
        defer { unsafe closedir(stream) }
        var entries: [DirectoryEntry] = []
        while let name = try unsafe next(stream, path) {
            if name == "." || name == ".." { continue }
            guard entries.count < limit else {
                throw .unreadable(path: path, reason: "it has more than \(limit) entries")
            }
            entries.append(DirectoryEntry(name: name, kind: kind(of: "\(path)/\(name)")))
        }
        return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func next(
        _ stream: OpaquePointer, _ path: String
    ) throws(FileProblem) -> String? {
        errno = 0
        guard let entry = unsafe readdir(stream) else {
            guard errno == 0 else { throw problem(path) }
            return nil
        }
        return unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func kind(of path: String) -> Kind {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return .other }
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        if isLink, unsafe stat(path, &status) != 0 { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return isLink ? .linkToDirectory : .directory
        default: return .other
        }
    }

    private static func problem(_ path: String) -> FileProblem {
        let code = errno
        if code == ENOENT || code == ENOTDIR { return .missing(path: path) }
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) }
        return .unreadable(path: path, reason: reason ?? "error \(code)")
    }
}
