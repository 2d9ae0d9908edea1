package import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// What a running agent serves at one of its doors, as a caller on this host sees it.
package struct AgentPages: Sendable {
    /// One reply.
    package struct Page: Sendable {
        package let status: Int
        package let contentType: String
        package let body: Data

        package var text: String { String(decoding: body, as: UTF8.self) }

        /// The body as a JSON object; empty where it is none.
        package var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
        }
    }

    /// `http://localhost:PORT`.
    package let origin: String

    /// Waits until the agent says that it listens at `door`: `callbacks` or `operations`.
    package init(of agent: RunningProgram, door: String) async throws {
        let line = await agent.errorLine {
            $0.contains("\"message\":\"listening\"") && $0.contains("\"door\":\"\(door)\"")
        }
        guard let line,
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let address = object["address"] as? String,
            let port = address.split(separator: ":").last
        else {
            throw SandboxProcess.Failure(
                description: "nothing listens at \(door): \(agent.errorsSoFar)")
        }
        origin = "http://localhost:\(port)"
    }

    /// GET of a path such as `/readyz`, whatever the status.
    package func get(_ path: String) async throws -> Page { try await send("GET", path) }

    /// One request, whatever the status.
    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: Data? = nil
    ) async throws -> Page {
        // Under this name no proxy of the environment stands in between.
        _ = unsafe setenv("no_proxy", "localhost", 1)
        guard let url = URL(string: origin + path) else {
            throw SandboxProcess.Failure(description: "no URL: \(path)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let reply = response as? HTTPURLResponse
        return Page(
            status: reply?.statusCode ?? 0,
            contentType: reply?.value(forHTTPHeaderField: "Content-Type") ?? "", body: data)
    }

    /// Reads a path until the page is as `condition` wants it; throws after `seconds`.
    @discardableResult
    package func get(
        _ path: String, within seconds: Int = 60, until condition: (Page) -> Bool
    ) async throws -> Page {
        try await polled(within: seconds, { "\(path): \($0.text)" }) {
            try await get(path)
        } until: {
            condition($0)
        }
    }

    /// The samples of `/metrics`, by name with labels as they stand there.
    package func metrics() async throws -> [String: Double] {
        let page = try await get("/metrics")
        var samples: [String: Double] = [:]
        for line in page.text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return samples
    }

    /// Posts a callback as the platform does, about a transaction of the demo's payout account.
    package func callback(
        _ transaction: String, account: String = AgentFolder.ID.payouts
    ) async throws -> Page {
        let path = "/v1/entities/\(AgentFolder.ID.entity)/accounts/\(account)/transactions/"
        return try await send(
            "POST", "/callbacks",
            headers: [
                "X-Resource-Type": "TRANSACTION", "X-Resource-Location": path + transaction,
                "Content-Type": "application/json",
            ], body: Data("{\"id\":\"\(transaction)\"}".utf8))
    }
}
