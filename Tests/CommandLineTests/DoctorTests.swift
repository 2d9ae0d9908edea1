import Foundation
import ProgramTestKit
import Testing

/// `doctor`: what it finds, what it says to do, and that it changes nothing.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DoctorTests {
    private func observations(
        _ agent: ConnectedAgent, code: Int32
    ) async throws -> [[String: Any]] {
        let before = try agent.folder.contents()
        let result = try await agent.folder.run("doctor", "--format", "json")
        #expect(result.code == code, "\(result.output) \(result.errors)")
        #expect(before.changes(to: try agent.folder.contents()) == [])
        return result.objects
    }

    /// What was found about subjects that begin so.
    private func found(_ observations: [[String: Any]], _ subject: String) -> [String] {
        observations.filter {
            ($0["subject"] as? String)?.hasPrefix(subject) == true && $0["ok"] as? Bool == false
        }.map { "\($0["message"] ?? "") | \($0["remedy"] ?? "")" }
    }

    @Test func `a host and a platform that are well are shown, with the configuration`()
        async throws
    {
        try await ConnectedAgent.with { agent in
            let all = try await observations(agent, code: 0)
            let subjects = Set(all.compactMap { $0["subject"] as? String })
            for subject in [
                "configuration", "policy directory", "policy file", "key", "ledger", "disk",
                "core dumps", "locked memory", "clock", "halt", "groups", "agent",
                "entity \(AgentFolder.ID.entity)", "tier of entity \(AgentFolder.ID.entity)",
                "approval method \(AgentFolder.ID.method)",
            ] { #expect(subjects.contains(subject), "\(subject)") }
            let entity = all.first { ($0["subject"] as? String)?.hasPrefix("entity") == true }
            #expect(entity?["message"] as? String == "type PARTNER, state ACTIVE")
            let effective = try #require(all.last?["configuration"] as? [String: Any])
            let platform = try #require(effective["platform"] as? [String: Any])
            #expect(platform["request_timeout_ms"] as? Int == 10_000)
            let approver = (effective["approvers"] as? [[String: Any]])?.first
            #expect(approver?["entity_states"] as? [String] == ["ACTIVE", "absent"])
            let table = try await agent.folder.run("doctor")
            #expect(table.code == 0 && table.errors.contains("all is well"))
        }
    }

    @Test func `no secret is in what it prints`() async throws {
        try await ConnectedAgent.with { agent in
            let result = try await agent.folder.run("doctor", "--format", "json")
            for name in ["api", "approval", "log"] {
                let file = try agent.folder.read("keys/\(name).json")
                let secret = try #require(
                    file.firstMatch(of: /"prv_key":"([0-9a-f]{64})"/)?.output.1)
                #expect(!(result.output + result.errors).contains(secret))
            }
        }
    }

    @Test func `another ACTIVATED method of the entity is found`() async throws {
        let other = String(repeating: "7", count: 32) + "apmt"
        try await ConnectedAgent.with(change: { scenario in
            let methods = scenario["approval_methods"] as? [[String: Any]] ?? []
            scenario["approval_methods"] =
                methods + [
                    [
                        "id": other, "entity_id": AgentFolder.ID.entity, "type": "AUTHY_PUSH",
                        "state": "ACTIVATED",
                    ]
                ]
        }) { agent in
            let findings = found(try await observations(agent, code: 2), "approval method \(other)")
            #expect(findings.count == 1)
            #expect(findings[0].contains("of type AUTHY_PUSH"))
            #expect(findings[0].contains("approves without this agent and its policy"))
        }
    }

    @Test func `an entity in another state is found unless it is accepted`() async throws {
        try await ConnectedAgent.with(change: { scenario in
            scenario["entities"] = [
                ["id": AgentFolder.ID.entity, "type": "PARTNER", "state": "INACTIVE"]
            ]
        }) { agent in
            let findings = found(try await observations(agent, code: 2), "entity")
            #expect(findings.count == 1 && findings[0].contains("state INACTIVE"))
            try agent.folder.replace(
                in: "countersign.yaml", "approval_key_file: keys/approval.json",
                "approval_key_file: keys/approval.json\n    entity_states: [INACTIVE]")
            #expect(found(try await observations(agent, code: 0), "entity") == [])
        }
    }

    @Test func `modes, a halt and a clock astray are found, each with its remedy`() async throws {
        try await ConnectedAgent.with { agent in
            let folder = agent.folder
            try folder.setMode(0o666, of: "policies/policy.yaml")
            try folder.setMode(0o777, of: "state/audit")
            #expect(try await folder.run("halt", "--reason", "drill").code == 0)
            try await agent.sandbox.control("POST", "clock", ["offset_seconds": 40])
            let all = try await observations(agent, code: 2)
            #expect(
                found(all, "policy file").first?.contains("chmod go-w \(folder.path)") == true)
            #expect(found(all, "audit directory").count == 1)
            #expect(found(all, "halt").first?.contains("countersign resume") == true)
            #expect(found(all, "clock").first?.contains("NTP") == true)
            let table = try await folder.run("doctor")
            #expect(table.code == 2 && table.output.contains("FOUND  halt"))
            #expect(table.errors.contains("4 found"))
        }
    }

    @Test func `a key that others can read is found, with the command that mends it`() async throws
    {
        try await ConnectedAgent.with { agent in
            try agent.folder.setMode(0o644, of: "keys/approval.json")
            let all = try await observations(agent, code: 2)
            let key = agent.folder.path + "/keys/approval.json"
            #expect(found(all, "key").contains { $0.contains("chmod 600 \(key)") })
            #expect(found(all, "keys").count == 1)
        }
    }

    @Test func `a platform that does not answer is exit 1, and the host is told all the same`()
        async throws
    {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        let result = try await folder.run("doctor", "--format", "json")
        #expect(result.code == 1 && result.errors.contains("cannot be reached"))
        #expect(result.objects.contains { $0["subject"] as? String == "disk" })
    }

    @Test func `it takes no lock: it looks beside a running agent`() async throws {
        try await ConnectedAgent.with { agent in
            try await agent.running { program in
                try #require(await program.errorLine(holding: "\"started\"") != nil)
                let result = try await agent.folder.run("doctor", "--format", "json")
                #expect(result.code == 0, "\(result.output)")
                let running = result.objects.first { $0["subject"] as? String == "agent" }
                #expect(running?["message"] as? String == "running")
            }
        }
    }
}
