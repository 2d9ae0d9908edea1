/// How long an endpoint that did not take a callback is left alone: doubling, a minute at most.
package struct RetryIntervals: Sendable {
    private let first: Int

    /// The first interval in milliseconds; more than a minute counts as a minute.
    package init(firstMilliseconds: Int) { first = min(60_000, firstMilliseconds) }

    /// The wait after that many failed attempts, from 1.
    package func wait(afterAttempts count: Int) -> Duration {
        .milliseconds(min(60_000, first << min(max(0, count - 1), 20)))
    }
}
