import CustodySandbox
import Testing

struct EntityTests {
    private let partner: Partner

    init() throws {
        partner = try Partner.ofFixture()
        let scenario: JSON = [
            "tiers": [
                ["id": "first", "level": 1, "send_limit": "10000.00", "send_interval": 3600],
                ["id": "second", "level": 2, "send_limit": "50000.00"],
            ],
            "entities": [
                [
                    "id": "company", "type": "BUSINESS", "name": "Mustermann GmbH",
                    "tier_id": "first", "tier_volume": "2300.45",
                    "tier_activated_at": "2019-04-02T13:15:47Z",
                ],
                ["id": "person", "type": "PERSON", "person_id": "p"],
                ["id": "anna", "type": "REPRESENTATIVE_PERSON", "person_id": "p"],
            ],
        ]
        try partner.sandbox.merge(scenario: scenario.bytes)
    }

    @Test(arguments: [
        "PENDING", "ACTIVE", "LOCKED", "INACTIVE", "CLOSING", "LEGALLY_CLOSED", "CLOSED",
    ])
    func `an entity shows its type and state`(state: String) throws {
        partner.control("PATCH", "entities/company", ["state": .string(state)])
        let shown = try partner.get("/v1/entities/company")
        #expect(shown["type"] == "BUSINESS" && shown["state"]?.text == state)
        #expect(shown["tier_id"] == nil && shown["tier_volume"] == nil)
    }

    @Test func `an unknown type or state is refused, a lie about them is not`() throws {
        let wrong = partner.control("POST", "entities", ["id": "x", "type": "ROBOT"])
        #expect(wrong.status == 400)
        #expect(partner.control("PATCH", "entities/company", ["state": "GONE"]).status == 400)
        #expect(partner.control("PATCH", "entities/company", ["id": "x"]).status == 400)
        #expect(partner.control("PATCH", "entities/nobody", ["state": "ACTIVE"]).status == 404)
        partner.control(
            "POST", "hostile", ["kind": "field_missing", "field": "state", "endpoint": "entity"])
        #expect(try partner.get("/v1/entities/company")["state"] == nil)
    }

    @Test func `an entity's tier is as the guide shows it`() throws {
        let tier = try partner.get("/v1/entities/company/tier")
        #expect(
            tier == [
                "id": "first", "send_limit": "10000.00", "send_interval": 3600,
                "advancement_interval": .null, "advancement_volume": .null, "volume": "2300.45",
                "activated_at": "2019-04-02T13:15:47Z",
            ])
        #expect(try partner.call("GET", "/v1/entities/person/tier").status == 404)
        #expect(try partner.call("GET", "/v1/entities/nobody/tier").status == 404)
    }

    @Test func `tiers are listed and read`() throws {
        let list = try partner.get("/v1/tiers?sort[]=level%20asc")
        #expect(list["items"]?.elements?.compactMap { $0["id"]?.text } == ["first", "second"])
        #expect(try partner.get("/v1/tiers/second")["send_limit"] == "50000.00")
        #expect(try partner.call("GET", "/v1/tiers/third").status == 404)
        let wrong = partner.control("POST", "entities", ["id": "x", "tier_id": "third"])
        #expect(wrong.status == 400)
    }

    @Test func `entities and methods are listed page by page with filters`() throws {
        let first = try partner.get("/v1/entities?pagination[page]=1&pagination[size]=3")
        #expect(first["items"]?.elements?.count == 3)
        #expect(first["pagination"] == ["next": 2, "prev": .null])
        let second = try partner.get("/v1/entities?pagination[page]=2&pagination[size]=3")
        #expect(second["items"]?.elements?.count == 1)
        #expect(second["pagination"] == ["next": .null, "prev": 1])
        let people = try partner.get("/v1/entities?filter[type]=PERSON")
        #expect(people["items"]?.elements?.compactMap { $0["id"]?.text } == ["person"])
        let path = "/v1/entities/\(Fixture.entity)/approval_methods"
        #expect(try partner.get("\(path)?filter[state]=PENDING")["items"] == [])
        #expect(try partner.get("\(path)?filter[state]=ACTIVATED")["items"]?.elements?.count == 1)
        #expect(try partner.call("GET", "\(path)?page=1").status == 400)
    }

    @Test(arguments: [
        ("anna", "SMS", 201), ("person", "AUTHY_PUSH", 201), ("company", "SMS", 400),
        ("company", "GROUP", 400), ("anna", "DSA_ED25519", 400), ("person", "PIGEON", 400),
    ])
    func `who may register which method`(entity: String, type: String, status: Int) throws {
        let reply = try partner.call(
            "POST", "/v1/entities/\(entity)/approval_methods", ["type": .string(type)])
        #expect(reply.status == status)
        if status == 201 {
            #expect(reply.json["state"] == "PENDING" && reply.json["pub_key"] == nil)
        }
    }

    @Test func `the operator registers a group, and a method without one is none`() throws {
        let group: JSON = ["quorum": 1, "members": ["anna"]]
        let made = partner.control(
            "POST", "approval_methods",
            [
                "id": "board", "entity_id": "company", "type": "GROUP", "state": "ACTIVATED",
                "approval_group": group,
            ])
        #expect(made.status == 201 && made.json["ids"] == ["board"])
        let shown = try partner.get("/v1/entities/company/approval_methods/board")
        #expect(shown["approval_group"]?["id"]?.text?.hasSuffix("apgr") == true)
        #expect(shown["approval_group"]?["members"] == ["anna"])
        let none = partner.control(
            "POST", "approval_methods", ["entity_id": "company", "type": "GROUP"])
        #expect(none.status == 400)
        let listed = partner.control("GET", "approval_methods").json["items"]?.elements
        #expect(listed?.contains { $0["id"] == "board" } == true)
    }

    @Test func `tiers and entities survive a restart`() throws {
        let restored = try Partner(Sandbox(state: partner.sandbox.state))
        let path = "/v1/entities/company/tier"
        #expect(try restored.get(path) == partner.get(path))
        #expect(restored.control("GET", "entities").body == partner.control("GET", "entities").body)
    }
}
