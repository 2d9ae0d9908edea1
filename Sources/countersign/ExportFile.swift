import Foundation

/// Where an export goes: stdout, or a file that has its name only once it is whole and on disk.
/// The file belongs to its owner alone; what is not finished is removed with this value.
final class ExportFile {
    /// The name as it was given; `-` for stdout.
    let target: String
    private(set) var bytes: Int64 = 0
    private let part: String
    private let descriptor: Int32
    private let mayReplace: Bool
    private var pending: [UInt8] = []
    private var isDone = false

    private static let stdout = "-"
    /// So many bytes are gathered before they are written.
    private static let piece = 1 << 18

    /// Refuses a target that exists, unless it may be replaced, and one that is no file.
    init(_ target: String, mayReplace: Bool) throws(Failure) {
        self.target = target
        self.mayReplace = mayReplace
        guard target != Self.stdout else {
            part = ""
            descriptor = Console.results
            return
        }
        var status = stat()
        if unsafe lstat(target, &status) == 0 {
            guard mayReplace else {
                throw .failed("\(target) exists; name another file, or add --force to replace it")
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw .failed("\(target) is not a regular file; name another one")
            }
        }
        let folder = target.utf8.lastIndex(of: UInt8(ascii: "/")).map { target[...$0] } ?? ""
        let number = String(UInt64.random(in: 0 ... .max), radix: 36)
        part = folder + ".countersign-\(getpid())-\(number).part"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        descriptor = unsafe open(part, flags, 0o600)
        guard descriptor >= 0 else { throw Self.failure(target, "cannot be created") }
    }

    deinit {
        guard !isStdout, descriptor >= 0 else { return }
        if !isDone { _ = unsafe unlink(part) }
        close(descriptor)
    }

    /// Whether it goes to stdout.
    var isStdout: Bool { part.isEmpty }

    /// Adds these bytes.
    func write(_ bytes: [UInt8]) throws(Failure) {
        self.bytes += Int64(bytes.count)
        pending += bytes
        if pending.count >= Self.piece { try flush() }
    }

    /// Writes what is left, and gives a file its name, durably.
    func finish() throws(Failure) {
        try flush()
        guard !isStdout else { return }
        guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else {
            throw Self.failure(target, "cannot be written to disk")
        }
        if mayReplace {
            guard unsafe rename(part, target) == 0 else {
                throw Self.failure(target, "cannot be given its name")
            }
        } else {
            // A second name, then away with the first: rename would replace what came meanwhile.
            guard unsafe link(part, target) == 0 else {
                throw Self.failure(target, "cannot be given its name")
            }
            _ = unsafe unlink(part)
        }
        isDone = true
        try syncFolder()
    }

    private func syncFolder() throws(Failure) {
        let end = target.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = end.map { String(target[...$0]) } ?? "."
        let opened = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if opened >= 0 { close(opened) } }
        guard opened >= 0, fsync(opened) == 0 else {
            throw Self.failure(target, "is written, but its directory cannot be synced")
        }
    }

    private func flush() throws(Failure) {
        guard !isStdout else {
            Console.write(pending, to: descriptor)
            pending.removeAll(keepingCapacity: true)
            guard !Console.lostOutput else {
                throw .failed("the results could not be written to stdout")
            }
            return
        }
        guard Console.writeAll(pending, to: descriptor) else {
            throw Self.failure(target, "cannot be written")
        }
        pending.removeAll(keepingCapacity: true)
    }

    private static func failure(_ file: String, _ what: String) -> Failure {
        let number = errno
        let remedy =
            switch number {
            case EEXIST: "name another file, or add --force"
            case ENOENT, ENOTDIR: "create its directory first, or name another one"
            case EACCES, EPERM, EROFS: "name a directory that this user may write to"
            case ENOSPC, EDQUOT, EFBIG: "make room, or name a directory on another disk"
            default: "name a directory on another disk"
            }
        let why = unsafe String(cString: strerror(number))
        return .failed("\(file) \(what): \(why); \(remedy)")
    }
}
