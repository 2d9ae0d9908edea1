import ApprovalAgent
import Glibc

/// Which file it is, whatever its name.
struct FileIdentity: Hashable {
    private let device: UInt
    private let inode: UInt

    /// The file at a path, a link itself; nil where there is none.
    init?(path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// An open file.
    init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}

/// The files that a ledger's writer works on, as they were when it was opened.
struct OpenFiles: Sendable {
    /// A WAL of this size was held back by something that reads without end.
    private static let largestWAL: Int64 = 1 << 30

    private let path: String
    private let ledger: FileIdentity?
    private let wal: FileIdentity?

    init(ledger path: String) {
        self.path = path
        ledger = FileIdentity(path: path)
        wal = FileIdentity(path: path + "-wal")
    }

    /// Throws where what is written now may not be found later.
    func check() throws(LedgerError) {
        for (name, known) in [(path, ledger), (path + "-wal", wal)] {
            guard known != nil, FileIdentity(path: name) == known else {
                throw .unavailable(
                    "\(name) is not the file that this agent writes to: it was removed, moved or "
                        + "replaced. Stop the agent, put the right file back and start it again")
            }
        }
        let system: FileSystem
        do { system = try FileSystem(of: path) } catch { throw .unavailable("\(error)") }
        guard !system.isReadOnly else {
            throw .unavailable(
                "\(path) is on a file system that takes no writes any more. Look for errors of "
                    + "the disk in the system's log and mount it for writing again")
        }
        var status = stat()
        guard unsafe lstat(path + "-wal", &status) == 0 else { return }
        guard Int64(status.st_size) <= Self.largestWAL else {
            throw .unavailable(
                "\(path)-wal has \(status.st_size) bytes: something reads the ledger without an "
                    + "end. End that reader")
        }
    }
}

/// A file system at one moment (statvfs(3)).
struct FileSystem {
    /// What is left for users that are not root.
    let freeBytes: Int64
    let isReadOnly: Bool

    /// That of the file or directory at a path.
    init(of path: String) throws(SQLiteLedgerError) {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            throw .unavailable(
                file: path, why: "its file system cannot be asked: \(systemMessage(errno))")
        }
        let (bytes, isTooMuch) = Int64(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
        freeBytes = isTooMuch ? .max : bytes
        isReadOnly = status.f_flag & UInt(ST_RDONLY) != 0
    }
}

extension FileSystem {
    /// Whether two directories are on one.
    static func isSame(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard unsafe stat(one, &first) == 0, unsafe stat(other, &second) == 0 else { return true }
        return first.st_dev == second.st_dev
    }
}
