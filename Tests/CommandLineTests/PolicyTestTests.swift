import Foundation
import ProgramTestKit
import Testing

/// `countersign test`, as an officer sees it.
@Suite(.serialized) struct PolicyTestTests {
    /// A folder with a configuration that names nothing but a recipe's policy.
    private struct Folder {
        let path: String

        init(recipe: String = "caps") throws {
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("countersign-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            path = folder.path
            let recipe = AgentFolder.repository.appendingPathComponent("docs/recipes/\(recipe)")
            try FileManager.default.copyItem(
                at: recipe.appendingPathComponent("policies"),
                to: folder.appendingPathComponent("policies"))
            try write("countersign.yaml", "policy: { directory: policies }\n")
        }

        func remove() { try? FileManager.default.removeItem(atPath: path) }

        func write(_ file: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + file))
        }

        func replace(in file: String, _ old: String, _ new: String) throws {
            let text = try String(contentsOfFile: path + "/" + file, encoding: .utf8)
            #expect(text.contains(old))
            try write(file, text.replacingOccurrences(of: old, with: new))
        }

        func run(
            _ arguments: String..., environment: [String: String] = [:]
        ) async throws -> Program.Result {
            try await Program("countersign", environment: environment)
                .run(["test"] + arguments + ["--config", path + "/countersign.yaml"])
        }
    }

    private static let tests = "policies/tests/caps_test.yaml"

    @Test func `tests that pass end with 0 and a line each`() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let result = try await folder.run("--coverage")
        #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
        #expect(result.lines.first == "policies/tests/caps_test.yaml (caps)")
        #expect(
            result.lines.suffix(2) == [
                "10 tests: 10 passed, 0 failed", "coverage: rules 1/1, limits 1/1",
            ])
        #expect(!result.output.contains("\u{1B}"))
    }

    @Test func `a wrong cap is told with the transaction that showed it, and ends with 2`()
        async throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.replace(in: "policies/policy.yaml", "\"0.50000000\"", "\"0.51000000\"")
        let result = try await folder.run()
        #expect(result.code == 2)
        #expect(result.errors == "countersign: 1 of 10 tests failed\n")
        #expect(result.output.contains("expected action block, found allow"))
        #expect(result.output.contains("transaction payout: amount \"-0.49950001\""))
        #expect(result.output.contains("at policies/tests/caps_test.yaml:19"))
    }

    @Test func `what no test exercises is named with its place, and changes no exit code`()
        async throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.replace(
            in: "policies/policy.yaml", "limits:\n",
            """
            limits:
              - id: week
                scope: { asset: [BTC] }
                window: { rolling: 7d }
                max_amount: "9"

            """)
        let result = try await folder.run("--coverage")
        #expect(result.code == 0)
        #expect(
            result.lines.suffix(2) == [
                "coverage: rules 1/1, limits 1/2",
                "  policies/policy.yaml:27:9: limit week never exceeded",
            ])
    }

    @Test func `nothing to run ends with 2, what is wrong with a test with 3`() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.replace(in: Self.tests, "rules: [payouts]", "rules: [payuots]")
        let wrong = try await folder.run()
        #expect(wrong.code == 3 && wrong.output.isEmpty)
        #expect(
            wrong.errors.contains(
                "error E032: \"payuots\" is no rule of this policy; did you mean \"payouts\"?"))
        try FileManager.default.removeItem(atPath: folder.path + "/" + Self.tests)
        let none = try await folder.run()
        #expect(none.code == 2 && none.output.isEmpty)
        #expect(none.errors.contains("policies: there are no tests to run"))
        try folder.write("countersign.yaml", "policy: { directory: elsewhere }\n")
        #expect(try await folder.run().code == 3)
        try folder.write("countersign.yaml", "policy: {}\n")
        let missing = try await folder.run()
        #expect(missing.code == 3 && missing.errors.contains("the key `directory` is missing"))
    }

    @Test func `machines get JSON lines or JUnit`() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.replace(in: "policies/policy.yaml", "\"0.50000000\"", "\"0.51000000\"")
        for arguments in [["--format", "json"], []] {
            let environment = arguments.isEmpty ? ["COUNTERSIGN_FORMAT": "json"] : [:]
            let json = try await Program("countersign", environment: environment).run(
                ["test", "--config", folder.path + "/countersign.yaml"] + arguments)
            #expect(json.code == 2)
            #expect(json.objects.count == 11 && json.lines.count == 11)
            #expect(json.objects.count { $0["passed"] as? Bool == false } == 1)
            let summary = json.objects.last?["summary"] as? [String: Any]
            #expect(summary?["tests"] as? Int == 10 && summary?["failed"] as? Int == 1)
        }
        let junit = try await folder.run("--format", "junit", "--coverage")
        #expect(junit.code == 2)
        try folder.write("report.xml", junit.output)
        let script = """
            import sys, xml.etree.ElementTree as tree
            root = tree.parse(sys.argv[1]).getroot()
            print(len(root.findall(".//testcase")), len(root.findall(".//failure")))
            """
        let read = try await Program("/usr/bin/env").run(
            ["python3", "-c", script, folder.path + "/report.xml"])
        #expect(read.output == "10 1\n", "\(read.errors)")
        #expect(junit.errors.contains(":17:9: rule payouts never FALSE"))
        #expect(junit.errors.contains("coverage: rules 0/1, limits 1/1"))
    }

    @Test
    func `check runs the tests, tells rules that none exercises, and ends with 2 where one fails`()
        async throws
    {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        try FileManager.default.createDirectory(
            atPath: folder.path + "/policies/tests", withIntermediateDirectories: true)
        func write(expecting action: String) throws {
            try folder.write(
                "policies/tests/transfers_test.yaml",
                """
                apiVersion: countersign/v1
                kind: PolicyTest
                metadata: { id: transfers }
                options: { now: "2026-10-06T09:00:00Z" }
                tests:
                  - name: a transfer between own accounts
                    transaction:
                      account_id: "\(AgentFolder.ID.treasury)"
                      type: TRANSFER_OUTGOING
                      amount: "-1.00000000"
                      fee_amount: "0.00000000"
                      fee_account_id: "\(AgentFolder.ID.treasury)"
                      receiver_account_id: "\(AgentFolder.ID.payouts)"
                    expect: { action: \(action) }

                """)
        }
        try write(expecting: "allow")
        let good = try await folder.run("check")
        #expect(good.code == 0 && good.errors.contains(", tests passed: 1"), "\(good.errors)")
        #expect(good.output.contains("warning W109: no test exercises the rule `payouts-small`"))
        #expect(!good.output.contains("W109: no test exercises the rule `internal-transfers`"))
        #expect(!good.output.contains("W111"))
        #expect(try await folder.run("check", "--strict").code == 2)
        try write(expecting: "block")
        let bad = try await folder.run("check")
        #expect(bad.code == 2)
        #expect(
            bad.errors.contains(
                "policies/tests/transfers_test.yaml:6: test \"a transfer between own accounts\" "
                    + "failed: expected action block, found allow"), "\(bad.errors)")
    }

    @Test(arguments: [["--watch"], ["--mutate"], ["--format", "table"]])
    func `what is not built is a misuse`(_ arguments: [String]) async throws {
        let result = try await Program("countersign").run(["test"] + arguments)
        #expect(result.code == 64)
        let help = try await Program("countersign").run(["test", "--help"])
        #expect(help.code == 0 && !help.output.contains(arguments[0] + " ") || arguments.count > 1)
    }
}
