package import ApprovalAgent
import Synchronization

/// Counts what is done to files, one step each, and lets one of them fail: before it has its effect,
/// or after it, as when the process is killed between the call and the next line. Every step after
/// it fails too, for the process is gone.
package final class FailingStep: Sendable {
    private struct State {
        var count = 0
        var names: [String] = []
        var isGone = false
    }

    private let failing: Int
    private let isAfterEffect: Bool
    private let state = Mutex(State())

    /// `failing` counts from 1; nothing fails where it is 0.
    package init(_ failing: Int = 0, afterEffect: Bool = false) {
        self.failing = failing
        isAfterEffect = afterEffect
    }

    /// What was done, in order.
    package var names: [String] { state.withLock { $0.names } }

    /// Whether the step that fails was reached.
    package var isGone: Bool { state.withLock { $0.isGone } }

    func step(_ name: String, _ effect: () -> Void) throws(LogDirectoryError) {
        let (isMet, wasGone) = state.withLock { state in
            let wasGone = state.isGone
            state.count += 1
            let isMet = state.count == failing
            if isMet { state.isGone = true }
            return (isMet, wasGone)
        }
        if wasGone || isMet && !isAfterEffect {
            throw LogDirectoryError(file: name, why: "planned")
        }
        effect()
        state.withLock { $0.names.append(name) }
        if isMet { throw LogDirectoryError(file: name, why: "planned, after its effect") }
    }
}

/// A log's directory that forgets with the test. Each file that is written is a step of its own.
package final class InMemoryLogDirectory: LogDirectory {
    private let state: Mutex<[String: [UInt8]]>
    private let steps: FailingStep

    package init(_ files: [String: [UInt8]] = [:], _ steps: FailingStep = FailingStep()) {
        state = Mutex(files)
        self.steps = steps
    }

    /// Every file, by its path.
    package var files: [String: [UInt8]] { state.withLock { $0 } }

    /// Someone else's hands on a file; nil removes it.
    package func tamper(_ path: String, _ bytes: [UInt8]?) {
        state.withLock { $0[path] = bytes }
    }

    package func read(_ path: String) throws(LogDirectoryError) -> [UInt8]? {
        state.withLock { $0[path] }
    }

    package func write(_ files: [LogFile]) throws(LogDirectoryError) {
        for file in files {
            try steps.step(file.path) { state.withLock { $0[file.path] = file.bytes } }
        }
    }

    package func remove(_ path: String) throws(LogDirectoryError) {
        guard files.keys.contains(where: { $0.hasPrefix(path + "/") }) else { return }
        try steps.step("remove " + path) {
            state.withLock { $0 = $0.filter { !$0.key.hasPrefix(path + "/") } }
        }
    }
}

/// A high-water mark that forgets with the test.
package final class InMemoryHighWaterMark: HighWaterMark {
    private let state: Mutex<[UInt8]?>
    private let steps: FailingStep

    package init(_ note: [UInt8]? = nil, _ steps: FailingStep = FailingStep()) {
        state = Mutex(note)
        self.steps = steps
    }

    /// What it holds.
    package var note: [UInt8]? { state.withLock { $0 } }

    package func read() throws(LogDirectoryError) -> [UInt8]? { note }

    package func keep(_ note: [UInt8]) throws(LogDirectoryError) {
        try steps.step("high-water") { state.withLock { $0 = note } }
    }
}
