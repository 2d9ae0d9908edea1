import CustodySandbox
import Testing

struct RefusedRequestTests {
    @Test func `an SMS is approved by its code`() throws {
        let board = try Board()
        let request = try board.ask("company-sms")
        let reply = try board.approve(request, code: "012345")
        #expect(reply.status == 201 && reply.json["state"] == "APPROVED")
        #expect(try board.transactionState == "APPROVED")
    }

    @Test func `a wrong code is the only attempt and cancels the transaction`() throws {
        let board = try Board()
        let request = try board.ask("company-sms")
        #expect(try board.approve(request, code: "012346").status == 422)
        #expect(try board.state(request) == "FAILED")
        #expect(try board.transactionState == "CANCELLED")
        #expect(try board.approve(request, code: "012345").status == 422)
        #expect(try board.transactionState == "CANCELLED")
    }

    @Test func `every SMS has another code where none is set`() throws {
        let board = try Board(settings: ["sms_code": .null])
        var codes: Set<String> = []
        for _ in 0..<4 {
            let shown = board.partner.control(
                "GET", "approval_requests/\(try board.ask("company-sms"))")
            let code = try #require(shown.json["sms_code"]?.text)
            #expect(code.utf8.count == 6)
            codes.insert(code)
        }
        #expect(codes.count == 4)
    }

    @Test func `a push is approved on the phone and not through the API`() throws {
        let board = try Board()
        let request = try board.ask("company-push")
        #expect(try board.approve(request, code: "012345").status == 422)
        #expect(board.partner.control("POST", "approval_requests/\(request)/approve").status == 200)
        #expect(try board.state(request) == "APPROVED")
        #expect(try board.transactionState == "APPROVED")
    }

    @Test func `a denied push cancels the transaction`() throws {
        let board = try Board()
        let request = try board.ask("company-push")
        board.partner.control("POST", "approval_requests/\(request)/deny")
        #expect(try board.state(request) == "FAILED")
        #expect(try board.transactionState == "CANCELLED")
    }

    @Test func `a push expires on the sandbox's clock and fails the transaction`() throws {
        let board = try Board(settings: ["expiry_seconds": ["AUTHY_PUSH": 60]])
        let request = try board.ask("company-push")
        board.partner.control("POST", "clock", ["advance_seconds": 50])
        #expect(try board.state(request) == "PENDING")
        board.partner.control("POST", "clock", ["advance_seconds": 11])
        #expect(try board.state(request) == "FAILED")
        #expect(try board.transactionState == "FAILED")
    }

    @Test(arguments: [("GROUP", Board.method), ("SMS", "company-sms")])
    func `other requests expire where a period is set`(type: String, method: String) throws {
        let board = try Board()
        let never = try board.ask(method)
        board.partner.control("POST", "settings", ["expiry_seconds": [type: 10]])
        let soon = try board.ask(method)
        board.partner.control("POST", "clock", ["advance_seconds": 12])
        #expect(try board.state(soon) == "FAILED")
        #expect(try board.transactionState == "FAILED")
        #expect(try board.state(never) == "FAILED", "it went with the transaction")
    }

    @Test func `what does not expire stays open`() throws {
        let board = try Board()
        let request = try board.ask()
        board.partner.control("POST", "clock", ["advance_seconds": 100_000_000])
        #expect(
            board.partner.control("GET", "approval_requests/\(request)").json["state"] == "PENDING")
    }

    @Test(arguments: [
        ("itself", "PENDING", "PENDING"), ("request", "FAILED", "PENDING"),
        ("transaction", "CANCELLED", "CANCELLED"),
    ])
    func `a member's denial takes along what the settings say`(
        ends: String, parentState: String, transactionState: String
    ) throws {
        let board = try Board(settings: ["refused_child_ends": .string(ends)])
        let parent = try board.ask()
        let bora = try board.ask(Board.bora, "bora-push", for: parent)
        let anna = try board.ask(Board.anna, "anna-sms", for: parent)
        board.partner.control("POST", "entities/\(Board.bora)/deny")
        #expect(try board.state(bora) == "FAILED")
        #expect(try board.state(parent) == parentState)
        #expect(try board.transactionState == transactionState)
        #expect(try board.state(anna) == (ends == "itself" ? "PENDING" : "CANCELLED"))
    }

    @Test(arguments: [
        ("itself", "PENDING", "PENDING"), ("request", "FAILED", "PENDING"),
        ("transaction", "FAILED", "FAILED"),
    ])
    func `a member's expiry takes along what the settings say`(
        ends: String, parentState: String, transactionState: String
    ) throws {
        let board = try Board(
            settings: [
                "refused_child_ends": .string(ends), "expiry_seconds": ["AUTHY_PUSH": 60],
            ])
        let parent = try board.ask()
        let bora = try board.ask(Board.bora, "bora-push", for: parent)
        board.partner.control("POST", "clock", ["advance_seconds": 61])
        #expect(try board.state(bora) == "FAILED")
        #expect(try board.state(parent) == parentState)
        #expect(try board.transactionState == transactionState)
    }

    @Test func `a person can answer about one transaction only`() throws {
        let board = try Board()
        board.partner.control(
            "POST", "transactions", ["id": "other", "account_id": .string(Board.account)])
        let first = try board.ask("company-push")
        let reply = try board.create("company-push", Board.company, "other", "TRANSACTION")
        let second = try #require(reply.json["id"]?.text)
        let answered = board.partner.control(
            "POST", "entities/\(Board.company)/approve", ["transaction_id": "other"])
        #expect(answered.json["items"]?.elements?.count == 1)
        #expect(try board.state(second) == "APPROVED")
        #expect(try board.state(first) == "PENDING")
        let states = try board.partner.report("approval_requests_by_state")
        #expect(states == ["AUTHY_PUSH APPROVED": 1, "AUTHY_PUSH PENDING": 1])
    }

    @Test func `an approval of the group completes where approvals complete`() throws {
        let board = try Board(settings: ["complete_immediately": true])
        let parent = try board.ask()
        board.partner.control("POST", "approval_requests/\(parent)/approve")
        #expect(try board.transactionState == "COMPLETED")
        let account = try board.partner.get(
            "/v1/entities/\(Board.company)/accounts/\(Board.account)")
        #expect(account["balance"] == "8.99950000")
    }

    @Test func `a state that is patched has no effects`() throws {
        let board = try Board()
        let parent = try board.ask()
        board.partner.control("PATCH", "approval_requests/\(parent)", ["state": "APPROVED"])
        #expect(try board.state(parent) == "APPROVED")
        #expect(try board.transactionState == "PENDING")
    }

    @Test func `a member's wrong code ends that request alone`() throws {
        let board = try Board()
        let parent = try board.ask()
        let anna = try board.ask(Board.anna, "anna-sms", for: parent)
        #expect(try board.approve(anna, code: "999999").status == 422)
        #expect(try board.state(anna) == "FAILED")
        #expect(try board.state(parent) == "PENDING")
        #expect(try board.transactionState == "PENDING")
    }

    @Test func `a deactivated method answers nothing any more`() throws {
        let board = try Board()
        let request = try board.ask("company-sms")
        board.partner.control("POST", "approval_methods/company-sms/deactivate")
        #expect(try board.approve(request, code: "012345").status == 422)
        #expect(board.partner.control("POST", "approval_requests/\(request)/approve").status == 422)
        #expect(try board.state(request) == "PENDING", "the attempt is not used up")
    }

    @Test func `a person for whom nothing waits has nothing to answer`() throws {
        let board = try Board()
        #expect(board.partner.control("POST", "entities/\(Board.anna)/approve").status == 404)
        #expect(board.partner.control("POST", "entities/\(Board.anna)/shrug").status == 404)
        #expect(board.partner.control("POST", "approval_requests/nothing/approve").status == 404)
    }
}
