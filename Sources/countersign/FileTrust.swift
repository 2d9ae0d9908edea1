import Foundation

/// Who may change a file: whoever can, decides what the agent does.
struct FileTrust {
    let path: String
    let mode: mode_t
    let owner: uid_t
    private let kind: mode_t

    /// Follows links; nil where nothing is there, or it cannot be examined.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.path = path
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        kind = status.st_mode & S_IFMT
    }

    var isRegular: Bool { kind == S_IFREG }
    var isFolder: Bool { kind == S_IFDIR }

    /// Whether it is of this process's user or root.
    var isOwn: Bool { owner == 0 || owner == geteuid() }

    /// Whether nobody but its owner may write it.
    var isOwnersAlone: Bool { mode & 0o022 == 0 }

    /// `0640`, as chmod takes it.
    var octal: String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// Why a program is not to be run, with the remedy; nil where it may be.
    static func problem(ofProgram path: String) -> String? {
        guard let file = FileTrust(path) else {
            return "\(path) cannot be found; write the path of a program"
        }
        guard file.isRegular else { return "\(path) is no regular file; name a program" }
        guard file.isOwn else {
            return "\(path) belongs to another user, who could change it; chown it to root"
        }
        guard file.isOwnersAlone else {
            return "\(path) can be written by others than its owner (mode \(file.octal)); "
                + "chmod go-w \(path)"
        }
        guard unsafe access(path, X_OK) == 0 else {
            return "\(path) cannot be executed; chmod +x \(path)"
        }
        return nil
    }
}
