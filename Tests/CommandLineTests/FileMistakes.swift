import Foundation
import ProgramTestKit

/// Mistakes in key files, the policy, the ledger and the arguments.
enum FileMistakes {
    private static func key(
        _ description: String, says: String...,
        make: @escaping @Sendable (AgentFolder) throws -> Void
    ) -> Mistake {
        Mistake(description, says: says, make: make)
    }

    private static let approval = "keys/approval.json"

    static let keys: [Mistake] = [
        key("a key that others may read", says: "{folder}/keys/approval.json", "chmod 600") {
            try $0.setMode(0o644, of: approval)
        },
        key("a missing key", says: "{folder}/keys/approval.json", "countersign keys create") {
            try $0.delete(approval)
        },
        key("a link to a key", says: "{folder}/keys/approval.json", "symbolic link") {
            try FileManager.default.moveItem(
                atPath: $0.path + "/" + approval, toPath: $0.path + "/keys/real.json")
            try FileManager.default.createSymbolicLink(
                atPath: $0.path + "/" + approval, withDestinationPath: "real.json")
        },
        key("a folder for a key", says: "{folder}/keys/log.json", "not a regular file") {
            try $0.delete("keys/log.json")
            try FileManager.default.createDirectory(
                atPath: $0.path + "/keys/log.json", withIntermediateDirectories: false)
        },
        key(
            "a key that is no JSON", says: "{folder}/keys/api.json: line 1, column 1",
            "not one JSON object", "countersign keys create"
        ) {
            try $0.write("keys/api.json", "secret")
        },
        key(
            "halves that do not belong together", says: "{folder}/keys/approval.json",
            "pub_key does not belong to prv_key", "restore the file"
        ) { folder in
            let other = try folder.read("keys/log.json")
            let ours = try folder.read(approval)
            let pattern = #""pub_key": ?"[0-9a-f]{64}""#
            guard let theirs = other.range(of: pattern, options: .regularExpression),
                let own = ours.range(of: pattern, options: .regularExpression)
            else { throw SandboxProcess.Failure(description: "no public part") }
            try folder.write(approval, ours.replacingCharacters(in: own, with: other[theirs]))
        },
        key("a key for another purpose", says: "{folder}/keys/approval.json", "purpose") {
            try $0.write(approval, $0.read("keys/log.json"))
        },
        key("the API key as approval key", says: "{folder}/keys/approval.json", "is the API key") {
            let api = try $0.read("keys/api.json")
            let plain = api.replacingOccurrences(
                of: #","? *"purpose": *"api""#, with: "", options: .regularExpression)
            try $0.write("keys/api.json", plain)
            try $0.write(approval, plain)
        },
        key(
            "a key that is too large", says: "{folder}/keys/api.json",
            "70000 bytes, more than 65536"
        ) {
            try $0.write("keys/api.json", String(repeating: " ", count: 70_000))
        },
        key(
            "a public part of small order", says: "{folder}/keys/approval.json",
            "not a point of the curve that can be used"
        ) {
            try $0.replace(in: approval, $0.approvalKey, "01" + String(repeating: "0", count: 62))
        },
        key(
            "a key without its public part", says: "{folder}/keys/approval.json: line",
            "pub_key is missing"
        ) { try $0.replace(in: approval, #","pub_key":"\#($0.approvalKey)""#, "") },
        key(
            "a member twice", says: "{folder}/keys/approval.json: line 1", "type stands twice"
        ) { try $0.replace(in: approval, #"{"type""#, #"{"type":"ed25519","type""#) },
        key(
            "a key of another environment", says: "{folder}/keys/approval.json",
            "for environment production, and this is sandbox"
        ) {
            try $0.replace(
                in: approval, #""purpose""#, #""environment":"production","purpose""#)
        },
        key(
            "the log key as approval key", says: "{folder}/keys/approval.json", "is the log key"
        ) { folder in
            let plain = try folder.read("keys/log.json").replacingOccurrences(
                of: #","purpose":"log""#, with: "")
            try folder.write("keys/log.json", plain)
            try folder.write(approval, plain)
        },
    ]

    static let policy: [Mistake] = [
        .ruled(
            "money without quotes", "up_to: \"0.50000000\"", "up_to: 0.5",
            says: "policies/policy.yaml:", "error E020", "write \"0.5\""),
        .ruled(
            "more digits than the asset has", "\"0.50000000\"", "\"0.500000001\"",
            says: "error E021"),
        .ruled(
            "an allow rule without a cap", "    amount: { up_to: \"5.00000000\" }\n", "",
            says: "E031"),
        .ruled("an asset that nobody defines", "asset: [BTC]", "asset: [ETH]", says: "E032"),
        .ruled("an unknown key", "action: allow", "actoin: allow", says: "E001", "did you mean"),
        .ruled(
            "approve everything", "default_action: block", "default_action: allow",
            says: "policies/policy.yaml:", "`allow` is not accepted here"),
        .ruled(
            "a key that is not built", "kind: Policy", "kind: Policy\nshadow: true",
            says: "shadow", "not supported yet"),
        .ruled(
            "the initiator", "    type: [WITHDRAWAL]\n    source",
            "    initiator: anna\n    type: [WITHDRAWAL]\n    source",
            says: "E033"),
        Mistake("a stranger in the policy's folder", says: ["policies/notes.txt"]) {
            try $0.write("policies/notes.txt", "hello")
        },
        Mistake("no address book", says: ["policies/address_book.yaml"]) {
            try $0.delete("policies/address_book.yaml")
        },
        Mistake(
            "three mistakes at once",
            says: [
                "policies/policy.yaml:36:22: error E020", "policies/policy.yaml:23:",
                "error E031", "policies/policy.yaml:41:26: error E032",
            ]
        ) {
            try $0.replace(in: "policies/policy.yaml", "up_to: \"0.50000000\"", "up_to: 0.5")
            try $0.replace(
                in: "policies/policy.yaml", "    amount: { up_to: \"5.00000000\" }\n", "")
            try $0.replace(
                in: "policies/policy.yaml", "accounts: [btc-payouts] }\n    destination: { kind",
                "accounts: [btc-nobody] }\n    destination: { kind")
        },
    ]

    static let arguments: [(words: [String], code: Int32, says: String)] = [
        (["frobnicate"], 64, "Usage"), (["run", "--dry-run"], 64, "--dry-run goes with --once"),
        (["run", "--once", "--force"], 64, "--force"), (["check", "--format", "xml"], 64, "xml"),
        (["keys", "create", "--purpose", "approval"], 64, "Missing"),
        (["keys", "create", "--purpose", "login", "k.json"], 64, "login"),
        (["halt"], 64, "--reason"),
        (["reconcile", "--accept"], 64, "--accept and --why TEXT go together"),
        (["reconcile", "--why", "x"], 64, "--accept and --why TEXT go together"),
        (["doctor", "now"], 64, "Usage"), (["backup"], 64, "Usage"), (["platform"], 64, "Usage"),
        (["policy", "describe"], 64, "Usage"),
        (["explain", "x", "--what-if", "amont=-1"], 64, "did you mean amount?"),
        (["explain", "x", "--what-if", "amount=-1,000"], 64, "cannot hold a comma"),
        (["explain", "x", "--what-if", "amount=-1,amount=-2"], 64, "says twice"),
        (["explain", "x", "--what-if", "id=1"], 64, "cannot change the id"),
        (["explain", "x", "--what-if", ""], 64, "has no \"=\""),
        (["audit", "query", "--limit", "0"], 64, "above 0"),
        (["audit", "query", "--since", "x"], 64, "write a date such as"),
        (["audit", "verify", "--key", "x"], 64, "--key belongs to a DIR"),
        (["audit", "replay", "--since", "0"], 64, "a number from 1 on"),
        (["audit", "prove"], 64, "<transaction>"), (["audit", "export"], 64, "--as"),
        (["run", "--once", "--checkpoint"], 64, "Missing value"),
    ]
}
