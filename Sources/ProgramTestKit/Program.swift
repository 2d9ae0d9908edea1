package import Foundation
import Synchronization

/// Runs one of the built programs as a user would.
package struct Program: Sendable {
    /// What a finished program left behind.
    package struct Result: Sendable {
        /// The exit code, or minus the signal that ended it.
        package let code: Int32
        package let output: String
        package let errors: String

        /// The lines of stdout.
        package var lines: [String] {
            output.split(separator: "\n").map(String.init)
        }

        /// Each line of stdout read as one JSON object; lines that are none are left out.
        package var objects: [[String: Any]] {
            lines.compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    /// The folder of the built programs: that of the running test bundle.
    package static var folder: URL {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: path ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }

    package let name: String
    /// Added to the environment; `COUNTERSIGN_…` of the caller is never passed on.
    package var environment: [String: String]

    package init(_ name: String, environment: [String: String] = [:]) {
        self.name = name
        self.environment = environment
    }

    /// Runs it to its end; one that takes longer than `seconds` is killed and gives code −9.
    package func run(_ arguments: [String], seconds: Int = 60) async throws -> Result {
        let running = try start(arguments)
        let watchdog = DispatchSource.makeTimerSource()
        watchdog.schedule(deadline: .now() + .seconds(seconds))
        watchdog.setEventHandler { running.kill() }
        watchdog.resume()
        defer { watchdog.cancel() }
        return await running.end()
    }

    /// Starts it and goes on; the caller owes it an ``RunningProgram/end()``.
    package func start(_ arguments: [String]) throws -> RunningProgram {
        try RunningProgram(self, arguments)
    }
}

/// A program that runs: its output as it comes, and its end.
package final class RunningProgram: Sendable {
    private struct State {
        var id: Int32 = 0
        var output = Data()
        var errors = Data()
        var openStreams = 2
        var code: Int32?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var lineWaiters: [(prefix: String, continuation: CheckedContinuation<String?, Never>)] = []
    }

    private let state = Mutex(State())

    /// The process id.
    package var id: Int32 { state.withLock { $0.id } }

    fileprivate init(_ program: Program, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = Program.folder.appendingPathComponent(program.name)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("COUNTERSIGN_") }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        environment.merge(program.environment) { $1 }
        process.environment = environment
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        process.terminationHandler = { [self] process in
            let wasKilled = process.terminationReason == .uncaughtSignal
            finish(wasKilled ? -process.terminationStatus : process.terminationStatus)
        }
        try process.run()
        state.withLock { $0.id = process.processIdentifier }
        read(output.fileHandleForReading) { $0.output.append($1) }
        read(errors.fileHandleForReading) { $0.errors.append($1) }
    }

    private func read(
        _ handle: FileHandle, _ append: @escaping @Sendable (inout State, Data) -> Void
    ) {
        handle.readabilityHandler = { [self] handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                state.withLock { $0.openStreams -= 1 }
                wake()
            } else {
                state.withLock { append(&$0, data) }
                wake()
            }
        }
    }

    private func finish(_ code: Int32) {
        state.withLock { if $0.code == nil { $0.code = code } }
        wake()
    }

    /// Resumes whoever waits for what has come to pass.
    private func wake() {
        let (ended, found) = state.withLock { state in
            let isOver = state.code != nil && state.openStreams == 0
            let text = String(decoding: state.output, as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            var found: [(CheckedContinuation<String?, Never>, String?)] = []
            state.lineWaiters.removeAll { waiter in
                let line = lines.first { $0.hasPrefix(waiter.prefix) }
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
        await withCheckedContinuation { continuation in
            state.withLock { $0.lineWaiters.append((prefix, continuation)) }
            wake()
        }
    }

    /// What it wrote to stderr so far.
    package var errorsSoFar: String {
        state.withLock { String(decoding: $0.errors, as: UTF8.self) }
    }

    /// SIGTERM.
    package func terminate() { _ = Foundation.kill(id, SIGTERM) }

    /// SIGKILL: no handler runs, nothing is flushed.
    package func kill() { _ = Foundation.kill(id, SIGKILL) }
}
