private import Glibc

/// Why a file could not be read. The description says which file and what to do.
package enum FileProblem: Error, Equatable, Sendable {
    /// There is no such file.
    case missing(path: String)
    /// A directory, pipe or device.
    case notRegular(path: String)
    /// More bytes than allowed.
    case tooLarge(path: String, limit: Int)
    /// The system refused; `reason` is its own sentence.
    case unreadable(path: String, reason: String)
}

extension FileProblem: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        switch self {
        case .missing(let path): "\(path): there is no such file"
        case .notRegular(let path): "\(path): is not a regular file"
        case .tooLarge(let path, let limit): "\(path): has more than the \(limit) bytes allowed"
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        }
    }
}

/// Reading a file once, as a whole and bounded.
package enum FileBytes {
    /// The bytes of the regular file at `path`. Links are followed; pipes and devices are refused
    /// without waiting for them. Never holds more than `limit` bytes and one.
    package static func read(_ path: String, limit: Int) throws(FileProblem) -> [UInt8] {
        // C would stop at the NUL and open another file.
        guard !path.utf8.contains(0) else { throw .missing(path: path) }
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw problem(path) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw problem(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
        guard status.st_size <= limit else { throw .tooLarge(path: path, limit: limit) }
        return try bytes(of: file, path, limit: limit)
    }

    private static func bytes(
        of file: Int32, _ path: String, limit: Int
    ) throws(FileProblem) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress, buffer.count)
            }
            if count == 0 { return bytes }
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if errno != EINTR {
                throw problem(path)
            }
        }
        throw .tooLarge(path: path, limit: limit)
    }

    private static func problem(_ path: String) -> FileProblem {
        let code = errno
        if code == ENOENT || code == ENOTDIR { return .missing(path: path) }
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) }
        return .unreadable(path: path, reason: reason ?? "error \(code)")
    }
}
