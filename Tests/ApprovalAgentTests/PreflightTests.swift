import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

@Suite struct PreflightTests {
    private func findings(_ scene: Scene, _ members: [String: JSONValue?]) async throws -> [String]
    {
        let key = scene.signer.publicKey
        scene.custody.script.method = { shown in
            var shown = replace(shown, "pub_key", .string(key.description))
            for (name, value) in members { shown = replace(shown, name, value) }
            return shown
        }
        return try await Preflight(custody: scene.custody).check(
            method: scene.methodID, of: scene.account.entityID, key: key
        ).map(\.description)
    }

    @Test func `an approval method that is ours has no finding`() async throws {
        #expect(try await findings(try Scene(), [:]) == [])
    }

    @Test(arguments: [
        ("type", "GROUP", "its type is not DSA_ED25519"),
        ("state", "PENDING", "it is not ACTIVATED"), ("state", "activated", "it is not ACTIVATED"),
        ("entity_id", "880bbac68a34add190786b9c74f4c82fenty", "it belongs to"),
        ("id", "1b2046aec77bdd03dc0db46e57e0a72bapmt", "another came back"),
        ("pub_key", "00", "not that of the approval key"),
    ])
    func `a method that is not ours is told, and why`(
        name: String, value: String, text: String
    ) async throws {
        let found = try await findings(try Scene(), [name: .string(value)])
        #expect(found.count == 1)
        #expect(found.first?.contains(text) == true)
    }

    @Test func `a method without a key is told`() async throws {
        let found = try await findings(try Scene(), ["pub_key": JSONValue?.none])
        #expect(found.count == 1)
    }

    @Test func `precision, entity and asset must be what the policy says`() async throws {
        let scene = try Scene()
        let preflight = Preflight(custody: scene.custody)
        let policy = try scene.policy().policy
        #expect(try await preflight.check(policy) == [])
        let btc = PolicyAsset(name: "BTC", id: scene.account.asset.id, precision: 18)
        let wrong = Policy(
            metadata: policy.metadata, settings: policy.settings, assets: [btc],
            accounts: [scene.account], rules: [], limits: [], addressBook: policy.addressBook)
        let found = try await preflight.check(wrong).map(\.description)
        #expect(found == ["asset BTC: the policy says precision 18, the platform 8"])
        scene.custody.script.account = { _, members in
            replace(members, "entity_id", .string("880bbac68a34add190786b9c74f4c82fenty"))
        }
        #expect(try await preflight.check(policy).count == 2)
    }

    @Test func `a platform that does not answer is no finding but an error`() async throws {
        let scene = try Scene()
        scene.custody.script.fault = { _, _ in ScriptedCustody.Fault(.notSent("refused")) }
        let policy = try scene.policy().policy
        await #expect(throws: CustodyError.notSent("refused")) {
            try await Preflight(custody: scene.custody).check(policy)
        }
    }
}
