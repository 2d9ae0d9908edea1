import ApprovalCore

/// How many passes callbacks may ask for: whoever can ring must not keep the platform busy. 200 at
/// once, and 40 a second in the long run.
struct RingBudget: Sendable {
    static let most: Int64 = 200
    /// Milliseconds in which one more may be.
    static let refill: Int64 = 25

    private var left = most
    private var countedAt: UnixTime

    init(at now: UnixTime) { countedAt = now }

    /// Takes one, and gives how long the next must wait, in milliseconds.
    mutating func spend(at now: UnixTime) -> Int64 {
        let elapsed = now.milliseconds - countedAt.milliseconds
        // A clock that was set back gives nothing, and begins anew.
        if elapsed < 0 { countedAt = now }
        let more = max(0, elapsed) / Self.refill
        left = min(left + more, Self.most)
        countedAt = countedAt.advanced(byMilliseconds: more * Self.refill)
        left -= 1
        return left < 0 ? -left * Self.refill : 0
    }
}
