import Foundation
import Synchronization

/// How far a long work has come: a line that moves, on a terminal alone.
final class ProgressLine: Sendable {
    private let word: String
    private let isShown: Bool
    private let line = Mutex<(done: Int64, text: String)>((0, ""))

    /// `word` stands before the figure. Where results are printed while the work goes on, nothing
    /// is shown where these go to the same terminal.
    init(_ word: String, amongResults: Bool = false) {
        self.word = word
        isShown = isatty(STDERR_FILENO) == 1 && !(amongResults && isatty(STDOUT_FILENO) == 1)
    }

    /// How much is done.
    func show(_ done: some BinaryInteger, of total: some BinaryInteger) {
        guard isShown else { return }
        line.withLock { line in
            line.done = Int64(done)
            show(Int64(total), &line)
        }
    }

    /// How much more is done, by one of several that work side by side.
    func add(_ more: Int64, of total: Int64) {
        guard isShown else { return }
        line.withLock { line in
            line.done += more
            show(total, &line)
        }
    }

    private func show(_ total: Int64, _ line: inout (done: Int64, text: String)) {
        guard total > 0 else { return }
        let text = "\(word) \(min(100, line.done * 100 / total)) %"
        guard line.text != text else { return }
        line.text = text
        Console.write(Array("\r\(text)".utf8), to: STDERR_FILENO)
    }

    /// Ends the line, where there is one.
    func end() {
        line.withLock { line in
            if !line.text.isEmpty { Console.write([0x0A], to: STDERR_FILENO) }
            line.text = ""
        }
    }
}
