import Foundation
import Synchronization

/// How far a long work has come: a line that moves, on a terminal alone.
final class ProgressLine: Sendable {
    private let word: String
    private let isShown: Bool
    private let line = Mutex<(done: Int64, text: String)>((0, ""))

    /// `word` stands before a percentage. Where results are printed while the work goes on, nothing
    /// is shown where these go to the same terminal.
    init(_ word: String = "", amongResults: Bool = false) {
        self.word = word
        isShown = isatty(STDERR_FILENO) == 1 && !(amongResults && isatty(STDOUT_FILENO) == 1)
    }

    /// How much is done.
    func show(_ done: some BinaryInteger, of total: some BinaryInteger) {
        line.withLock { line in
            line.done = Int64(done)
            show(Int64(total), &line)
        }
    }

    /// How much more is done, by one of several that work side by side.
    func add(_ more: Int64, of total: Int64) {
        line.withLock { line in
            line.done += more
            show(total, &line)
        }
    }

    /// What is done at this moment.
    func tell(_ text: String) { line.withLock { show(text, &$0) } }

    /// Takes the line away, where there is one.
    func end() { line.withLock { show("", &$0) } }

    private func show(_ total: Int64, _ line: inout (done: Int64, text: String)) {
        guard total > 0 else { return }
        show("\(word) \(min(100, line.done * 100 / total)) %", &line)
    }

    private func show(_ text: String, _ line: inout (done: Int64, text: String)) {
        guard isShown, line.text != text else { return }
        line.text = text
        Console.write(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
    }
}
