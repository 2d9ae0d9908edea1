import Foundation
import ProgramTestKit
import Testing

/// The doors of a running agent, and whoever stands before them.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DoorTests {
    /// An agent that polls once an hour, with both doors open; its ports.
    private func running(
        environment: [String: String] = [:],
        _ body: (ConnectedAgent, RunningProgram, AgentPages, _ callbacks: Int, _ operations: Int)
            async throws -> Void
    ) async throws {
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            try agent.folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1h")
            try await agent.running(environment: environment) { program in
                let operations = try await AgentPages(of: program, door: "operations")
                let callbacks = try await AgentPages(of: program, door: "callbacks")
                try await operations.get("/readyz") { $0.status == 200 }
                try await body(
                    agent, program, operations, try port(callbacks), try port(operations))
            }
        }
    }

    private func port(_ pages: AgentPages) throws -> Int {
        try #require(pages.origin.split(separator: ":").last.flatMap { Int($0) })
    }

    private func request(_ location: [UInt8], id: String) -> [UInt8] {
        let body = "{\"id\":\"\(id)\"}"
        return Array(
            """
            POST /callbacks HTTP/1.1\r\nHost: agent\r\nX-Resource-Type: TRANSACTION\r\n\
            X-Resource-Location: 
            """.utf8) + location
            + Array(
                """
                \r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
                """.utf8)
    }

    private func location(of id: String) -> String {
        "/v1/entities/\(AgentFolder.ID.entity)/accounts/\(AgentFolder.ID.payouts)/transactions/\(id)"
    }

    @Test func `whatever a location says, the agent connects to nothing but the platform`()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "countersign-connects-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let recorder = try ConnectRecorder(in: directory)
        try await running(environment: recorder.environment) {
            agent, program, operations, callbacks, _ in
            let id = try #require(try await agent.add([AgentFolder.withdrawal()]).first)
            let locations = HostileLocations(
                entity: AgentFolder.ID.entity, account: AgentFolder.ID.payouts, transaction: id
            ).all
            #expect(locations.count >= 120)
            for location in locations {
                let connection = try RawConnection(port: callbacks)
                connection.send(request(location.bytes, id: id))
                let status = connection.status()
                #expect(status.map { (400..<500).contains($0) } ?? true, "\(location)")
            }
            let accepted = try await agent.sandbox.report()["approvals_accepted"] as? Int
            #expect(accepted == 0, "none rang: \(program.errorsSoFar)")
            let good = try RawConnection(port: callbacks)
            good.send(request(Array(location(of: id).utf8), id: id))
            #expect(good.status() == 200)
            #expect(
                await program.errorLine { $0.contains(id) && $0.contains("\"confirmed\"") } != nil)
            let connects = recorder.connects(of: program.id)
            let platform = try #require(agent.sandbox.origin.components(separatedBy: "//").last)
            #expect(!connects.isEmpty)
            #expect(Set(connects) == [platform])
        }
    }

    @Test func `slow ones, floods and deep JSON before both doors keep nothing from going on`()
        async throws
    {
        try await running { agent, program, operations, callbacks, operationsPort in
            let before = try residentMegabytes(of: program.id)
            var crowd: [RawConnection] = []
            for number in 0..<1_000 {
                let port = number.isMultiple(of: 2) ? callbacks : operationsPort
                let connection = try RawConnection(port: port)
                connection.send("POST /callbacks HTTP/1.1\r\nHost: slow\r\nX-Slow-\(number): ")
                crowd.append(connection)
            }
            let id = try #require(try await agent.add([AgentFolder.withdrawal()]).first)
            for flood in floods(id: id) {
                let connection = try RawConnection(port: callbacks)
                connection.send(flood)
                #expect(connection.status().map { (400..<500).contains($0) } ?? true)
            }
            let good = try RawConnection(port: callbacks)
            good.send(request(Array(location(of: id).utf8), id: id))
            #expect(good.status() == 200)
            #expect(
                await program.errorLine { $0.contains(id) && $0.contains("\"confirmed\"") } != nil)
            #expect(try await operations.get("/readyz").status == 200)
            let growth = try residentMegabytes(of: program.id) - before
            #expect(growth < 50, "\(growth) MB")
            #expect(crowd.count == 1_000)
        }
    }

    private func floods(id: String) -> [[UInt8]] {
        let head = "POST /callbacks HTTP/1.1\r\nHost: agent\r\n"
        let many = (0..<5_000).map { "X-\($0): flood\r\n" }.joined()
        let long = "X-Long: " + String(repeating: "a", count: 1_000_000) + "\r\n"
        let deep = String(repeating: "[", count: 16_000)
        let good =
            head + "X-Resource-Type: TRANSACTION\r\nX-Resource-Location: \(location(of: id))\r\n"
        return [
            head + many + "\r\n", head + long + "\r\n",
            good + "Content-Length: 1000000\r\n\r\n" + String(repeating: "b", count: 1_000_000),
            good + "Content-Length: \(deep.utf8.count)\r\n\r\n" + deep,
            good + "Transfer-Encoding: chunked\r\n\r\n"
                + String(repeating: "1\r\n \r\n", count: 100_000),
            String(repeating: "\r\n", count: 500_000), String(repeating: "A", count: 1_000_000),
        ].map { Array($0.utf8) }
    }

    private func residentMegabytes(of id: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").compactMap { Double($0) }.first) / 1_024
    }

    @Test func `with all callbacks lost the next poll finds everything`() async throws {
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            try agent.folder.replace(
                in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 2s")
            try await agent.running { program in
                let operations = try await AgentPages(of: program, door: "operations")
                let callbacks = try await AgentPages(of: program, door: "callbacks")
                let url = callbacks.origin.replacingOccurrences(of: "localhost", with: "127.0.0.1")
                try await agent.sandbox.control(
                    "POST", "callbacks", ["url": url + "/callbacks", "lose_every": 1])
                try await operations.get("/readyz") { $0.status == 200 }
                let ids = try await agent.add(
                    (0..<3).map { _ in AgentFolder.withdrawal("-0.01000000") })
                for id in ids {
                    #expect(
                        await program.errorLine {
                            $0.contains(id) && $0.contains("\"confirmed\"")
                        } != nil)
                }
                #expect(
                    try await operations.get("/metrics").text
                        .contains("callbacks_total{result=\"transaction\"} 0\n"))
            }
        }
    }
}
