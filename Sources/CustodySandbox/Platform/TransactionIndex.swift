/// An account's transactions by state, each state's in order of `created_at`, then id.
/// An entry is the slot in the platform's list shifted by 8 bits, and the kind in the low byte, so
/// that a page of one type is found without touching the transactions that it skips.
struct TransactionIndex: Sendable {
    private(set) var states: [String: [UInt64]] = [:]

    static func entry(slot: Int, type: String) -> UInt64 {
        UInt64(slot) << 8 | TransactionRecord.kind(of: type)
    }

    static func slot(of entry: UInt64) -> Int { Int(entry >> 8) }

    mutating func insert(_ entry: UInt64, state: String, at position: Int) {
        states[state, default: []].insert(entry, at: position)
    }

    mutating func remove(state: String, at position: Int) {
        _ = states[state]?.remove(at: position)
    }

    mutating func append(_ entries: [UInt64], state: String) {
        states[state, default: []].append(contentsOf: entries)
    }

    mutating func sort(state: String, by before: (UInt64, UInt64) -> Bool) {
        states[state]?.sort(by: before)
    }
}

/// The first position in `entries` for which `isBefore` no longer holds.
func lowerBound(_ entries: [UInt64], isBefore: (UInt64) -> Bool) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
        let middle = (low + high) / 2
        if isBefore(entries[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
}
