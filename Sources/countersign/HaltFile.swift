import ApprovalAgent
import ApprovalCore
import Foundation

/// `HALT` beside the ledger: who stopped approvals, when and why. It works with agent, ledger and
/// platform down.
struct HaltFile: HaltSwitch {
    let path: String

    /// The file `HALT`, or of another name, in the folder of a ledger.
    init(besideLedger file: String, name: String = "HALT") {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        path = (folder.map(String.init) + [name]).joined(separator: "/")
    }

    /// A file that cannot be read is a halt too.
    func current() -> Halt? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            return errno == ENOENT
                ? nil : Halt(since: nil, by: "unknown", why: "the file cannot be examined")
        }
        guard let data = FileManager.default.contents(atPath: path), data.count <= 65_536,
            let body = try? JSONValue(parsing: Array(data))
        else { return Halt(since: nil, by: "unknown", why: "the file cannot be read") }
        return Halt(
            since: body["since"]?.text.flatMap(UnixTime.init(rfc3339:)),
            by: String((body["by"]?.text ?? "unknown").prefix(200)),
            why: String((body["why"]?.text ?? "not said").prefix(1_000)))
    }

    /// Why the file was not made, or not for certain.
    enum Problem: Error {
        case exists
        case notCreated(String)
        case mayBeLost(String)
    }

    /// Halts, or says for a person why not.
    func halt(_ halt: Halt) throws(Failure) {
        do throws(Problem) { try create(halt) } catch {
            switch error {
            case .exists:
                throw .failed("already halted: \(path) exists; `countersign status` says why")
            case .notCreated(let why):
                throw .failed("\(path) cannot be created: \(why); approvals are NOT halted")
            case .mayBeLost(let why):
                throw .failed("halted, but \(path) may not survive a power cut: \(why)")
            }
        }
    }

    /// Creates the file, and returns only when it and its folder are on disk.
    func create(_ halt: Halt) throws(Problem) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw errno == EEXIST ? .exists : .notCreated(Self.systemError())
        }
        defer { close(file) }
        let bytes = (halt.json.canonicalBytes ?? []) + [0x0A]
        let written = unsafe bytes.withUnsafeBytes {
            unsafe write(file, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, fsync(file) == 0, syncFolder() else {
            throw .mayBeLost(Self.systemError())
        }
    }

    /// Brings a file that exists to disk, with its folder.
    func sync() -> Bool {
        let file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return fsync(file) == 0 && syncFolder()
    }

    /// Removes the file; false where there was none.
    func resume() throws(Failure) -> Bool {
        guard unsafe unlink(path) == 0 else {
            if errno == ENOENT { return false }
            throw .failed("\(path) cannot be removed: \(Self.systemError())")
        }
        guard syncFolder() else {
            throw .failed("\(path): its folder cannot be synced: \(Self.systemError())")
        }
        return true
    }

    private func syncFolder() -> Bool {
        let folder = (path as NSString).deletingLastPathComponent
        let handle = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        return fsync(handle) == 0
    }

    static func systemError() -> String {
        let code = errno
        return unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
