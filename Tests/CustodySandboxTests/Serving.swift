import CustodySandbox

/// Runs `body` against a listening server and stops it.
func serving(
    _ sandbox: Sandbox, _ body: @escaping @Sendable (Int) async throws -> Void
) async throws {
    let server = try SandboxServer(sandbox, host: "127.0.0.1", port: 0)
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            try await server.run(handlesSignals: false) { continuation.yield($0) }
        }
        for await port in ports {
            try await body(port)
            break
        }
        group.cancelAll()
        while await group.nextResult() != nil {}
    }
}
