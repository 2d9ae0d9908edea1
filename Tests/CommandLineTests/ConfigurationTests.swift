import Foundation
import ProgramTestKit
import Testing

/// What `check` and `run --once` say of a configuration.
@Suite(.serialized) struct ConfigurationTests {
    @Test(arguments: ConfigurationMistakes.platform)
    func `a wrong platform is refused with place and remedy`(_ mistake: Mistake) async throws {
        try await mistake.expectRefusal()
    }

    @Test(arguments: ConfigurationMistakes.form)
    func `a file of the wrong form is refused with place and remedy`(
        _ mistake: Mistake
    ) async throws {
        try await mistake.expectRefusal()
    }

    @Test(arguments: ConfigurationMistakes.operations + ConfigurationMistakes.approvers)
    func `approvers, doors, commands and brakes that cannot be are refused with place and remedy`(
        _ mistake: Mistake
    ) async throws {
        try await mistake.expectRefusal()
    }

    @Test(arguments: ConfigurationMistakes.missing)
    func `each mandatory key is asked for by name`(_ mistake: Mistake) async throws {
        try await mistake.expectRefusal()
    }

    @Test func `null and absence are accepted for all that may be off`() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        #expect(try await folder.run("check").code == 0, "null, as init writes it")
        for section in ["listen", "notify", "brake"] {
            let keys = try folder.read("countersign.yaml").components(
                separatedBy: "\n\(section):")[1].components(separatedBy: "\n\n")[0]
            try folder.replace(
                in: "countersign.yaml", "\n\(section):\(keys)", "\n\(section): null")
        }
        #expect(try await folder.run("check").code == 0, "whole sections null")
        for section in ["listen", "notify", "brake"] {
            try folder.drop(section, from: "countersign.yaml")
        }
        for key in [
            "ca_file", "pinned_public_keys", "request_timeout", "max_connections",
            "poll_interval", "max_concurrency", "watch",
        ] { try folder.drop(key, from: "countersign.yaml") }
        let result = try await folder.run("check")
        #expect(result.code == 0, "absent: \(result.errors)")
    }
}
