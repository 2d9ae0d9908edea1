package import Foundation

/// A folder that `countersign init` made, set up for one sandbox with the demo's accounts.
package struct AgentFolder: Sendable {
    /// The ids of the demo's scenario.
    package enum ID {
        package static let entity = "bda8720b93a2daf3ffac5a6fefaa87aaenty"
        package static let method = "6d4e8abbaab25847a01908c6f02f8bb0apmt"
        package static let asset = "00000000000000000000000000000001asst"
        package static let payouts = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
        package static let treasury = "f52b22a8256cd2b0ad21f3c2cc2c5875acct"
        package static let exchange = "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"
        package static let coldWallet = "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv"
        package static let blocked = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    }

    /// Its path; a new folder for each.
    package let path: String
    /// Hexadecimal public keys.
    package let apiKey: String
    package let approvalKey: String

    /// The repository's folder: the first above this file that has the demo.
    package static var repository: URL {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let demo = folder.appendingPathComponent("docs/demo/policies").path
            if FileManager.default.fileExists(atPath: demo) { break }
        }
        return folder
    }

    /// Runs `countersign init` in a new temporary folder and puts the demo's policy into it.
    package init() async throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("countersign-\(UUID().uuidString)")
        path = root.path
        let made = try await Program("countersign").run(["init", path])
        guard made.code == 0 else {
            throw SandboxProcess.Failure(description: "init: \(made.errors)")
        }
        func key(_ name: String) async throws -> String {
            try await Program("countersign").run(["keys", "show", root.path + "/keys/\(name).json"])
                .lines.first ?? ""
        }
        apiKey = try await key("api")
        approvalKey = try await key("approval")
        let policies = Self.repository.appendingPathComponent("docs/demo/policies")
        for file in ["policy.yaml", "address_book.yaml"] {
            try write(
                "policies/" + file,
                String(contentsOf: policies.appendingPathComponent(file), encoding: .utf8))
        }
    }

    /// Removes it and everything in it.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// The configuration's path.
    package var configuration: String { path + "/countersign.yaml" }

    /// Reads a file of the folder.
    package func read(_ file: String) throws -> String {
        try String(contentsOfFile: path + "/" + file, encoding: .utf8)
    }

    /// Writes a file of the folder.
    package func write(_ file: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + file))
    }

    /// Replaces text in a file; throws where it does not stand there.
    package func replace(in file: String, _ old: String, _ new: String) throws {
        let text = try read(file)
        guard text.contains(old) else {
            throw SandboxProcess.Failure(description: "\(file) does not hold \(old)")
        }
        try write(file, text.replacingOccurrences(of: old, with: new))
    }

    /// Points the configuration at a sandbox, with the demo's entity and method.
    package func connect(to origin: String) throws {
        try replace(in: "countersign.yaml", "http://127.0.0.1:8470", origin)
        try replace(
            in: "countersign.yaml", String(repeating: "0", count: 32) + "enty", ID.entity)
        try replace(
            in: "countersign.yaml", String(repeating: "0", count: 32) + "apmt", ID.method)
    }

    /// Runs a command with this folder's configuration.
    package func run(
        _ arguments: String..., environment: [String: String] = [:], seconds: Int = 60
    ) async throws -> Program.Result {
        try await Program("countersign", environment: environment)
            .run(arguments + ["--config", configuration], seconds: seconds)
    }

    /// Starts a command with this folder's configuration.
    package func start(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try Program("countersign", environment: environment)
            .start(arguments + ["--config", configuration])
    }

    /// Opens both doors, each on a port that the system chooses.
    package func listen() throws {
        for door in ["callbacks", "operations"] {
            try replace(in: "countersign.yaml", "\(door): null", "\(door): \"127.0.0.1:0\"")
        }
    }

    /// Writes a program of the owner's into the folder, and gives its path.
    package func script(_ name: String, _ lines: String...) throws -> String {
        try write(name, (["#!/bin/sh"] + lines).joined(separator: "\n") + "\n")
        try setMode(0o700, of: name)
        return path + "/" + name
    }

    /// The scenario that a sandbox needs for this folder's keys, with the demo's accounts and no
    /// transaction.
    package var scenario: [String: Any] {
        [
            "keys": [["key_id": "partner-1", "pub_key": apiKey]],
            "entities": [["id": ID.entity, "type": "PARTNER", "state": "ACTIVE"]],
            "assets": [["id": ID.asset, "code": "BTC", "precision": 8, "type": "BASE"]],
            "accounts": [ID.payouts, ID.treasury].map {
                ["id": $0, "entity_id": ID.entity, "asset_id": ID.asset, "balance": "100000"]
            },
            "approval_methods": [
                [
                    "id": ID.method, "entity_id": ID.entity, "type": "DSA_ED25519",
                    "state": "ACTIVATED", "pub_key": approvalKey,
                ]
            ],
        ]
    }

    /// A withdrawal from the payout account.
    package static func withdrawal(
        _ amount: String = "-0.10000000", to address: String = ID.exchange,
        fields: [String: Any] = [:]
    ) -> [String: Any] {
        [
            "account_id": ID.payouts, "type": "WITHDRAWAL", "amount": amount,
            "fee_amount": "0.00050000", "address": address,
        ].merging(fields) { $1 }
    }

    /// A transfer from the treasury to the payout account.
    package static func transfer(
        _ amount: String = "-1.00000000", fields: [String: Any] = [:]
    ) -> [String: Any] {
        [
            "account_id": ID.treasury, "type": "TRANSFER_OUTGOING", "amount": amount,
            "fee_amount": "0.00000000", "receiver_account_id": ID.payouts,
            "sender_account_id": ID.treasury,
        ].merging(fields) { $1 }
    }
}
