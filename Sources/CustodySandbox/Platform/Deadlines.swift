/// When open requests for approval expire, the next one first.
struct Deadlines: Sendable {
    private struct Deadline: Sendable {
        let seconds: Int
        let id: String
    }

    /// In descending order, so that the next one is the last.
    private var entries: [Deadline] = []

    /// The next deadline in Unix seconds.
    var next: Int? { entries.last?.seconds }

    mutating func insert(_ id: String, at seconds: Int) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].seconds > seconds { low = middle + 1 } else { high = middle }
        }
        entries.insert(Deadline(seconds: seconds, id: id), at: low)
    }

    /// Takes the next id whose time has come.
    mutating func takeDue(by seconds: Int) -> String? {
        guard let last = entries.last, last.seconds <= seconds else { return nil }
        return entries.removeLast().id
    }
}
