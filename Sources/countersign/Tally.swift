import Synchronization

/// Counts by a word of a fixed list, each from 0 on, so that a metric is there before its first
/// event.
final class Tally: Sendable {
    private let counts: Mutex<[String: Int64]>

    init(_ words: [String]) {
        counts = Mutex(Dictionary(words.map { ($0, 0) }) { first, _ in first })
    }

    /// One more; a word that is not of the list is not counted.
    func count(_ word: String) {
        counts.withLock { counts in
            if let before = counts[word] { counts[word] = before + 1 }
        }
    }

    /// In the order of the words.
    var all: [(word: String, count: Int64)] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
