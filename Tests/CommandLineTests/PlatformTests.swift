import ProgramTestKit
import Testing

/// What is said where the platform is not there or does not have what the configuration says.
/// Nothing is bound, signed or written before all of that is right.
@Suite(.serialized) struct PlatformTests {
    /// One member of the sandbox's scenario that is not as configured.
    struct Difference: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let part: String
        let member: String
        let value: any Sendable
        let code: Int32
        let says: [String]

        init(
            _ description: String, _ part: String, _ member: String, _ value: any Sendable,
            code: Int32 = 3, says: String...
        ) {
            (testDescription, self.part, self.member) = (description, part, member)
            (self.value, self.code, self.says) = (value, code, says)
        }
    }

    private static let someKey = "d7be9b9a905185869bf063d36587722646b44e15d6c577e7523187614f79cca9"
    private static let someEntity = String(repeating: "1", count: 32) + "enty"

    static let differences: [Difference] = [
        Difference(
            "another API key is registered", "keys", "pub_key", someKey, code: 1,
            says: "(401)", "platform.api_key_id", "clock"),
        Difference(
            "the API key is registered under another id", "keys", "key_id", "partner-9", code: 1,
            says: "(401)", "platform.api_key_id"),
        Difference(
            "the method is not activated", "approval_methods", "state", "PENDING",
            says: AgentFolder.ID.method, "not ACTIVATED", "operator activates it"),
        Difference(
            "the method has another key", "approval_methods", "pub_key", someKey,
            says: AgentFolder.ID.method, "pub_key is not that of the approval key"),
        Difference(
            "the method is of another type", "approval_methods", "type", "SMS",
            says: AgentFolder.ID.method, "type is not DSA_ED25519"),
        Difference(
            "the method is unknown", "approval_methods", "id",
            "00000000000000000000000000000002apmt", says: "(404)", "approval method", "the ids"),
        Difference(
            "the asset has another precision", "assets", "precision", 6,
            says: "asset BTC", "the policy says precision 8, the platform 6"),
        Difference(
            "the accounts hold another asset", "accounts", "asset_id",
            "00000000000000000000000000000002asst",
            says: "account btc-payouts: it holds another asset", "account btc-treasury"),
        Difference(
            "the accounts belong to another entity", "accounts", "entity_id", someEntity,
            says: "(404)", "the ids"),
    ]

    @Test(arguments: differences)
    func `a platform that differs is refused before anything is bound`(
        _ difference: Difference
    ) async throws {
        try await ConnectedAgent.with(change: { Self.apply(difference, to: &$0) }) { agent in
            let before = try agent.folder.contents()
            for words in [["check", "--online"], ["run", "--once"], ["run"]] {
                let result = try await Program("countersign").run(
                    words + ["--config", agent.folder.configuration])
                #expect(result.code == difference.code, "\(words): \(result.errors)")
                for part in difference.says {
                    #expect(result.errors.contains(part), "\(words): \(result.errors)")
                }
            }
            #expect(before.changes(to: try agent.folder.contents()) == [])
            #expect(
                try await agent.sandbox.requests().allSatisfy { $0["method"] as? String == "GET" })
        }
    }

    /// Changes the member in every item of the part. What it refers to is added.
    private static func apply(_ difference: Difference, to scenario: inout [String: Any]) {
        let items = scenario[difference.part] as? [[String: Any]] ?? []
        scenario[difference.part] = items.map {
            $0.merging([difference.member: difference.value]) { $1 }
        }
        let entities = scenario["entities"] as? [[String: Any]] ?? []
        scenario["entities"] =
            entities + [["id": someEntity, "type": "PARTNER", "state": "ACTIVE"]]
        let assets = scenario["assets"] as? [[String: Any]] ?? []
        let other: [String: Any] = [
            "id": "00000000000000000000000000000002asst", "code": "LTC", "precision": 8,
            "type": "BASE",
        ]
        scenario["assets"] = assets + [other]
    }

    @Test(arguments: [
        ["check", "--online"], ["run", "--once"], ["run", "--once", "--dry-run"],
        ["run"],
    ])
    func `a platform that is not there is exit 1, and nothing changes`(
        words: [String]
    ) async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        let before = try folder.contents()
        let result = try await Program("countersign").run(
            words + ["--config", folder.configuration])
        #expect(result.code == 1, "\(result.errors)")
        #expect(result.errors.contains("the platform cannot be reached"))
        #expect(!result.output.contains("summary"))
        #expect(before.changes(to: try folder.contents()) == [])
    }

    @Test func `an item that is still pending is exit 1, and what is in doubt does not hide it`()
        async throws
    {
        try await ConnectedAgent.with([AgentFolder.transfer()]) { agent in
            let fault: [String: Any] = [
                "match": ["endpoint": "create_request"],
                "fault": ["kind": "status", "status": 503, "retry_after": 120],
            ]
            try await agent.sandbox.control("POST", "faults", fault)
            let spoiled = try #require(try await agent.add([AgentFolder.withdrawal()]).first)
            let lie = ["kind": "field_missing", "field": "type", "transaction_id": spoiled]
            try await agent.sandbox.control("POST", "hostile", lie)
            let pass = try await agent.pass()
            #expect(pass.code == 1, "\(pass.output)")
            let summary = pass.objects.last?["summary"] as? [String: Any]
            #expect(summary?["pending"] as? Int == 1)
            let doubtful = pass.objects.first { $0["transaction_id"] as? String == spoiled }
            #expect(doubtful?["action"] as? String == "hold")
        }
    }
}
