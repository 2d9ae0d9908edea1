import CustodySandbox
import Testing

struct CancelTests {
    private let target = "\(Fixture.list)/\(Fixture.transaction)/cancel"

    private func state(_ partner: Partner, _ id: String = Fixture.transaction) throws -> JSON? {
        try partner.get("\(Fixture.list)/\(id)")["state"]
    }

    @Test func `a PENDING transaction is answered as CANCELLED and stays so`() throws {
        let partner = try Partner.ofFixture()
        let asked = try partner.ask()
        let before = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        let reply = try partner.call("POST", target, [:])
        #expect(reply.status == 200)
        for name in ["id", "account_id", "type", "amount", "fee_amount", "address"] {
            #expect(reply.json[name] == before[name])
        }
        #expect(reply.json["state"] == "CANCELLED")
        #expect(try state(partner) == "CANCELLED")
        let request = "/v1/approval_requests/\(asked["id"]?.text ?? "")"
        #expect(try partner.get(request)["state"] == "CANCELLED")
    }

    @Test func `what it had locked is available again, and is not given back twice`() throws {
        let partner = try Partner.ofFixture()
        let account = "/v1/entities/\(Fixture.entity)/accounts/\(Fixture.account)"
        let created = try partner.call(
            "POST", "\(Fixture.list)/withdrawal",
            ["reference": "w1", "address": "addr", "amount": "1.5"])
        let id = try #require(created.json["transaction_id"]?.text)
        let locked = try partner.get(account)
        #expect(locked["available_balance"] == "8.09900000")
        for status in [200, 422] {
            #expect(try partner.call("POST", "\(Fixture.list)/\(id)/cancel").status == status)
            let now = try partner.get(account)
            #expect(now["available_balance"] == "9.59950000")
            #expect(now["balance"] == locked["balance"])
        }
    }

    @Test(arguments: ["APPROVED", "COMPLETED", "FAILED", "CANCELLED"])
    func `only a PENDING transaction is cancelled`(text: String) throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "PATCH", "transactions/\(Fixture.transaction)", ["state": .string(text)])
        #expect(try partner.call("POST", target).status == 422)
        #expect(try state(partner) == .string(text))
    }

    @Test(arguments: [
        ("WITHDRAWAL", 200), ("TRANSFER_OUTGOING", 200), ("DEPOSIT", 422),
        ("TRANSFER_INCOMING", 422), ("WITHDRAWAL_FEE", 422),
    ])
    func `only what the partner asked for is cancelled`(type: String, status: Int) throws {
        let partner = try Partner.ofFixture()
        partner.control("PATCH", "transactions/\(Fixture.transaction)", ["type": .string(type)])
        #expect(try partner.call("POST", target).status == status)
        #expect(try state(partner) == (status == 200 ? "CANCELLED" : "PENDING"))
    }

    @Test func `a transaction is not found in another account or under another id`() throws {
        let partner = try Partner.ofFixture()
        let elsewhere = target.replacing(Fixture.account, with: Fixture.other)
        let unknown = target.replacing(Fixture.transaction, with: "nothing")
        for wrong in [elsewhere, unknown] {
            #expect(try partner.call("POST", wrong).status == 404)
        }
        #expect(try partner.call("GET", target).status == 404)
        #expect(try state(partner) == "PENDING")
    }

    @Test func `a cancellation with a wrong signature, digest or used nonce does nothing`() throws {
        let partner = try Partner.ofFixture()
        let other = try partner.request("POST", "\(target)x", [:])
        var moved = other
        moved.target = target
        var body = try partner.request("POST", target, [:])
        body.body = []
        _ = try partner.sandbox.respond(to: partner.request("GET", "/v1/assets", nonce: "n1"))
        let replayed = try partner.request("POST", target, [:], nonce: "n1")
        for request in [moved, body, replayed] {
            #expect(partner.sandbox.respond(to: request).status == 401)
        }
        #expect(try state(partner) == "PENDING")
    }

    @Test func `a fault after the effect leaves it CANCELLED, one before it PENDING`() throws {
        for (moment, expected) in [("before", "PENDING"), ("after", "CANCELLED")] {
            let partner = try Partner.ofFixture()
            partner.control(
                "POST", "faults",
                [
                    "match": ["endpoint": "cancel"],
                    "fault": ["kind": "status", "status": 500, "when": .string(moment)],
                ])
            #expect(try partner.call("POST", target, [:]).status == 500)
            #expect(try state(partner) == .string(expected))
        }
    }
}
