import CustodySandbox
import Testing

struct CreationTests {
    private static let invalid: [(String, String, JSON)] = [
        ("amount", "blank", ["reference": "a", "address": "x"]),
        ("amount", "invalid", ["reference": "a", "address": "x", "amount": "1,5"]),
        ("amount", "invalid", ["reference": "a", "address": "x", "amount": "-1"]),
        ("amount", "invalid", ["reference": "a", "address": "x", "amount": "1.000000001"]),
        ("amount", "invalid", ["reference": "a", "address": "x", "amount": "0.000001"]),
        ("address", "blank", ["reference": "a", "amount": "1"]),
        ("reference", "blank", ["address": "x", "amount": "1"]),
        (
            "end_to_end_id", "invalid",
            ["reference": "a", "address": "x", "amount": "1", "end_to_end_id": "é"]
        ),
    ]

    private let withdrawal: JSON = ["reference": "w1", "address": "addr", "amount": "1.5"]

    @Test func `the same reference and attributes give the same transaction`() throws {
        let partner = try Partner.ofFixture()
        let first = try partner.call("POST", "\(Fixture.list)/withdrawal", withdrawal)
        let again = try partner.call("POST", "\(Fixture.list)/withdrawal", withdrawal)
        #expect(first.status == 201)
        #expect(first.body == again.body)
        let other: JSON = ["reference": "w1", "address": "addr", "amount": "1.6"]
        let collision = try partner.call("POST", "\(Fixture.list)/withdrawal", other)
        #expect(collision.status == 400)
        #expect(collision.json["params"]?["reference"] == "taken")
    }

    @Test func `a withdrawal is PENDING, negative and locks amount and fee`() throws {
        let partner = try Partner.ofFixture()
        let created = try partner.call("POST", "\(Fixture.list)/withdrawal", withdrawal)
        let id = try #require(created.json["transaction_id"]?.text)
        let shown = try partner.get("\(Fixture.list)/\(id)")
        #expect(shown["state"] == "PENDING")
        #expect(shown["amount"] == "-1.50000000")
        #expect(shown["fee_amount"] == "0.00050000")
        #expect(shown["fee_account_id"] == .string(Fixture.account))
        let target = "/v1/entities/\(Fixture.entity)/accounts/\(Fixture.account)"
        #expect(try partner.get(target)["balance"] == "10.00000000")
        #expect(try partner.get(target)["available_balance"] == "8.09900000")
        #expect(try partner.call("POST", "\(Fixture.list)/\(id)/cancel").status == 200)
        #expect(try partner.get(target)["available_balance"] == "9.59950000")
        #expect(try partner.call("POST", "\(Fixture.list)/\(id)/cancel").status == 422)
    }

    @Test func `more than the available balance is created FAILED`() throws {
        let partner = try Partner.ofFixture()
        for (amount, state) in [("9.599", "PENDING"), ("0.0001", "FAILED")] {
            let body: JSON = [
                "reference": .string(amount), "address": "x", "amount": .string(amount),
            ]
            let created = try partner.call("POST", "\(Fixture.list)/withdrawal", body)
            let id = try #require(created.json["transaction_id"]?.text)
            #expect(try partner.get("\(Fixture.list)/\(id)")["state"] == .string(state))
        }
    }

    @Test func `a completed transfer appears on the receiver's side`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "settings", ["complete_immediately": true])
        let body: JSON = [
            "reference": "t1", "receiver_account_id": .string(Fixture.other), "amount": "2",
        ]
        let created = try partner.call("POST", "\(Fixture.list)/transfer", body)
        let id = try #require(created.json["transaction_id"]?.text)
        #expect(try partner.approve(id).status == 201)
        let receiver = Fixture.list.replacing(Fixture.account, with: Fixture.other)
        let incoming = try partner.get(receiver)["items"]?.elements?.first
        #expect(incoming?["type"] == "TRANSFER_INCOMING")
        #expect(incoming?["amount"] == "2.00000000")
        let account = "/v1/entities/\(Fixture.entity)/accounts/\(Fixture.other)"
        #expect(try partner.get(account)["balance"] == "2.00000000")
    }

    @Test(arguments: invalid)
    func `an invalid withdrawal names its parameter`(
        name: String, fault: String, body: JSON
    ) throws {
        let partner = try Partner.ofFixture()
        let reply = try partner.call("POST", "\(Fixture.list)/withdrawal", body)
        #expect(reply.status == 400)
        #expect(reply.json["message"] == "Invalid request")
        #expect(reply.json["params"] == .object([.init(name, .string(fault))]))
    }

    @Test func `a transaction that comes eventually is not found at first`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "settings", ["eventual_reads": 1])
        let created = try partner.call("POST", "\(Fixture.list)/withdrawal", withdrawal)
        let target = "\(Fixture.list)/\(created.json["transaction_id"]?.text ?? "")"
        #expect(try partner.call("GET", target).status == 404)
        #expect(try partner.call("GET", target).status == 200)
    }

    @Test func `a registered method is PENDING and one per type`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "scenario", ["entities": [["id": "second", "type": "BUSINESS"]]])
        let target = "/v1/entities/second/approval_methods"
        let key = String(repeating: "ab", count: 32)
        let body: JSON = ["type": "DSA_ED25519", "pub_key": .string(key)]
        let created = try partner.call("POST", target, body)
        #expect(created.status == 201)
        #expect(created.json["state"] == "PENDING")
        #expect(try partner.call("POST", target, body).status == 400)
        let id = created.json["id"]?.text ?? ""
        partner.control("POST", "approval_methods/\(id)/activate")
        #expect(try partner.get("\(target)/\(id)")["state"] == "ACTIVATED")
        #expect(try partner.get(target)["items"]?.elements?.count == 1)
    }
}
