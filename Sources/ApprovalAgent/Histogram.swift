/// How often something took how long: counts of what stayed within each bound.
package struct Histogram: Hashable, Sendable {
    /// Upper bounds in seconds, rising; what is above the last counts in ``count`` alone.
    package let bounds: [Double]
    /// How many were within each bound and above the one before it.
    package private(set) var counts: [Int64]
    package private(set) var count: Int64 = 0
    /// In milliseconds.
    package private(set) var sum: Int64 = 0

    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    /// Takes one more.
    package mutating func add(milliseconds: Int64) {
        let seconds = Double(max(0, milliseconds)) / 1_000
        if let index = bounds.firstIndex(where: { seconds <= $0 }) { counts[index] += 1 }
        count += 1
        sum += max(0, milliseconds)
    }

    /// For steps of the flow, which take milliseconds where all is well.
    static let stages = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    /// From the decision to the confirmation.
    static let latencies = stages + [60, 300, 1_800, 3_600]
}
