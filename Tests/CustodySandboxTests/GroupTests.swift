import CustodySandbox
import Testing

struct GroupTests {
    @Test(arguments: [
        ["anna-enty", "bora-enty"], ["bora-enty", "anna-enty"], ["carl-enty", "anna-enty"],
        ["bora-enty", "carl-enty"],
    ])
    func `two different members approve the transaction in any order`(order: [String]) throws {
        let board = try Board()
        let parent = try board.ask()
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        _ = try board.ask(Board.bora, "bora-push", for: parent)
        _ = try board.ask(Board.carl, "carl-push", for: parent)
        #expect(board.partner.control("POST", "entities/\(order[0])/approve").status == 200)
        #expect(try board.state(parent) == "PENDING")
        #expect(try board.transactionState == "PENDING")
        #expect(board.partner.control("POST", "entities/\(order[1])/approve").status == 200)
        #expect(try board.state(parent) == "APPROVED")
        #expect(try board.transactionState == "APPROVED")
    }

    @Test func `the requests of those who were not needed are cancelled`() throws {
        let board = try Board()
        let parent = try board.ask()
        let anna = try board.ask(Board.anna, "anna-sms", for: parent)
        let bora = try board.ask(Board.bora, "bora-push", for: parent)
        let carl = try board.ask(Board.carl, "carl-sms", for: parent)
        #expect(try board.approve(anna, code: "012345").json["state"] == "APPROVED")
        board.partner.control("POST", "approval_requests/\(bora)/approve")
        #expect(try board.state(carl) == "CANCELLED")
        #expect(try board.approve(carl, code: "012345").status == 422)
    }

    @Test func `one member who approves twice counts once`() throws {
        let board = try Board()
        let parent = try board.ask()
        _ = try board.ask(Board.carl, "carl-sms", for: parent)
        _ = try board.ask(Board.carl, "carl-push", for: parent)
        board.partner.control("POST", "entities/\(Board.carl)/approve")
        let shown = board.partner.control("GET", "approval_requests/\(parent)").json
        let states = shown["children"]?.elements?.map { $0["state"]?.text }
        #expect(states == ["APPROVED", "APPROVED"])
        #expect(try board.state(parent) == "PENDING")
    }

    @Test func `a request shows its method, holder and group`() throws {
        let board = try Board()
        let parent = try board.ask()
        let shown = try board.partner.get("/v1/approval_requests/\(parent)")
        #expect(shown["type"] == "GROUP" && shown["resource_type"] == "TRANSACTION")
        #expect(shown["approval_group_id"]?.text == Board.group)
        #expect(shown["entity_id"]?.text == Board.company)
        #expect(shown["approval_method_id"]?.text == Board.method)
        #expect(shown["challenge"] == nil)
        let child = try board.ask(Board.anna, "anna-sms", for: parent)
        let member = try board.partner.get("/v1/approval_requests/\(child)")
        #expect(member["type"] == "SMS" && member["resource_type"] == "APPROVAL_REQUEST")
        #expect(member["resource_id"]?.text == parent)
        #expect(member["entity_id"]?.text == Board.anna)
        #expect(member["approval_group_id"] == nil && member["challenge"] == nil)
    }

    @Test(arguments: [
        ("dora-sms", "dora-enty", "entity_id"), ("anna-sms", "bora-enty", "approval_method_id"),
        (Board.method, Board.company, "approval_method_id"),
        ("company-sms", Board.company, "entity_id"), ("nothing", "anna-enty", "approval_method_id"),
    ])
    func `who is no member, or has no such method, is not asked`(
        method: String, entity: String, fault: String
    ) throws {
        let board = try Board()
        let reply = try board.create(method, entity, board.ask(), "APPROVAL_REQUEST")
        #expect(reply.status == 400)
        #expect(reply.json["params"]?.members?.map(\.name) == [fault])
    }

    @Test(arguments: ["PENDING", "DEACTIVATED"])
    func `a member's method must be activated`(state: String) throws {
        let board = try Board()
        let parent = try board.ask()
        board.partner.control("PATCH", "approval_methods/anna-sms", ["state": .string(state)])
        let reply = try board.create("anna-sms", Board.anna, parent, "APPROVAL_REQUEST")
        #expect(reply.json["params"]?["approval_method_id"] == "invalid")
    }

    @Test func `a member who is locked is not asked`() throws {
        let board = try Board()
        let parent = try board.ask()
        board.partner.control("PATCH", "entities/\(Board.anna)", ["state": "LOCKED"])
        let reply = try board.create("anna-sms", Board.anna, parent, "APPROVAL_REQUEST")
        #expect(reply.json["params"]?["entity_id"] == "invalid")
    }

    @Test func `only a PENDING GROUP request takes members' requests`() throws {
        let board = try Board()
        let sms = try board.ask("company-sms")
        let parent = try board.ask()
        func fault(_ resource: String) throws -> JSON? {
            try board.create("anna-sms", Board.anna, resource, "APPROVAL_REQUEST")
                .json["params"]?["resource_id"]
        }
        #expect(try fault(sms) == "invalid")
        #expect(try fault("nothing") == "not_found")
        #expect(try fault(Board.transaction) == "not_found")
        board.partner.control("POST", "approval_requests/\(parent)/expire")
        #expect(try fault(parent) == "invalid")
    }

    @Test func `a GROUP request that is CREATING takes no members' requests`() throws {
        let board = try Board(settings: ["creating_reads": 1])
        let parent = try board.ask()
        #expect(try board.create("anna-sms", Board.anna, parent, "APPROVAL_REQUEST").status == 400)
        #expect(try board.state(parent) == "CREATING")
        #expect(try board.state(parent) == "PENDING")
        let child = try board.ask(Board.anna, "anna-sms", for: parent)
        #expect(try board.state(child) == "PENDING")
    }

    @Test func `nobody approves a GROUP request through the API`() throws {
        let board = try Board()
        let parent = try board.ask()
        #expect(try board.approve(parent, code: "012345").status == 422)
        #expect(try board.state(parent) == "PENDING")
    }

    @Test func `the group belongs to its holder's transactions only`() throws {
        let board = try Board()
        let foreign = try board.create(
            Board.method, Board.company, Fixture.transaction, "TRANSACTION")
        #expect(foreign.json["params"]?["resource_id"] == "invalid")
        let type = try board.create(Board.method, Board.company, Board.transaction, "TRADE")
        #expect(type.json["params"]?["resource_type"] == "invalid")
    }

    @Test func `a cancelled transaction takes parent and children along`() throws {
        let board = try Board()
        let parent = try board.ask()
        let child = try board.ask(Board.anna, "anna-sms", for: parent)
        let cancel = try board.partner.call(
            "POST", "\(Board.path)/\(Board.transaction)/cancel")
        #expect(cancel.status == 200)
        #expect(try board.state(parent) == "CANCELLED")
        #expect(try board.state(child) == "CANCELLED")
    }
}
