import CustodySandbox
import Testing

struct ControlTests {
    @Test func `an unknown call or key names what is accepted`() throws {
        let partner = try Partner.ofFixture()
        let call = partner.control("GET", "anything")
        #expect(call.status == 404)
        #expect(call.json["message"]?.text?.contains("POST /sandbox/scenario") == true)
        let key = partner.control("POST", "scenario", ["colour": "red"])
        #expect(key.status == 400)
        #expect(key.json["message"]?.text?.contains("\"colour\"; accepted: keys") == true)
        #expect(partner.control("POST", "clock", ["advance": 1]).status == 400)
        #expect(partner.control("GET", "requests?until=1").status == 400)
    }

    @Test func `a scenario that is refused changes nothing`() throws {
        let partner = try Partner.ofFixture()
        let before = partner.sandbox.state
        let reply = partner.control(
            "POST", "scenario",
            [
                "entities": [["id": "new", "type": "PARTNER"]],
                "accounts": [["entity_id": "new", "asset_id": "none"]],
            ])
        #expect(reply.status == 400)
        #expect(reply.json["message"] == "accounts[0].asset_id: no asset \"none\"")
        #expect(partner.sandbox.state == before)
    }

    @Test func `raw transactions keep their fields, literals and gaps filled`() throws {
        let partner = try Partner.ofFixture()
        let reply = partner.sandbox.respond(
            to: ReceivedRequest(
                method: "POST", target: "/sandbox/transactions",
                body: Array(
                    """
                    {"account_id":"\(Fixture.account)","amount":-1.50,"extra":{"a":[1]},\
                    "state":"ODD"}
                    """.utf8)))
        let id = try #require(reply.json["ids"]?.elements?.first?.text)
        #expect(id.utf8.count == 36)
        let shown = try partner.get("\(Fixture.list)/\(id)")
        #expect(shown["amount"] == .number("-1.50"))
        #expect(shown["extra"] == ["a": [1]])
        #expect(shown["state"] == "ODD")
        #expect(shown["reference"]?.text?.isEmpty == false)
        let taken: JSON = ["id": .string(id), "account_id": .string(Fixture.account)]
        #expect(partner.control("POST", "transactions", taken).status == 400)
    }

    @Test func `every request is recorded with what it proved`() throws {
        let partner = try Partner.ofFixture()
        _ = try partner.call("GET", "/v1/assets")
        _ = partner.sandbox.respond(to: ReceivedRequest(method: "GET", target: "/v1/entities"))
        let list = partner.control("GET", "requests").json
        let items = try #require(list["items"]?.elements)
        #expect(items.map { $0["status"]?.integer } == [200, 401])
        #expect(items.map { $0["verified"] } == [true, false])
        #expect(items[0]["key_id"] == "partner-1")
        #expect(items[0]["nonce"]?.text?.count == 32)
        #expect(partner.control("GET", "requests?since=1").json["items"]?.elements?.count == 1)
        #expect(try partner.report("requests_by_endpoint")?["GET assets"] == 1)
        partner.control("DELETE", "requests")
        #expect(try partner.report("requests") == 0)
        #expect(partner.control("GET", "requests").json["last"] == 2)
    }

    @Test func `balances, clock and request states can be set`() throws {
        let partner = try Partner.ofFixture()
        let set = partner.control(
            "POST", "balances", ["account_id": .string(Fixture.other), "balance": "3.25"])
        #expect(set.status == 200)
        let account = "/v1/entities/\(Fixture.entity)/accounts/\(Fixture.other)"
        #expect(try partner.get(account)["balance"] == "3.25000000")
        let asked = try partner.ask()
        let target = "approval_requests/\(asked["id"]?.text ?? "")"
        let changed = partner.control("PATCH", target, ["state": "CANCELLED"])
        #expect(changed.json["state"] == "CANCELLED")
        #expect(try partner.answer(asked, "x").status == 422)
        #expect(partner.sandbox.dateHeader?.hasSuffix(" GMT") == true)
        partner.control("POST", "clock", ["date_header": false])
        #expect(partner.sandbox.dateHeader == nil)
    }

    @Test func `a state file gives the same platform back`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "settings", ["creating_reads": 1, "accept_repeated_approvals": true])
        partner.control("POST", "clock", ["offset_seconds": 5])
        partner.control("POST", "faults", ["times": 1, "fault": ["kind": "drop"]])
        partner.control("POST", "hostile", ["kind": "field_null", "field": "memo"])
        let used = try partner.request("GET", "/v1/entities", nonce: "once")
        #expect(partner.sandbox.respond(to: used).delivery == .dropped)
        let asked = try partner.ask()
        let target = "/v1/approval_requests/\(asked["id"]?.text ?? "")"
        #expect(try partner.get(target)["state"] == "CREATING")
        let pending = try partner.get(target)
        let transaction = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        #expect(try partner.answer(pending, partner.message(pending, transaction)).status == 201)

        partner.control(
            "POST", "transactions/generate",
            ["account_id": .string(Fixture.account), "count": 40])
        let restored = try Sandbox(state: partner.sandbox.state)
        #expect(restored.state == partner.sandbox.state)
        let later = try Partner(restored)
        #expect(try later.report("approvals_accepted") == 1)
        let again = try later.request("GET", "/v1/entities", nonce: "once")
        #expect(restored.respond(to: again).status == 401)
        #expect(try later.get("\(Fixture.list)/\(Fixture.transaction)")["state"] == "APPROVED")
    }

    @Test func `the same seed gives the same ids`() throws {
        let ids = try (0..<2).map { _ in try Partner.ofFixture(seed: 7).ask()["id"] }
        #expect(ids[0] == ids[1])
        #expect(try Partner.ofFixture(seed: 8).ask()["id"] != ids[0])
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:0", "1970-01-01T00:0"),
        (951_782_400, "Tue, 29 Feb 2000 00:0", "2000-02-29T00:0"),
        (1_735_689_540, "Tue, 31 Dec 2024 23:59:", "2024-12-31T23:59:"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:0", "2100-03-01T00:0"),
    ])
    func `the sandbox's clock shows in headers and timestamps`(
        seconds: Int, header: String, timestamp: String
    ) throws {
        let partner = try Partner.ofFixture()
        let offset = seconds - Partner.now
        let clock = partner.control("POST", "clock", ["offset_seconds": .number("\(offset)")])
        #expect(partner.sandbox.dateHeader?.hasPrefix(header) == true)
        #expect(clock.json["now"]?.text?.hasPrefix(timestamp) == true)
    }

    @Test func `a token's fee is paid from the holder's account in the base asset`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "scenario",
            [
                "assets": [
                    [
                        "id": "token", "type": "TOKEN", "precision": 6,
                        "base_asset_id": .string(Fixture.asset), "withdrawal_fee": "0.25",
                    ]
                ],
                "accounts": [
                    ["id": "t", "entity_id": .string(Fixture.entity), "asset_id": "token"]
                ],
            ])
        let added = partner.control("POST", "transactions", ["account_id": "t", "amount": "-5"])
        let id = try #require(added.json["ids"]?.elements?.first?.text)
        let shown = partner.control("GET", "transactions/\(id)").json["transaction"]
        #expect(shown?["fee_account_id"] == .string(Fixture.account))
        #expect(shown?["fee_amount"] == "0.25000000")
        let payer = "/v1/entities/\(Fixture.entity)/accounts/\(Fixture.account)"
        #expect(try partner.get(payer)["available_balance"] == "9.34950000")
    }

    @Test func `what is no state or scenario is refused`() {
        #expect(throws: ControlError.self) { try Sandbox(state: Array("{}".utf8)) }
        #expect(throws: ControlError.self) { try Sandbox(state: Array("{".utf8)) }
        #expect(throws: ControlError.self) {
            try Sandbox(seed: 1).merge(scenario: Array("{\"keys\":[{}]}".utf8))
        }
    }

    @Test func `a refused list of transactions leaves no trace`() throws {
        let partner = try Partner.ofFixture()
        let before = partner.sandbox.state
        let reply = partner.control(
            "POST", "transactions",
            [
                ["account_id": .string(Fixture.account), "reference": "new"],
                ["account_id": "nowhere"],
            ])
        #expect(reply.status == 400)
        #expect(partner.sandbox.state == before)
    }
}
