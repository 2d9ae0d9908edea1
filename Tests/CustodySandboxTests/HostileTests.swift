import CustodySandbox
import Testing

struct HostileTests {
    private let usual = [
        "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
    ]

    private func attrs(_ rule: JSON) throws -> [String]? {
        let partner = try Partner.ofFixture()
        try #require(partner.control("POST", "hostile", rule).status == 200)
        return try partner.ask()["challenge"]?["attrs"]?.elements?.compactMap(\.text)
    }

    private func transaction(_ rule: JSON) throws -> Reply {
        let partner = try Partner.ofFixture()
        try #require(partner.control("POST", "hostile", rule).status == 200)
        return try partner.call("GET", "\(Fixture.list)/\(Fixture.transaction)")
    }

    @Test func `challenge attributes are changed as told`() throws {
        #expect(
            try attrs(["kind": "omit_attr", "name": "address"]) == usual.filter { $0 != "address" })
        #expect(try attrs(["kind": "add_attr", "name": "memo"]) == usual + ["memo"])
        #expect(
            try attrs(["kind": "add_attr", "name": "memo", "position": 0]) == ["memo"] + usual)
        #expect(try attrs(["kind": "reorder_attrs"]) == usual.reversed())
        #expect(try attrs(["kind": "reorder_attrs", "order": ["type", "id"]]) == ["type", "id"])
        #expect(try attrs(["kind": "duplicate_attr", "name": "amount"]) == usual + ["amount"])
        #expect(try attrs(["kind": "empty_attrs"]) == [])
        #expect(try attrs(["kind": "set_attrs", "attrs": ["a:b", "id\n"]]) == ["a:b", "id\n"])
    }

    @Test func `a weakened challenge is verified as it was asked`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "hostile", ["kind": "omit_attr", "name": "address"])
        let asked = try partner.ask()
        let transaction = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        let message = partner.message(asked, transaction)
        #expect(!message.contains("address"))
        #expect(try partner.answer(asked, message).status == 201)
    }

    @Test func `a challenge can also change only when it is read`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "hostile", ["kind": "empty_attrs", "at": "read"])
        let asked = try partner.ask()
        #expect(asked["challenge"]?["attrs"]?.elements?.count == 7)
        let read = try partner.get("/v1/approval_requests/\(asked["id"]?.text ?? "")")
        #expect(read["challenge"]?["attrs"] == [])
    }

    @Test func `fields take any value or literal`() throws {
        #expect(
            try transaction(["kind": "field_null", "field": "address"]).json["address"] == .null)
        let number = try transaction(["kind": "field_number", "field": "amount", "value": "-4e-1"])
        #expect(number.json["amount"] == .number("-4e-1"))
        let text = "a\r\nb\u{0}\u{7f}é"
        let value = try transaction(
            ["kind": "field_value", "field": "reference", "value": .string(text)])
        #expect(value.json["reference"]?.text.map { Array($0.utf8) } == Array(text.utf8))
        let missing = try transaction(["kind": "field_missing", "field": "state"])
        #expect(missing.status == 200)
        #expect(missing.json["id"] != nil)
        #expect(missing.json["state"] == nil)
        #expect(try transaction(["kind": "bad_id", "value": "../x"]).json["id"] == "../x")
    }

    @Test func `a duplicate key stands in the text twice`() throws {
        for (position, last) in [("first", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), ("last", "evil")]
        {
            let reply = try transaction(
                [
                    "kind": "duplicate_key", "field": "address", "value": "evil",
                    "position": .string(position),
                ])
            #expect(reply.text.components(count: "\"address\":") == 2)
            #expect(reply.json["address"] == .string(last))
        }
    }

    @Test func `a change on read holds from that read on, and truly`() throws {
        for persist in [true, false] {
            let partner = try Partner.ofFixture()
            partner.control(
                "POST", "hostile",
                [
                    "kind": "change_on_read", "transaction_id": .string(Fixture.transaction),
                    "read": 2, "field": "address", "value": "evil", "persist": .bool(persist),
                ])
            let target = "\(Fixture.list)/\(Fixture.transaction)"
            let reads = try (0..<3).map { _ in try partner.get(target)["address"]?.text }
            #expect(reads == ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "evil", "evil"])
            let kept = partner.control("GET", "transactions/\(Fixture.transaction)").json
            #expect((kept["transaction"]?["address"] == "evil") == persist)
        }
    }

    @Test func `ignored filters return every state and type`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "transactions/\(Fixture.transaction)/cancel")
        let target = "\(Fixture.list)?filter[state]=PENDING&filter[type]=DEPOSIT"
        #expect(try partner.get(target)["items"] == [])
        partner.control("POST", "hostile", ["kind": "ignore_filters", "times": 1])
        #expect(try partner.get(target)["items"]?.elements?.count == 1)
        #expect(try partner.get(target)["items"] == [])
    }

    @Test func `a request can speak of something else`() throws {
        let partner = try Partner.ofFixture()
        let rules: [JSON] = [
            ["kind": "foreign_request", "field": "resource_id", "value": "else"],
            ["kind": "foreign_request", "field": "state", "value": "APPROVED"],
            ["kind": "request_id_equals_resource_id", "endpoint": "get_request"],
        ]
        partner.control("POST", "hostile", .array(rules))
        let asked = try partner.ask()
        #expect(asked["resource_id"] == "else")
        #expect(asked["state"] == "APPROVED")
        let read = try partner.get("/v1/approval_requests/\(asked["id"]?.text ?? "")")
        #expect(read["id"] == "else")
    }

    @Test func `broken JSON does not parse`() throws {
        for fault in ["trailing_comma", "bom", "nan", "truncated"] {
            let rule: JSON = ["kind": "bad_json", "fault": .string(fault)]
            let reply = try transaction(rule)
            #expect(reply.status == 200)
            #expect(throws: JSONSyntaxError.self, "\(fault)") { try JSON(parsing: reply.body) }
        }
    }

    @Test func `one broken item spoils only the page that has it`() throws {
        let partner = try Partner.ofFixture()
        let sound: JSON = [
            "account_id": .string(Fixture.account), "created_at": "2020-01-01T00:00:00Z",
        ]
        partner.control("POST", "transactions", sound)
        partner.control(
            "POST", "hostile",
            [
                "kind": "bad_json", "transaction_id": .string(Fixture.transaction),
                "endpoint": ["list"],
            ])
        let page = "\(Fixture.list)?sort[]=created_at%20asc&pagination[size]="
        let spoiled = try partner.call("GET", "\(page)2")
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: spoiled.body) }
        #expect(try partner.get("\(page)1")["items"]?.elements?.count == 1)
        #expect(try partner.get("\(Fixture.list)/\(Fixture.transaction)")["state"] == "PENDING")
    }

    @Test func `pagination lies as told`() throws {
        for (fault, next) in [("next_null", JSON.null), ("loop", 1), ("empty_page", 2)] {
            let partner = try Partner.ofFixture()
            partner.control(
                "POST", "transactions/generate",
                ["account_id": .string(Fixture.account), "count": 5])
            partner.control("POST", "hostile", ["kind": "pagination", "fault": .string(fault)])
            let list = try partner.get("\(Fixture.list)?pagination[size]=2")
            #expect(list["pagination"]?["next"] == next)
            #expect(list["items"]?.elements?.count == (fault == "empty_page" ? 0 : 2))
        }
        let partner = try Partner.ofFixture()
        partner.control("POST", "hostile", ["kind": "pagination", "fault": "no_object"])
        let list = try partner.get(Fixture.list)
        #expect(list["items"]?.elements?.count == 1)
        #expect(list["pagination"] == nil)
    }

    @Test func `rules reach the other objects where an endpoint is named`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "hostile",
            [
                "kind": "field_value", "endpoint": "approval_method", "field": "pub_key",
                "value": "00",
            ])
        let target = "/v1/entities/\(Fixture.entity)/approval_methods/\(Fixture.method)"
        #expect(try partner.get(target)["pub_key"] == "00")
        #expect(partner.control("DELETE", "hostile").status == 200)
        #expect(try partner.get(target)["pub_key"] != "00")
    }

    @Test(
        arguments: [
            ["kind": "bite"], ["kind": "omit_attr"], ["kind": "field_value", "field": "x"],
            ["kind": "bad_json", "endpoint": "nowhere"], ["kind": "field_null", "colour": "red"],
        ] as [JSON])
    func `a malformed hostile rule is refused`(rule: JSON) throws {
        let partner = try Partner.ofFixture()
        #expect(partner.control("POST", "hostile", rule).status == 400)
    }
}

extension String {
    fileprivate func components(count part: String) -> Int {
        ranges(of: part).count
    }
}
