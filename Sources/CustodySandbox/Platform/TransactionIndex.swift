/// An account's transactions by state, each state's in order of `created_at`, then id.
/// An entry is the slot in the platform's list shifted by 8 bits, and the kind in the low byte, so
/// that a page of one type is found without touching the transactions that it skips.
struct TransactionIndex: Sendable {
    private(set) var states: [String: [UInt64]] = [:]
    /// How many entries of each kind a state has.
    private var kinds: [String: [Int]] = [:]

    static func entry(slot: Int, type: String) -> UInt64 {
        UInt64(slot) << 8 | TransactionRecord.kind(of: type)
    }

    static func slot(of entry: UInt64) -> Int { Int(entry >> 8) }

    /// The kinds that a state has, as bits.
    func kinds(of state: String) -> UInt64 {
        var found: UInt64 = 0
        for (kind, count) in (kinds[state] ?? []).enumerated() where count > 0 {
            found |= 1 << UInt64(kind)
        }
        return found
    }

    private mutating func count(_ entry: UInt64, _ state: String, _ change: Int) {
        kinds[state, default: Array(repeating: 0, count: 6)][Int(entry & 0xFF)] += change
    }

    mutating func insert(_ entry: UInt64, state: String, at position: Int) {
        count(entry, state, 1)
        states[state, default: []].insert(entry, at: position)
    }

    mutating func remove(state: String, at position: Int) {
        guard let entry = states[state]?.remove(at: position) else { return }
        count(entry, state, -1)
    }

    mutating func append(_ entries: [UInt64], state: String) {
        for entry in entries { count(entry, state, 1) }
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
