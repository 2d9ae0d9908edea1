/// How long an item that was put off waits.
enum BackOff {
    /// A day, in milliseconds.
    static let longest: Int64 = 86_400_000

    /// Milliseconds: 5 s, four times as long each time, a day at most; so at most eight attempts
    /// in 24 hours.
    static func wait(after attempts: Int) -> Int64 {
        min(Int64(5_000) << Int64(2 * min(attempts, 8)), longest)
    }
}
