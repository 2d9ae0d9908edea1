import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A `custody-sandbox` of its own on a free loopback port, with its control surface.
package final class SandboxProcess: Sendable {
    /// Why the sandbox could not be used.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    private let program: RunningProgram
    /// `http://127.0.0.1:PORT`.
    package let origin: String

    /// Starts it; returns when it listens.
    package init(_ arguments: [String] = []) async throws {
        program = try Program("custody-sandbox").start(
            ["--listen", "127.0.0.1:0"] + arguments)
        let prefix = "custody-sandbox listening on "
        guard let line = await program.line(beginning: prefix) else {
            throw Failure(description: "the sandbox did not start: \(program.errorsSoFar)")
        }
        origin = String(line.dropFirst(prefix.count))
    }

    /// Stops it and waits for its end; a sandbox that does not end by itself is killed.
    package func stop() async {
        program.terminate()
        await withTaskGroup { group in
            group.addTask { _ = await self.program.end() }
            // The most that its end may take; the end itself is awaited beside it.
            group.addTask { try? await Task.sleep(for: .seconds(10)) }
            await group.next()
            self.program.kill()
            group.cancelAll()
        }
    }

    /// Asks the control surface; the answer is the parsed JSON.
    @discardableResult
    package func control(
        _ method: String, _ path: String, _ body: Any? = nil
    ) async throws -> Any {
        // Under this name no proxy of the environment stands in between.
        _ = unsafe setenv("no_proxy", "localhost", 1)
        let local = origin.replacingOccurrences(of: "127.0.0.1", with: "localhost")
        guard let url = URL(string: local + "/sandbox/" + path) else {
            throw Failure(description: "no URL: \(path)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let body {
            request.httpBody = try JSONSerialization.data(
                withJSONObject: body, options: .fragmentsAllowed)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard (200...299).contains(status) else {
            throw Failure(
                description: "\(method) \(path): \(status) \(String(decoding: data, as: UTF8.self))"
            )
        }
        guard !data.isEmpty else { return [String: Any]() }
        return try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    }

    /// The report: totals, nonces reused, transactions approved more than once.
    package func report() async throws -> [String: Any] {
        try await control("GET", "report") as? [String: Any] ?? [:]
    }

    /// Reads the report until it is as `condition` wants it; throws after `seconds`.
    @discardableResult
    package func report(
        within seconds: Int = 60, until condition: ([String: Any]) -> Bool
    ) async throws -> [String: Any] {
        try await polled(within: seconds, { "\($0)" }) {
            try await report()
        } until: {
            condition($0)
        }
    }

    /// Every recorded request: `method`, `target`, `status`, `verified`.
    package func requests() async throws -> [[String: Any]] {
        let answer = try await control("GET", "requests?since=0")
        return (answer as? [String: Any])?["items"] as? [[String: Any]] ?? []
    }
}
