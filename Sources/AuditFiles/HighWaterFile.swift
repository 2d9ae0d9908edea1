package import ApprovalAgent
internal import Glibc

/// The last checkpoint that was signed, in a file beside the ledger and outside of the audit
/// directory: who replaces one of the three by an older copy is found out by the others.
package struct HighWaterFile: HighWaterMark {
    /// The longest signed note that is read.
    private static let longest = 65_536

    /// The ledger's path with `.high-water` after it.
    package let path: String
    private let folder: String
    private let name: String

    /// The file beside the ledger at `file`.
    package init(besideLedger file: String) {
        let path = file + ".high-water"
        self.path = path
        guard let end = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            (folder, name) = (".", path)
            return
        }
        folder = String(path[...end])
        name = String(path[path.utf8.index(after: end)...])
    }

    package func read() throws(LogDirectoryError) -> [UInt8]? {
        guard let file = try opened().file(name) else { return nil }
        return try file.contents(most: Self.longest)
    }

    package func keep(_ note: [UInt8]) throws(LogDirectoryError) {
        let folder = try opened()
        let new = name + ".new"
        // What a process that was killed left half written.
        guard OpenFile.again({ unsafe unlinkat(folder.descriptor, new, 0) }) == 0 || errno == ENOENT
        else { throw OpenFile.error(folder.path(of: new), "cannot be removed") }
        let file = try folder.newFile(new, mode: 0o600)
        try file.write(note)
        try file.sync()
        let result = OpenFile.again {
            unsafe renameat(folder.descriptor, new, folder.descriptor, name)
        }
        guard result == 0 else { throw OpenFile.error(path, "cannot take its name") }
        try folder.sync()
    }

    /// Removes the mark, durably; does nothing where there is none.
    package func remove() throws(LogDirectoryError) {
        let folder = try opened()
        guard
            OpenFile.again({ unsafe unlinkat(folder.descriptor, name, 0) }) == 0
                || errno == ENOENT
        else { throw OpenFile.error(path, "cannot be removed") }
        try folder.sync()
    }

    private func opened() throws(LogDirectoryError) -> OpenFile {
        guard let opened = try OpenFile.directory(folder) else {
            throw LogDirectoryError(file: path, why: "its directory does not exist")
        }
        return opened
    }
}
