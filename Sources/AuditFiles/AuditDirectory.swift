package import ApprovalAgent
internal import Glibc

/// The audit directory on a file system. One process writes to it: the one that holds the ledger's
/// lock. Any number may read.
///
/// Directories are made with mode 0750 and files with 0640, less what the process's umask takes: an
/// auditor reads them through the group of the directory, and nobody else does, for entries name
/// amounts and destinations.
package struct AuditDirectory: LogDirectory {
    /// The longest file of a log: a bundle of 256 entries of 65,535 bytes each.
    package static let longestFile = 256 * 65_537

    private static let directoryMode: mode_t = 0o750
    private static let fileMode: mode_t = 0o640
    /// Where files lie until they are whole.
    private static let incoming = ".new"

    /// As it was named.
    package let path: String

    /// Touches nothing yet. The directory must exist when it is used.
    package init(_ path: String) { self.path = path }

    package func read(_ path: String) throws(LogDirectoryError) -> [UInt8]? {
        var names = try Self.names(of: path, in: self.path)
        let last = names.removeLast()
        var folder = try root()
        for name in names {
            guard let next = try folder.directory(name) else { return nil }
            folder = next
        }
        guard let file = try folder.file(last) else { return nil }
        return try file.contents(most: Self.longestFile)
    }

    package func write(_ files: [LogFile]) throws(LogDirectoryError) {
        guard !files.isEmpty else { return }
        let root = try root()
        try root.makeDirectory(Self.incoming, mode: Self.directoryMode)
        let incoming = try Self.existing(root, Self.incoming)
        var places: [Place] = []
        for (number, file) in files.enumerated() {
            var names = try Self.names(of: file.path, in: path)
            let last = names.removeLast()
            places.append(Place(folder: names, name: last))
            let new = try incoming.newFile(String(number), mode: Self.fileMode)
            try new.write(file.bytes)
            try new.sync()
        }
        var changed: [[String]] = []
        for place in places {
            for parent in try makeFolders(place.folder, root) + [place.folder]
            where !changed.contains(parent) { changed.append(parent) }
        }
        for (number, place) in places.enumerated() {
            let folder = try self.folder(place.folder, root)
            let result = OpenFile.again {
                unsafe renameat(
                    incoming.descriptor, String(number), folder.descriptor, place.name)
            }
            guard result == 0 else {
                throw OpenFile.error(folder.path(of: place.name), "cannot take its name")
            }
        }
        // The deepest first, so that no name is durable that leads to nothing.
        for names in changed.sorted(by: { $0.count > $1.count }) {
            try folder(names, root).sync()
        }
    }

    package func remove(_ path: String) throws(LogDirectoryError) {
        var names = try Self.names(of: path, in: self.path)
        let last = names.removeLast()
        var folder = try root()
        for name in names {
            guard let next = try folder.directory(name) else { return }
            folder = next
        }
        guard let doomed = try folder.directory(last) else { return }
        try Self.empty(doomed)
        guard OpenFile.again({ unsafe unlinkat(folder.descriptor, last, AT_REMOVEDIR) }) == 0
        else { throw OpenFile.error(doomed.path, "cannot be removed") }
    }

    /// Removes what a process that was killed left half written. For the one process that writes.
    package func removeLeftovers() throws(LogDirectoryError) {
        guard let incoming = try root().directory(Self.incoming) else { return }
        try Self.empty(incoming)
    }

    private struct Place {
        let folder: [String]
        let name: String
    }

    private func root() throws(LogDirectoryError) -> OpenFile {
        guard let root = try OpenFile.directory(path) else {
            throw LogDirectoryError(
                file: path,
                why: "there is no such directory; make it, for the agent's user alone or with the "
                    + "auditors' group, or correct ledger.audit_directory")
        }
        return root
    }

    /// Makes the directories on the way that are missing, and gives those in which one was made.
    private func makeFolders(
        _ names: [String], _ root: borrowing OpenFile
    ) throws(LogDirectoryError) -> [[String]] {
        var changed: [[String]] = []
        for depth in names.indices {
            let parent = Array(names.prefix(depth))
            let folder = try self.folder(parent, root)
            if try folder.directory(names[depth]) == nil {
                try folder.makeDirectory(names[depth], mode: Self.directoryMode)
                changed.append(parent)
            }
        }
        return changed
    }

    private func folder(
        _ names: [String], _ root: borrowing OpenFile
    ) throws(LogDirectoryError) -> OpenFile {
        var folder = try Self.existing(root, ".")
        for name in names { folder = try Self.existing(folder, name) }
        return folder
    }

    private static func existing(
        _ folder: borrowing OpenFile, _ name: String
    ) throws(LogDirectoryError) -> OpenFile {
        guard let next = try folder.directory(name) else {
            throw LogDirectoryError(file: folder.path(of: name), why: "it was removed meanwhile")
        }
        return next
    }

    private static func empty(_ folder: borrowing OpenFile) throws(LogDirectoryError) {
        for name in try names(in: folder) {
            guard OpenFile.again({ unsafe unlinkat(folder.descriptor, name, 0) }) == 0 else {
                throw OpenFile.error(folder.path(of: name), "cannot be removed")
            }
        }
    }

    private static func names(
        in folder: borrowing OpenFile
    ) throws(LogDirectoryError) -> [String] {
        let copy = OpenFile.again { fcntl(folder.descriptor, F_DUPFD_CLOEXEC, 0) }
        guard copy >= 0, let stream = unsafe fdopendir(copy) else {
            throw OpenFile.error(folder.path, "cannot be listed")
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The names on the way: none of them leads out of the directory.
    private static func names(
        of path: String, in directory: String
    ) throws(LogDirectoryError) -> [String] {
        let names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard names.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) })
        else {
            throw LogDirectoryError(file: "\(directory)/\(path)", why: "this is no path of a log")
        }
        return names
    }
}
