import CSpawn
import Foundation
import Synchronization

/// A program that was started with words and some bytes to read, in a group of its own, and of
/// which nothing is heard but how it ends.
///
/// No shell, no descriptor but its standard ones, nothing of this process's environment.
final class SpawnedCommand: Sendable {
    /// All that the program finds in its environment.
    static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]
    /// What a pipe takes before anybody reads.
    static let mostInput = 65_536

    private struct State {
        let id: pid_t
        var isReaped = false
        var isLate = false
    }

    /// It did not start, for this reason of the system (errno(3)).
    struct DidNotStart: Error {
        let code: Int32
    }

    private let state: Mutex<State>

    /// Starts it. `input` is at most ``mostInput``.
    init(_ words: [String], input: [UInt8]) throws(DidNotStart) {
        guard let program = words.first, let source = Self.readEnd(holding: input) else {
            throw DidNotStart(code: errno)
        }
        defer { close(source) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, source, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        unsafe countersign_spawn_close_from(&actions, 3)
        unsafe countersign_spawn_in(&actions, "/")
        var attributes = Self.attributes()
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var settings = unsafe Self.environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + settings).forEach { unsafe free($0) } }
        var id: pid_t = 0
        let code = unsafe posix_spawn(
            &id, program, &actions, &attributes, &arguments, &settings)
        guard code == 0 else { throw DidNotStart(code: code) }
        state = Mutex(State(id: id))
    }

    /// A group of its own, no signal blocked or ignored.
    private static func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        return attributes
    }

    /// The read end of a pipe that holds these bytes and then ends.
    private static func readEnd(holding input: [UInt8]) -> Int32? {
        var ends: [Int32] = [-1, -1]
        guard input.count <= mostInput, unsafe pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // All of it fits, or the rest is refused: nothing is waited for.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let written = unsafe input.withUnsafeBytes {
            unsafe write(ends[1], $0.baseAddress, $0.count)
        }
        close(ends[1])
        guard written == input.count else {
            close(ends[0])
            return nil
        }
        return ends[0]
    }

    /// Signals the program and what it started. Never an id that may be another's by now.
    func signal(_ number: Int32) {
        state.withLock { state in
            guard !state.isReaped else { return }
            state.isLate = true
            _ = kill(-state.id, number)
        }
    }

    /// Waits for its end, on a thread of its own, and gives its exit code, or minus the signal that
    /// ended it. Where it was signalled here, nothing that it started in its group is left.
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "notify").async { continuation.resume(returning: self.awaitEnd()) }
        }
    }

    private func awaitEnd() -> Int32 {
        let id = state.withLock { $0.id }
        var end = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        return state.withLock { state in
            if state.isLate { _ = kill(-id, SIGKILL) }
            var status: Int32 = 0
            while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
            state.isReaped = true
            let signal = status & 0x7F
            return signal == 0 ? (status >> 8) & 0xFF : -signal
        }
    }
}
