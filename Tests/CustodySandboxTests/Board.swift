import CustodySandbox
import Testing

/// A company whose transactions are approved by two of its three representatives.
struct Board {
    let partner: Partner
    static let company = "10ef67dc895d6c19c273b1ffba0c1692enty"
    static let account = "721263078f2dcea6d7fa604aba51e90eacct"
    static let method = "b2046aec77bdd03dc0db46e57e0a722bapmt"
    static let group = "4aeeac12d4b92c967cb826ac5dee5a8eapgr"
    static let transaction = "bf20c716075ea82a4b1f3f0b49657161atrx"
    static let (anna, bora, carl) = ("anna-enty", "bora-enty", "carl-enty")
    static var path: String { "/v1/entities/\(company)/accounts/\(account)/transactions" }

    /// Anna has SMS, Bora has AUTHY_PUSH, Carl has both.
    static var scenario: JSON {
        func person(_ id: String) -> JSON {
            ["id": .string(id), "type": "REPRESENTATIVE_PERSON"]
        }
        func method(_ id: String, _ entity: String, _ type: String) -> JSON {
            [
                "id": .string(id), "entity_id": .string(entity), "type": .string(type),
                "state": "ACTIVATED",
            ]
        }
        return [
            "settings": ["sms_code": "012345"],
            "entities": [
                ["id": .string(company), "type": "BUSINESS", "name": "Mustermann GmbH"],
                person(anna), person(bora), person(carl), person("dora-enty"),
            ],
            "accounts": [
                [
                    "id": .string(account), "entity_id": .string(company),
                    "asset_id": .string(Fixture.asset), "balance": "10",
                ]
            ],
            "approval_methods": [
                [
                    "id": .string(self.method), "entity_id": .string(company), "type": "GROUP",
                    "state": "ACTIVATED",
                    "approval_group": [
                        "id": .string(group), "quorum": 2,
                        "members": [.string(anna), .string(bora), .string(carl)],
                    ],
                ],
                method("anna-sms", anna, "SMS"), method("bora-push", bora, "AUTHY_PUSH"),
                method("carl-sms", carl, "SMS"), method("carl-push", carl, "AUTHY_PUSH"),
                method("dora-sms", "dora-enty", "SMS"),
                method("company-sms", company, "SMS"),
                method("company-push", company, "AUTHY_PUSH"),
            ],
            "transactions": [
                [
                    "id": .string(transaction), "account_id": .string(account),
                    "amount": "-1.00000000", "address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
                ]
            ],
        ]
    }

    init(settings: JSON = [:]) throws {
        partner = try Partner.ofFixture()
        try partner.sandbox.merge(scenario: Self.scenario.bytes)
        try #require(partner.control("POST", "settings", settings).status == 200)
    }

    func create(
        _ method: String, _ entity: String, _ resource: String, _ type: String
    ) throws -> Reply {
        try partner.call(
            "POST", "/v1/approval_requests",
            [
                "approval_method_id": .string(method), "entity_id": .string(entity),
                "resource_id": .string(resource), "resource_type": .string(type),
            ])
    }

    private func id(_ reply: Reply) throws -> String {
        try #require(reply.status == 201, "\(reply.text)")
        return try #require(reply.json["id"]?.text)
    }

    /// Creates a request for the transaction itself and returns its id.
    func ask(_ method: String = method) throws -> String {
        try id(create(method, Self.company, Self.transaction, "TRANSACTION"))
    }

    /// Creates a member's request for the GROUP request and returns its id.
    func ask(_ member: String, _ method: String, for parent: String) throws -> String {
        try id(create(method, member, parent, "APPROVAL_REQUEST"))
    }

    func approve(_ request: String, code: String) throws -> Reply {
        try partner.call(
            "POST", "/v1/approval_requests/\(request)/approve", ["response": .string(code)])
    }

    func state(_ request: String) throws -> String? {
        try partner.get("/v1/approval_requests/\(request)")["state"]?.text
    }

    var transactionState: String? {
        get throws { try partner.get("\(Self.path)/\(Self.transaction)")["state"]?.text }
    }
}
