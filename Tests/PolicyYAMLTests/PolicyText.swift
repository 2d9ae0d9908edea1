import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import PolicyYAML

/// A sound policy with its address book, as text to be edited.
struct PolicyText {
    var policy = PolicyText.soundPolicy
    var book = PolicyText.soundBook
    /// Further files, by their path in the directory.
    var others: [String: String] = [:]

    static let soundPolicy = """
        apiVersion: countersign/v1
        kind: Policy
        metadata:
          id: demo
          revision: 7
          title: "Demo: payouts"
          owner: compliance@example.com
          external_ref: PROC-1
        settings:
          default_action: block
          challenge: { accept_unsigned: ["fee_account_id"] }
        assets:
          BTC: { asset_id: "00000000000000000000000000000001asst", precision: 8 }
          ETH: { asset_id: "00000000000000000000000000000002asst", precision: 18 }
        accounts:
          hot: { account_id: "00000000000000000000000000000001acct", entity_id: "00000000000000000000000000000001enty", asset: BTC }
          cold: { account_id: "00000000000000000000000000000002acct", entity_id: "00000000000000000000000000000001enty", asset: BTC }
          ether: { account_id: "00000000000000000000000000000003acct", entity_id: "00000000000000000000000000000002enty", asset: ETH }
        rules:
          - id: small
            action: allow
            description: small payouts
            external_ref: P-2
            type: [WITHDRAWAL]
            source: { accounts: [hot] }
            destination: { labels: ["Exchange A"], tags: [exchange], kind: allowlisted }
            asset: [BTC]
            amount: { more_than: "0.1", up_to: "1.5" }
            fee: { up_to: "0.01" }
          - id: blocked
            action: block
            destination: { tags: ["blocked"] }
        limits:
          - id: day
            scope: { source: { accounts: [hot] }, asset: [BTC] }
            per: [destination, source]
            window: { rolling: 24h }
            on_exceed: block
            max_amount: "3"
            max_count: 10
          - { id: all, scope: { asset: ["BTC"] }, window: { total: true }, max_amount: "100" }

        """

    static let soundBook = """
        apiVersion: countersign/v1
        kind: AddressBook
        metadata: { id: demo-addresses, revision: 3 }
        entries:
          - label: Exchange A
            asset: [BTC]
            address: "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"
            tags: [exchange, fast]
            note: opened in September
          - label: Frozen
            asset: [BTC, ETH]
            address: "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
            tags: [blocked]

        """

    /// Writes the files into a fresh directory, hands its path to `body` and removes it.
    func inDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
        let manager = FileManager.default
        let directory = manager.temporaryDirectory
            .appendingPathComponent("countersign-policy-\(UUID().uuidString)").path
        try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: directory) }
        var files = others
        files["policy.yaml"] = policy
        files["address_book.yaml"] = book
        for (name, text) in files {
            let path = directory + "/" + name
            try manager.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        return try body(directory)
    }

    /// The moment for which the tests judge dates.
    static let now = UnixTime(rfc3339: "2026-10-06T09:00:00Z")

    /// What the loader says of these files; the directory is shown as `p`.
    func check(
        now: UnixTime? = PolicyText.now
    ) throws -> (loaded: LoadedPolicy?, findings: [Finding]) {
        try inDirectory { path in
            PolicyDirectory(
                path: path, shownAs: "p", sha256: TestSHA256.hash, now: { now }
            ).check()
        }
    }

    /// The same of the texts themselves.
    func checkWithoutDisk(
        now: UnixTime? = PolicyText.now
    ) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        let files = others.merging(["policy.yaml": policy, "address_book.yaml": book]) { $1 }
        return PolicyDirectory(
            path: "", shownAs: "p", sha256: TestSHA256.hash, now: { now }
        ).check(
            files: files.sorted { $0.key < $1.key }.map {
                PolicyFile(path: $0.key, bytes: Array($0.value.utf8))
            })
    }
}
