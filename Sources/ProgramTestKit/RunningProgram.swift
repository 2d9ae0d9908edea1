import Foundation
import Synchronization

/// A program that runs: its output as it comes, and its end.
package final class RunningProgram: Sendable {
    private enum Stream { case output, errors }

    private struct LineWaiter {
        let stream: Stream
        let matches: @Sendable (String) -> Bool
        let continuation: CheckedContinuation<String?, Never>
    }

    private struct State {
        var id: Int32 = 0
        var output = Data()
        var errors = Data()
        var code: Int32?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var lineWaiters: [LineWaiter] = []
    }

    private let state = Mutex(State())

    /// The process id.
    package var id: Int32 { state.withLock { $0.id } }

    init(_ program: Program, _ arguments: [String]) throws {
        var environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("COUNTERSIGN_") }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        environment.merge(program.environment) { $1 }
        let child = try ChildProcess(
            program.path, arguments, environment)
        state.withLock { $0.id = child.id }
        DispatchQueue(label: "\(program.name) \(child.id)").async { [self] in
            child.read { isError, bytes in
                state.withLock {
                    isError ? $0.errors.append(bytes) : $0.output.append(bytes)
                }
                wake()
            }
            child.awaitEnd()
            // Reaped under the lock: no signal can go to an id that is another's by now.
            state.withLock { $0.code = child.reap() }
            wake()
        }
    }

    /// Resumes whoever waits for what has come to pass.
    private func wake() {
        let (ended, found) = state.withLock { state in
            let isOver = state.code != nil
            var found: [(CheckedContinuation<String?, Never>, String?)] = []
            let (output, errors) = (state.output, state.errors)
            state.lineWaiters.removeAll { waiter in
                let text = String(
                    decoding: waiter.stream == .output ? output : errors, as: UTF8.self)
                let line = text.split(separator: "\n").map(String.init).first(where: waiter.matches)
                guard line != nil || isOver else { return false }
                found.append((waiter.continuation, line))
                return true
            }
            let ended = isOver ? state.waiters : []
            if isOver { state.waiters = [] }
            return (ended, found)
        }
        ended.forEach { $0.resume() }
        found.forEach { $0.0.resume(returning: $0.1) }
    }

    /// Returns when the process is over and both streams are read.
    package func end() async -> Program.Result {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiters.append(continuation) }
            wake()
        }
        return state.withLock {
            Program.Result(
                code: $0.code ?? -1, output: String(decoding: $0.output, as: UTF8.self),
                errors: String(decoding: $0.errors, as: UTF8.self))
        }
    }

    /// The first line of stdout that begins with `prefix`; nil where the program ends without.
    package func line(beginning prefix: String) async -> String? {
        await line(of: .output) { $0.hasPrefix(prefix) }
    }

    /// The first line of stderr that holds `text`; nil where the program ends without.
    package func errorLine(holding text: String) async -> String? {
        await line(of: .errors) { $0.contains(text) }
    }

    /// The first line of stderr that is such; nil where the program ends without.
    package func errorLine(
        where matches: @escaping @Sendable (String) -> Bool
    ) async -> String? { await line(of: .errors, where: matches) }

    private func line(
        of stream: Stream, where matches: @escaping @Sendable (String) -> Bool
    ) async -> String? {
        await withCheckedContinuation { continuation in
            state.withLock {
                $0.lineWaiters.append(
                    LineWaiter(stream: stream, matches: matches, continuation: continuation))
            }
            wake()
        }
    }

    /// What it wrote to stderr so far.
    package var errorsSoFar: String {
        state.withLock { String(decoding: $0.errors, as: UTF8.self) }
    }

    /// SIGTERM.
    package func terminate() { send(SIGTERM) }

    /// SIGHUP.
    package func hangUp() { send(SIGHUP) }

    /// SIGKILL: no handler runs, nothing is flushed.
    package func kill() { send(SIGKILL) }

    /// Sends SIGSTOP: it holds what it holds, and does nothing more.
    package func pause() { send(SIGSTOP) }

    /// SIGKILL after so many milliseconds; returns when the process is over.
    package func killed(afterMilliseconds wait: Int) async -> Program.Result {
        // A moment of chance, not an event: wherever it meets the program, nothing may be lost.
        try? await Task.sleep(for: .milliseconds(wait))
        kill()
        return await end()
    }

    /// Never to a process that is over: its id may be another's by now.
    private func send(_ signal: Int32) {
        state.withLock { state in
            guard state.code == nil else { return }
            _ = Foundation.kill(state.id, signal)
        }
    }
}
