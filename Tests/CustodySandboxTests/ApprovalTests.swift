import CustodySandbox
import Testing

struct ApprovalTests {
    private func state(_ partner: Partner) throws -> JSON? {
        try partner.get("\(Fixture.list)/\(Fixture.transaction)")["state"]
    }

    private func attempts(_ partner: Partner) -> [JSON] {
        partner.control("GET", "transactions/\(Fixture.transaction)").json["approvals"]?
            .elements ?? []
    }

    @Test func `a right response approves request and transaction`() throws {
        let partner = try Partner.ofFixture()
        let reply = try partner.approve()
        #expect(reply.status == 201)
        #expect(reply.json["state"] == "APPROVED")
        #expect(try state(partner) == "APPROVED")
        let attempt = try #require(attempts(partner).first)
        #expect(attempt["accepted"] == true)
        #expect(attempt["sent_sha256"] == attempt["challenge_sha256"])
        #expect(try partner.report("approvals_accepted") == 1)
        let sums = try partner.report("approved_by_account")?[Fixture.account]
        #expect(sums?["amount"] == "0.40000000")
        #expect(sums?["fee_amount"] == "0.00050000")
    }

    @Test func `a response over another message is refused and recorded`() throws {
        let partner = try Partner.ofFixture()
        let asked = try partner.ask()
        let reply = try partner.answer(asked, "id: something else")
        #expect(reply.status == 422)
        #expect(try state(partner) == "PENDING")
        #expect(attempts(partner).map { $0["accepted"] } == [false])
        let transaction = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        let again = try partner.answer(asked, partner.message(asked, transaction))
        #expect(again.status == 201)
        #expect(
            try partner.report("transactions_with_several_challenges")
                == [.string(Fixture.transaction)])
    }

    @Test func `a wrong challenge digest or an upper-case response is refused`() throws {
        let partner = try Partner.ofFixture()
        let asked = try partner.ask()
        let id = asked["id"]?.text ?? ""
        let transaction = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        let right = try partner.response(to: partner.message(asked, transaction))
        let response = right["response"]?.text ?? ""
        let bodies: [JSON] = [
            ["challenge": ["sha256": "00"], "response": .string(response)],
            ["response": .string(response.uppercased())],
        ]
        for body in bodies {
            let reply = try partner.call("POST", "/v1/approval_requests/\(id)/approve", body)
            #expect(reply.status == 422)
        }
        let bare: JSON = ["response": .string(response)]
        let reply = try partner.call("POST", "/v1/approval_requests/\(id)/approve", bare)
        #expect(reply.status == 201)
    }

    @Test func `a second approval is refused, and accepted only where told so`() throws {
        let partner = try Partner.ofFixture()
        let (first, second) = (try partner.ask(), try partner.ask())
        let transaction = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        let message = partner.message(first, transaction)
        #expect(try partner.answer(first, message).status == 201)
        #expect(try partner.answer(first, message).status == 422)
        #expect(try partner.answer(second, message).status == 422)
        partner.control("POST", "settings", ["accept_repeated_approvals": true])
        #expect(try partner.answer(second, message).status == 201)
        #expect(
            try partner.report("transactions_with_several_accepted_approvals")
                == [.string(Fixture.transaction)])
    }

    @Test func `a request shows CREATING for as many reads as set`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "settings", ["creating_reads": 2])
        let asked = try partner.ask()
        #expect(asked["state"] == "CREATING")
        #expect(asked["challenge"] == nil)
        let target = "/v1/approval_requests/\(asked["id"]?.text ?? "")"
        #expect(try partner.get(target)["state"] == "CREATING")
        #expect(try partner.get(target)["state"] == "CREATING")
        #expect(try partner.get(target)["state"] == "PENDING")
    }

    @Test func `a cancelled or failed transaction takes its requests along`() throws {
        for (action, expected) in [("cancel", "CANCELLED"), ("fail", "FAILED")] {
            let partner = try Partner.ofFixture()
            let asked = try partner.ask()
            partner.control("POST", "transactions/\(Fixture.transaction)/\(action)")
            let target = "/v1/approval_requests/\(asked["id"]?.text ?? "")"
            #expect(try partner.get(target)["state"] == .string(expected))
            #expect(try partner.answer(asked, "x").status == 422)
        }
    }

    @Test func `only an activated method of the entity can be asked for`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "approval_methods/\(Fixture.method)/deactivate")
        let body: JSON = [
            "approval_method_id": .string(Fixture.method), "entity_id": .string(Fixture.entity),
            "resource_id": .string(Fixture.transaction), "resource_type": "TRANSACTION",
        ]
        let reply = try partner.call("POST", "/v1/approval_requests", body)
        #expect(reply.status == 400)
        #expect(reply.json["params"]?["approval_method_id"] == "invalid")
        partner.control("POST", "approval_methods/\(Fixture.method)/activate")
        #expect(try partner.call("POST", "/v1/approval_requests", body).status == 201)
    }

    @Test func `completing at once moves balances and books the fee`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "settings", ["complete_immediately": true])
        #expect(try partner.approve().status == 201)
        #expect(try state(partner) == "COMPLETED")
        let account = try partner.get(
            "/v1/entities/\(Fixture.entity)/accounts/\(Fixture.account)")
        #expect(account["balance"] == "9.59950000")
        #expect(account["available_balance"] == "9.59950000")
        let fees = try partner.get("\(Fixture.list)?filter[type]=WITHDRAWAL_FEE")["items"]
        #expect(fees?.elements?.first?["amount"] == "-0.00050000")
        #expect(fees?.elements?.first?["linked_tx_ids"] == [.string(Fixture.transaction)])
    }

    @Test func `the published challenges verify with their published responses`() throws {
        let vectors = try Vectors.load()["challenge"]?.elements ?? []
        try #require(vectors.count == 4)
        for vector in vectors {
            let partner = try Partner.ofFixture()
            var members = vector["transaction"]?.members ?? []
            let id = vector["transaction"]?["id"]?.text ?? ""
            members.removeAll { $0.name == "account_id" }
            let account = vector["transaction"]?["account_id"]?.text ?? ""
            partner.control(
                "POST", "scenario",
                [
                    "accounts": [
                        [
                            "id": .string(account), "entity_id": .string(Fixture.entity),
                            "asset_id": .string(Fixture.asset),
                        ]
                    ],
                    "transactions": [
                        .object(members + [.init("account_id", .string(account))])
                    ],
                    "approval_methods": [
                        [
                            "id": .string(Fixture.method), "entity_id": .string(Fixture.entity),
                            "state": "ACTIVATED", "pub_key": vector["pub_hex"] ?? .null,
                        ]
                    ],
                    "hostile": [["kind": "set_attrs", "attrs": vector["attrs"] ?? .null]],
                ])
            let asked = try partner.ask(id)
            let reply = try partner.call(
                "POST", "/v1/approval_requests/\(asked["id"]?.text ?? "")/approve",
                [
                    "challenge": ["sha256": vector["sha256_hex"] ?? .null],
                    "response": vector["response_hex"] ?? .null,
                ])
            #expect(reply.status == 201, "\(vector["name"]?.text ?? ""): \(reply.text)")
        }
    }
}
