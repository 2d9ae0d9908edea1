import Foundation
import Synchronization

/// How far a long work has come: a line that moves, on a terminal alone.
final class ProgressLine: Sendable {
    private let word: String
    private let shown = Mutex<Int?>(nil)
    private let isShown: Bool

    /// `word` stands before the figure. Nothing is shown where results go to the same terminal.
    init(_ word: String) {
        self.word = word
        isShown = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0
    }

    func show(_ done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        let percent = min(100, done * 100 / total)
        shown.withLock { shown in
            guard shown != percent else { return }
            shown = percent
            Console.write(Array("\r\(word) \(percent) %".utf8), to: STDERR_FILENO)
        }
    }

    /// Ends the line, where there is one.
    func end() {
        shown.withLock { shown in
            if shown != nil { Console.write([0x0A], to: STDERR_FILENO) }
            shown = nil
        }
    }
}
