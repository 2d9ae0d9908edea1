import Foundation
import Synchronization

/// A child of this process and the read ends of its streams. The pipes are never inherited by
/// another child, so a stream ends with its process.
struct ChildProcess: Sendable {
    let id: Int32
    private let output: Int32
    private let errors: Int32

    /// One start at a time: between a pipe's making and its mark no other child may begin.
    private static let turn = Mutex(())

    /// Starts it with no input, and with no signal blocked or ignored.
    init(_ path: String, _ arguments: [String], _ environment: [String: String]) throws {
        self = try Self.turn.withLock { _ in
            try ChildProcess(spawning: path, arguments, environment)
        }
    }

    private init(
        spawning path: String, _ arguments: [String], _ environment: [String: String]
    ) throws {
        let (output, errors) = (try Self.pipe(), try Self.pipe())
        defer {
            close(output[1])
            close(errors[1])
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        var settings = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
        defer { unsafe (words + settings).forEach { unsafe free($0) } }
        var id: Int32 = 0
        let code = unsafe posix_spawn(&id, path, &actions, &attributes, &words, &settings)
        guard code == 0 else {
            close(output[0])
            close(errors[0])
            throw SandboxProcess.Failure(description: "\(path) does not start: error \(code)")
        }
        self.id = id
        self.output = output[0]
        self.errors = errors[0]
    }

    private static func pipe() throws -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard unsafe Foundation.pipe(&ends) == 0,
            ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 })
        else { throw SandboxProcess.Failure(description: "no pipe: error \(errno)") }
        return ends
    }

    /// Gives what comes until both streams end, and closes them. Blocks.
    func read(_ take: (_ isError: Bool, _ bytes: Data) -> Void) {
        var streams = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
        ]
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while streams.contains(where: { $0.fd >= 0 }) {
            guard unsafe poll(&streams, 2, -1) > 0 else { continue }
            for index in streams.indices where streams[index].fd >= 0 && streams[index].revents != 0
            {
                let count = unsafe Foundation.read(streams[index].fd, &buffer, buffer.count)
                if count > 0 {
                    take(index == 1, Data(buffer.prefix(count)))
                } else if count == 0 || errno != EINTR {
                    close(streams[index].fd)
                    streams[index].fd = -1
                }
            }
        }
    }

    /// Returns when it is over; its id stays taken until ``reap()``. Blocks.
    func awaitEnd() {
        var end = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    }

    /// Its exit code, or minus the signal that ended it.
    func reap() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }
}
