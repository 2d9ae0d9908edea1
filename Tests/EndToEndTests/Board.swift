import Foundation
import ProgramTestKit

/// A board of three people who watch over one account, a sandbox where they act, and an agent
/// whose policy asks them.
struct Board: Sendable {
    enum ID {
        static let business = "880bbac68a34add190786b9c74f4c82fenty"
        static let reserve = "f0cfb103e6c3d4a37c2750a1256862a3acct"
        static let key = "6d4e8abbaab25847a01908c6f02f8bb1apmt"
        static let method = "6ec2fbc16ccb8238cbc89b3bf7ea7f39apmt"
        static let group = "4aeeac12d4b92c967cb826ac5dee5a8eapgr"
    }

    /// A person, and how that person approves.
    struct Person: Sendable {
        let name: String
        let entity: String
        let method: String
        let type: String
    }

    /// The members, in the order of the policy.
    static let members = [
        Person(
            name: "anna", entity: "7d57be2d17a328150abd28daaae76d47enty",
            method: "1b2046aec77bdd03dc0db46e57e0a72bapmt", type: "SMS"),
        Person(
            name: "bora", entity: "9f32fe2d17a328150abd28daaae76d47enty",
            method: "2b2046aec77bdd03dc0db46e57e0a72bapmt", type: "AUTHY_PUSH"),
        Person(
            name: "carl", entity: "10ef67dc895d6c19c273b1ffba0c1692enty",
            method: "3b2046aec77bdd03dc0db46e57e0a72bapmt", type: "SMS"),
    ]

    /// A person whom the policy does not name.
    static let stranger = Person(
        name: "dora", entity: "5ac2067dc895d6c19c273b1ffba0c169enty",
        method: "5b2046aec77bdd03dc0db46e57e0a72bapmt", type: "AUTHY_PUSH")

    /// How the policy asks.
    struct Terms: Sendable {
        var ask = ["anna", "bora", "carl"]
        var order = "parallel"
        var minApprovals = 2
        var expiresAfter = "24h"
        var onExpiry = "escalate"
    }

    let scene: Scene

    /// Runs `body` with a board of its own; all of it is gone afterwards.
    static func play(
        _ terms: Terms = Terms(), settings: [String: Any] = [:],
        _ body: (Board) async throws -> Void
    ) async throws {
        try await Scene.play(settings: settings) { scene in
            let board = Board(scene: scene)
            let folder = scene.folder
            try folder.replace(in: "countersign.yaml", AgentFolder.ID.entity, ID.business)
            try folder.replace(in: "countersign.yaml", AgentFolder.ID.method, ID.key)
            try board.write(terms)
            try await scene.sandbox.control("POST", "scenario", board.scenario)
            try await body(board)
        }
    }

    /// Writes the policy, with a revision above those before.
    func write(_ terms: Terms, revision: Int = 1) throws {
        try scene.folder.write(
            "policies/policy.yaml", Self.policy(terms, revision: revision))
    }

    private static func policy(_ terms: Terms, revision: Int) -> String {
        let people = members.map {
            "      \($0.name): { entity_id: \"\($0.entity)\", approval_method_id: \"\($0.method)\" }"
        }
        return """
            apiVersion: countersign/v1
            kind: Policy
            metadata: { id: board, revision: \(revision) }
            settings: { default_action: block, amount_basis: amount }
            assets:
              BTC: { asset_id: "\(AgentFolder.ID.asset)", precision: 8 }
            accounts:
              reserve: { account_id: "\(ID.reserve)", entity_id: "\(ID.business)", asset: BTC }
            groups:
              board:
                approval_method_id: "\(ID.method)"
                approval_group_id: "\(ID.group)"
                quorum: 2
                members:
            \(people.joined(separator: "\n"))
            rules:
              - id: by-the-board
                action: allow
                type: [WITHDRAWAL]
                source: { accounts: [reserve] }
                destination: { tags: [exchange], kind: allowlisted }
                asset: [BTC]
                amount: { up_to: "25.00000000" }
                fee: { up_to: "0.00200000" }
                quorum:
                  group: board
                  min_approvals: \(terms.minApprovals)
                  ask: [\(terms.ask.joined(separator: ", "))]
                  order: \(terms.order)
                  expires_after: \(terms.expiresAfter)
                  on_expiry: \(terms.onExpiry)
            limits:
              - id: reserve-week
                scope: { type: [WITHDRAWAL], source: { accounts: [reserve] }, asset: [BTC] }
                window: { rolling: 7d }
                max_amount: "50.00000000"

            """
    }

    private var scenario: [String: Any] {
        let people = Self.members + [Self.stranger]
        let entities: [[String: Any]] =
            [["id": ID.business, "type": "BUSINESS", "state": "ACTIVE"]]
            + people.map {
                [
                    "id": $0.entity, "type": "REPRESENTATIVE_PERSON", "state": "ACTIVE",
                    "name": $0.name, "business_id": ID.business,
                ]
            }
        let methods: [[String: Any]] =
            [
                [
                    "id": ID.key, "entity_id": ID.business, "type": "DSA_ED25519",
                    "state": "ACTIVATED", "pub_key": scene.folder.approvalKey,
                ],
                [
                    "id": ID.method, "entity_id": ID.business, "type": "GROUP",
                    "state": "ACTIVATED",
                    "approval_group": [
                        "id": ID.group, "quorum": 2, "members": Self.members.map(\.entity),
                    ],
                ],
            ]
            + people.map {
                [
                    "id": $0.method, "entity_id": $0.entity, "type": $0.type,
                    "state": "ACTIVATED",
                ]
            }
        return [
            "entities": entities, "approval_methods": methods,
            "accounts": [
                [
                    "id": ID.reserve, "entity_id": ID.business,
                    "asset_id": AgentFolder.ID.asset, "balance": "100000",
                ]
            ],
        ]
    }
}

// What people and the platform do.
extension Board {
    /// A person who has approved, or has not.
    static func person(_ name: String) throws -> Person {
        guard let found = (members + [stranger]).first(where: { $0.name == name }) else {
            throw SandboxProcess.Failure(description: "nobody is called \(name)")
        }
        return found
    }

    /// A withdrawal from the account that the board watches over; its id.
    func withdrawal(_ amount: String = "-1.00000000") async throws -> String {
        let ids = try await scene.create([
            AgentFolder.withdrawal(amount, fields: ["account_id": ID.reserve])
        ])
        guard let id = ids.first else {
            throw SandboxProcess.Failure(description: "no withdrawal was created")
        }
        return id
    }

    /// `approve`, `deny` or `expire`: what that person does with everything that waits for them, or
    /// with what is about one transaction. False where nothing waits.
    @discardableResult
    func answer(_ name: String, _ answer: String, about id: String? = nil) async throws -> Bool {
        let person = try Self.person(name)
        let waiting = try await requests().contains {
            $0.entity == person.entity && $0.state == "PENDING" && $0.type != "GROUP"
                && $0.transaction == id ?? $0.transaction
        }
        guard waiting else { return false }
        try await scene.sandbox.control(
            "POST", "entities/\(person.entity)/\(answer)", id.map { ["transaction_id": $0] } ?? [:])
        return true
    }

    /// Changes members of the platform's approval group, such as `quorum`.
    func changeGroup(_ change: [String: Any]) async throws {
        try await scene.sandbox.control(
            "PATCH", "approval_methods/\(ID.method)", ["approval_group": change])
    }

    /// A request of that person's in a GROUP request which the agent did not make; its id.
    func addForeign(_ name: String, in group: String) async throws -> String {
        let made = try await scene.sandbox.control(
            "POST", "approval_requests",
            ["resource_id": group, "entity_id": try Self.person(name).entity])
        guard let id = (made as? [String: Any])?["id"] as? String else {
            throw SandboxProcess.Failure(description: "no request was made")
        }
        return id
    }

    /// The state of a transaction at the platform.
    func state(_ id: String) async throws -> String? {
        let found = try await scene.sandbox.control("GET", "transactions/\(id)")
        return ((found as? [String: Any])?["transaction"] as? [String: Any])?["state"] as? String
    }

    /// Every request for approval as the sandbox truly has it, in the order of creation.
    func requests() async throws -> [BoardRequest] {
        let answer = try await scene.sandbox.control("GET", "approval_requests")
        return ((answer as? [String: Any])?["items"] as? [[String: Any]] ?? [])
            .map(BoardRequest.init)
    }

    /// The GROUP requests about a transaction.
    func groups(_ id: String) async throws -> [BoardRequest] {
        try await requests().filter { $0.transaction == id && $0.type == "GROUP" }
    }

    /// Whom the agent asked about a transaction, in that order.
    func asked(_ id: String) async throws -> [String] {
        try await requests().filter {
            $0.transaction == id && $0.type != "GROUP" && $0.isOfPartner
        }.map { child in
            (Self.members + [Self.stranger]).first { $0.entity == child.entity }?.name ?? child.id
        }
    }

    /// What the limit holds as used, asked with `explain` about a withdrawal that does not exist.
    func used() async throws -> String {
        let probe: [String: Any] = [
            "id": String(repeating: "0", count: 32) + "atrx", "account_id": ID.reserve,
            "type": "WITHDRAWAL", "state": "PENDING", "amount": "-1.00000000",
            "fee_amount": "0.00050000", "fee_account_id": ID.reserve, "reference": "probe",
            "address": AgentFolder.ID.exchange, "created_at": "2026-11-21T09:00:00Z",
        ]
        let body = try JSONSerialization.data(withJSONObject: probe)
        try scene.folder.write("probe.json", String(decoding: body, as: UTF8.self))
        let result = try await scene.folder.run(
            "explain", scene.folder.path + "/probe.json", "--format", "json")
        let limits = result.objects.first?["limits"] as? [[String: Any]]
        guard let used = limits?.first?["used"] as? String else {
            throw SandboxProcess.Failure(
                description: "explain: \(result.code) \(result.errors) \(result.output)")
        }
        return used
    }

    /// Whether the agent keeps itself from asking groups.
    var isStopped: Bool {
        FileManager.default.fileExists(atPath: scene.folder.path + "/state/GROUP-HALT")
    }
}

/// A request for approval as the sandbox truly has it.
struct BoardRequest: Sendable {
    let id: String
    let type: String
    let state: String
    let entity: String
    /// The transaction, or for a member's request the GROUP request.
    let resource: String
    /// The transaction that it is about in the end.
    let transaction: String
    /// False where somebody else made it.
    let isOfPartner: Bool

    init(_ body: [String: Any]) {
        func text(_ name: String) -> String { body[name] as? String ?? "" }
        id = text("id")
        type = text("type")
        state = text("state")
        entity = text("entity_id")
        resource = text("resource_id")
        transaction = text("transaction_id")
        isOfPartner = body["of_partner"] as? Bool ?? false
    }
}
