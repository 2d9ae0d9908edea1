import Foundation
import ProgramTestKit
import Testing

/// What systemd hears of the agent.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SystemdTests {
    @Test(arguments: [false, true])
    func `it hears of start, reload, life and stop, at a path or an abstract name`(
        isAbstract: Bool
    ) async throws {
        let systemd = try SystemdStandIn(isAbstract: isAbstract)
        try await ConnectedAgent.with { agent in
            try agent.folder.listen()
            let environment = ["NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "400000"]
            try await agent.running(environment: environment) { program in
                _ = try await systemd.message { $0 == "READY=1" }
                // Ready is: begun, and both doors open.
                #expect(await program.errorLine(holding: "\"message\":\"started\"") != nil)
                for door in ["callbacks", "operations"] {
                    #expect(await program.errorLine(holding: "\"door\":\"\(door)\"") != nil)
                }
                for _ in 1...3 { _ = try await systemd.message { $0 == "WATCHDOG=1" } }
                program.hangUp()
                let reload = try await systemd.message { $0.hasPrefix("RELOADING=1\n") }
                let time = reload.split(separator: "MONOTONIC_USEC=").last.flatMap { Int64($0) }
                let uptime = Int64(ProcessInfo.processInfo.systemUptime * 1_000_000)
                #expect(abs(try #require(time) - uptime) < 60_000_000)
                _ = try await systemd.message { $0 == "READY=1" }
                program.terminate()
                _ = try await systemd.message { $0 == "STOPPING=1" }
                #expect(await program.end().code == 0)
            }
        }
    }

    @Test func `a watchdog that is another process's is not fed`() async throws {
        let systemd = try SystemdStandIn()
        try await ConnectedAgent.with { agent in
            let environment = [
                "NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1",
            ]
            try await agent.running(environment: environment) { _ in
                _ = try await systemd.message { $0 == "READY=1" }
                await #expect(throws: SandboxProcess.Failure.self) {
                    _ = try await systemd.message(within: 2) { $0 == "WATCHDOG=1" }
                }
            }
        }
    }

    @Test(arguments: ["", "relative", "@", "/" + String(repeating: "x", count: 200), "/nowhere/x"])
    func `a socket that cannot be changes nothing`(name: String) async throws {
        try await ConnectedAgent.with([AgentFolder.withdrawal()]) { agent in
            try await agent.running(environment: ["NOTIFY_SOCKET": name]) { program in
                try await agent.sandbox.report { $0["approvals_accepted"] as? Int == 1 }
                program.terminate()
                #expect(await program.end().code == 0)
            }
        }
    }
}
