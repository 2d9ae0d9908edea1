/// Reads again and again until what is read is as `condition` wants it; throws after `seconds`.
///
/// Another process gives no event to await: it is asked at short intervals, and for so long at most.
func polled<Value>(
    within seconds: Int, _ what: (Value) -> String, _ read: () async throws -> Value,
    until condition: (Value) -> Bool
) async throws -> Value {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
        let value = try await read()
        if condition(value) { return value }
        guard ContinuousClock.now < end else {
            throw SandboxProcess.Failure(
                description: "not so within \(seconds) s: \(what(value))")
        }
        // No event tells of another process's state.
        try await Task.sleep(for: .milliseconds(20))
    }
}
