import CustodySandbox
import Testing

/// What the operator of the platform, or somebody else, changes while people are being asked.
struct InFlightTests {
    private let board: Board
    private let parent: String

    init() throws {
        board = try Board()
        parent = try board.ask()
    }

    private func approve(_ member: String) -> Int {
        board.partner.control("POST", "entities/\(member)/approve").status
    }

    private func change(_ group: JSON) -> Int {
        board.partner.control(
            "PATCH", "approval_methods/\(Board.method)", ["approval_group": group]
        ).status
    }

    private var shownGroup: JSON? {
        get throws {
            try board.partner.get("/v1/entities/\(Board.company)/approval_methods/\(Board.method)")[
                "approval_group"]
        }
    }

    @Test func `a lowered quorum lets through what has enough approvals`() throws {
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        #expect(approve(Board.anna) == 200)
        #expect(try board.transactionState == "PENDING")
        #expect(change(["quorum": 1]) == 200)
        #expect(try board.state(parent) == "APPROVED")
        #expect(try board.transactionState == "APPROVED")
        #expect(try shownGroup?["quorum"] == 1)
        #expect(try shownGroup?["id"]?.text == Board.group)
        #expect(try shownGroup?["members"]?.elements?.count == 3)
    }

    @Test func `a quorum of nobody still needs one`() throws {
        #expect(change(["quorum": 0]) == 200)
        #expect(try board.state(parent) == "PENDING")
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        #expect(approve(Board.anna) == 200)
        #expect(try board.state(parent) == "APPROVED")
    }

    @Test func `a raised quorum needs more`() throws {
        #expect(change(["quorum": 3]) == 200)
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        _ = try board.ask(Board.bora, "bora-push", for: parent)
        _ = try board.ask(Board.carl, "carl-sms", for: parent)
        _ = (approve(Board.anna), approve(Board.bora))
        #expect(try board.state(parent) == "PENDING")
        #expect(approve(Board.carl) == 200)
        #expect(try board.state(parent) == "APPROVED")
    }

    @Test func `who was swapped out no longer counts`() throws {
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        _ = try board.ask(Board.bora, "bora-push", for: parent)
        #expect(approve(Board.anna) == 200)
        #expect(change(["members": ["bora-enty", "carl-enty", "dora-enty"]]) == 200)
        #expect(approve(Board.bora) == 200)
        #expect(try board.state(parent) == "PENDING")
        #expect(try board.create("anna-sms", Board.anna, parent, "APPROVAL_REQUEST").status == 400)
        _ = try board.ask("dora-enty", "dora-sms", for: parent)
        #expect(approve("dora-enty") == 200)
        #expect(try board.state(parent) == "APPROVED")
    }

    @Test func `a deactivated group approves nothing until it is activated`() throws {
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        _ = try board.ask(Board.bora, "bora-push", for: parent)
        board.partner.control("POST", "approval_methods/\(Board.method)/deactivate")
        #expect(try board.create("carl-sms", Board.carl, parent, "APPROVAL_REQUEST").status == 400)
        #expect(approve(Board.anna) == 200)
        #expect(approve(Board.bora) == 200)
        #expect(try board.state(parent) == "PENDING")
        board.partner.control("POST", "approval_methods/\(Board.method)/activate")
        #expect(try board.state(parent) == "APPROVED")
    }

    @Test func `a group with an unknown member or no number is refused`() {
        #expect(change(["members": ["nobody"]]) == 400)
        #expect(change(["quorum": "2"]) == 400)
        #expect(change(["memmbers": []]) == 400)
        #expect(board.partner.control("PATCH", "approval_methods/x", [:]).status == 404)
        let state = board.partner.control(
            "PATCH", "approval_methods/\(Board.method)", ["state": "GONE"])
        #expect(state.status == 400)
    }

    @Test func `a GROUP request can be approved without a member's request`() throws {
        board.partner.control("POST", "approval_requests/\(parent)/approve")
        #expect(try board.state(parent) == "APPROVED")
        #expect(try board.transactionState == "APPROVED")
    }

    @Test func `somebody else's request counts like the partner's and is told apart`() throws {
        let own = try board.ask(Board.anna, "anna-sms", for: parent)
        let made = board.partner.control(
            "POST", "approval_requests",
            ["resource_id": .string(parent), "entity_id": .string(Board.carl)])
        #expect(made.status == 201)
        #expect(made.json["type"] == "SMS" && made.json["of_partner"] == false)
        #expect(approve(Board.anna) == 200)
        #expect(approve(Board.carl) == 200)
        #expect(try board.state(parent) == "APPROVED")
        let items = board.partner.control(
            "GET", "transactions/\(Board.transaction)/approval_requests"
        ).json["items"]?.elements
        let children = try #require(items?.first?["children"]?.elements)
        #expect(children.map { $0["of_partner"] } == [true, false])
        #expect(children.first?["id"]?.text == own)
        #expect(items?.count == 1)
    }

    @Test func `somebody else can ask for the transaction itself`() throws {
        let made = board.partner.control(
            "POST", "approval_requests",
            [
                "resource_id": .string(Board.transaction),
                "approval_method_id": .string(Board.method),
            ])
        #expect(made.json["type"] == "GROUP")
        #expect(made.json["entity_id"]?.text == Board.company)
        #expect(made.json["transaction_id"]?.text == Board.transaction)
        let nothing = board.partner.control(
            "POST", "approval_requests", ["resource_id": "nothing", "entity_id": "anna-enty"])
        #expect(nothing.status == 404)
    }

    @Test func `a GROUP request is denied and expires as a whole`() throws {
        let child = try board.ask(Board.anna, "anna-sms", for: parent)
        board.partner.control("POST", "approval_requests/\(parent)/expire")
        #expect(try board.state(parent) == "FAILED")
        #expect(try board.state(child) == "FAILED")
        #expect(try board.transactionState == "FAILED")
        #expect(
            board.partner.control("POST", "approval_requests/\(parent)/approve").status == 422)
    }

    @Test func `a group can be hidden, one by one and in the list`() throws {
        board.partner.control(
            "POST", "hostile",
            [
                "kind": "field_missing", "field": "approval_group",
                "endpoint": ["approval_method", "approval_methods"],
            ])
        #expect(try shownGroup == nil)
        let list = try board.partner.get("/v1/entities/\(Board.company)/approval_methods")
        #expect(list["items"]?.elements?.count == 3)
        #expect(list["items"]?.elements?.contains { $0["approval_group"] != nil } == false)
    }

    @Test func `a quorum can be shown other than it is`() throws {
        board.partner.control(
            "POST", "hostile",
            [
                "kind": "field_value", "field": "approval_group", "endpoint": "approval_method",
                "value": ["id": .string(Board.group), "quorum": 1, "members": []],
            ])
        #expect(try shownGroup?["quorum"] == 1)
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        #expect(approve(Board.anna) == 200)
        #expect(try board.state(parent) == "PENDING")
    }

    @Test func `a child can have its parent's id while the parent has its own`() throws {
        board.partner.control(
            "POST", "hostile", ["kind": "request_id_equals_resource_id", "request_type": "SMS"])
        #expect(try board.ask(Board.anna, "anna-sms", for: parent) == parent)
        #expect(try board.ask(Board.bora, "bora-push", for: parent) != parent)
        #expect(try board.partner.get("/v1/approval_requests/\(parent)")["type"] == "GROUP")
    }

    @Test(arguments: ["entity_id", "approval_method_id", "approval_group_id"])
    func `a request can lack what the guide's examples lack`(field: String) throws {
        let path = "/v1/approval_requests/\(parent)"
        #expect(try board.partner.get(path)[field] != nil)
        board.partner.control(
            "POST", "hostile",
            ["kind": "field_missing", "field": .string(field), "endpoint": "get_request"])
        #expect(try board.partner.get(path)[field] == nil)
    }

    @Test func `a half-approved group survives a restart`() throws {
        _ = try board.ask(Board.anna, "anna-sms", for: parent)
        let bora = try board.ask(Board.bora, "bora-push", for: parent)
        #expect(approve(Board.anna) == 200)
        let state = board.partner.sandbox.state
        let restored = try Partner(Sandbox(state: state))
        #expect(Array(restored.sandbox.state) == state)
        let shown = restored.control("GET", "approval_requests/\(parent)").json
        #expect(shown["approval_group_id"]?.text == Board.group)
        #expect(
            shown["children"]?.elements?.map { $0["state"]?.text } == ["APPROVED", "PENDING"])
        #expect(shown["children"]?.elements?.first?["sms_code"] == "012345")
        restored.control("POST", "clock", ["advance_seconds": 86_500])
        #expect(restored.control("GET", "approval_requests/\(bora)").json["state"] == "FAILED")
        let again = try Partner(Sandbox(state: state))
        #expect(again.control("POST", "entities/\(Board.bora)/approve").status == 200)
        #expect(again.control("GET", "approval_requests/\(parent)").json["state"] == "APPROVED")
    }
}
