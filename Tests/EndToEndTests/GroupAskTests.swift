import Foundation
import ProgramTestKit
import Testing

/// People are asked, and answer, over real sockets.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct GroupAskTests {
    /// All orders in which two of three can answer.
    private static let pairs = [
        ["anna", "bora"], ["anna", "carl"], ["bora", "anna"], ["bora", "carl"], ["carl", "anna"],
        ["carl", "bora"],
    ]

    /// One pass; what came of one transaction.
    private func pass(_ board: Board, _ id: String) async throws -> Pass.Item {
        let pass = try await board.scene.once()
        return try #require(pass.item(id), "\(pass.code) \(pass.errors)")
    }

    private func expectWell(_ board: Board, reserved: Int) async throws {
        let referee = try await BoardReferee(board)
        #expect(referee.problems == [])
        #expect(referee.reserved == Decimal(reserved))
        #expect(try await board.used() == "\(reserved).00000000")
    }

    @Test func `asked all at once, any two of three approve it, in any order`() async throws {
        try await Board.play { board in
            for pair in Self.pairs {
                let id = try await board.withdrawal()
                let first = try await pass(board, id)
                #expect(first.action == "allow" && first.outcome == "pending")
                #expect(first.codes.contains("QUORUM_WAITING"))
                #expect(try await board.asked(id) == ["anna", "bora", "carl"])
                #expect(try await board.answer(pair[0], "approve", about: id))
                #expect(try await pass(board, id).outcome == "pending")
                #expect(try await board.state(id) == "PENDING")
                #expect(try await board.answer(pair[1], "approve", about: id))
                #expect(try await board.state(id) == "APPROVED")
                #expect(try await pass(board, id).outcome == "confirmed")
                #expect(try await board.asked(id).count == 3)
            }
            #expect(try await board.scene.once().items.isEmpty)
            try await expectWell(board, reserved: 6)
        }
    }

    @Test func `asked one after the other, in each order, and the third never`() async throws {
        try await Board.play(.init(order: "sequential")) { board in
            for (index, pair) in Self.pairs.enumerated() {
                let third = Board.members.map(\.name).filter { !pair.contains($0) }
                try board.write(
                    .init(ask: pair + third, order: "sequential"), revision: index + 2)
                let id = try await board.withdrawal()
                #expect(try await pass(board, id).outcome == "pending")
                #expect(try await board.asked(id) == [pair[0]])
                // Who has not answered is not passed over.
                #expect(try await pass(board, id).outcome == "pending")
                #expect(try await board.asked(id) == [pair[0]])
                try await board.answer(pair[0], "approve", about: id)
                #expect(try await pass(board, id).outcome == "pending")
                #expect(try await board.asked(id) == pair)
                try await board.answer(pair[1], "approve", about: id)
                #expect(try await pass(board, id).outcome == "confirmed")
                #expect(try await board.asked(id) == pair)
            }
            try await expectWell(board, reserved: 6)
        }
    }

    @Test func `an agent that goes on asks, sees who answered and confirms by itself`() async throws
    {
        try await Board.play(.init(order: "sequential")) { board in
            let agent = try board.scene.start()
            let id = try await board.withdrawal()
            for (count, name) in [(2, "anna"), (3, "bora")] {
                try await board.scene.sandbox.report { $0["approval_requests"] as? Int == count }
                #expect(try await board.answer(name, "approve"))
            }
            #expect(await agent.errorLine(holding: "\"outcome\":\"confirmed\"") != nil)
            agent.terminate()
            #expect(await agent.end().code == 0)
            #expect(try await board.asked(id) == ["anna", "bora"])
            try await expectWell(board, reserved: 1)
        }
    }

    @Test func `a dry run asks nobody and reserves nothing`() async throws {
        try await Board.play { board in
            let id = try await board.withdrawal()
            let dry = try await board.scene.once("--dry-run")
            #expect(dry.code == 0 && dry.item(id)?.action == "allow", "\(dry.errors)")
            #expect(dry.item(id)?.codes.contains("QUORUM_REQUIRED") == true)
            #expect(try await board.requests().isEmpty)
            #expect(try await board.used() == "0.00000000")
            let posts = try await board.scene.sandbox.requests().filter {
                $0["method"] as? String != "GET"
            }
            #expect(posts.isEmpty)
        }
    }

    @Test func `whoever denies is passed over, and the others may still be enough`() async throws {
        try await Board.play(.init(order: "sequential")) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await board.answer("anna", "deny")
            _ = try await pass(board, id)
            #expect(try await board.asked(id) == ["anna", "bora"])
            try await board.answer("bora", "approve")
            _ = try await pass(board, id)
            #expect(try await board.asked(id) == ["anna", "bora", "carl"])
            try await board.answer("carl", "approve")
            #expect(try await pass(board, id).outcome == "confirmed")
            try await expectWell(board, reserved: 1)
        }
    }

    @Test(arguments: ["deny", "expire"])
    func `two who refuse end it, and what is reserved stays until it is cancelled`(
        _ answer: String
    ) async throws {
        try await Board.play(.init(order: "sequential")) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await board.answer("anna", answer)
            _ = try await pass(board, id)
            try await board.answer("bora", answer)
            for _ in 1...2 {
                let end = try await pass(board, id)
                #expect(end.action == "escalate" && end.codes == ["QUORUM_DENIED"])
            }
            #expect(try await board.asked(id) == ["anna", "bora"])
            try await expectWell(board, reserved: 1)
            try await board.scene.sandbox.control("POST", "transactions/\(id)/cancel")
            #expect(try await pass(board, id).outcome == "failed")
            try await expectWell(board, reserved: 0)
        }
    }

    @Test(arguments: ["itself", "request", "transaction"])
    func `a denial takes along what the platform says`(
        _ ends: String
    ) async throws {
        try await Board.play(
            .init(order: "sequential"), settings: ["refused_child_ends": ends]
        ) { board in
            // Anna answers an SMS, Bora a push.
            for (index, first) in ["anna", "bora"].enumerated() {
                let others = Board.members.map(\.name).filter { $0 != first }
                try board.write(
                    .init(ask: [first] + others, order: "sequential"), revision: index + 2)
                let id = try await board.withdrawal()
                _ = try await pass(board, id)
                try await board.answer(first, "deny", about: id)
                let next = try await pass(board, id)
                switch ends {
                case "itself":
                    #expect(next.outcome == "pending")
                    #expect(try await board.asked(id) == [first, others[0]])
                case "request":
                    #expect(next.action == "escalate" && next.codes == ["QUORUM_DENIED"])
                    #expect(try await board.asked(id) == [first])
                    #expect(try await board.state(id) == "PENDING")
                default:
                    #expect(next.outcome == "failed")
                    #expect(try await board.asked(id) == [first])
                    #expect(try await board.state(id) == "CANCELLED")
                }
            }
            try await expectWell(board, reserved: ends == "transaction" ? 0 : 2)
        }
    }

    @Test(arguments: ["itself", "request", "transaction"])
    func `a code that the partner's backend posts is an answer, and a wrong one a refusal`(
        _ ends: String
    ) async throws {
        try await Board.play(
            settings: ["refused_child_ends": ends, "sms_code": "012345"]
        ) { board in
            let backend = PartnerBackend(board.scene.folder, at: board.scene.sandbox)
            func post(_ code: String, of name: String, about id: String) async throws -> Int {
                let entity = try Board.person(name).entity
                let child = try #require(
                    try await board.requests().first {
                        $0.transaction == id && $0.entity == entity
                    })
                return try await backend.post(
                    "/v1/approval_requests/\(child.id)/approve", ["response": code])
            }
            let right = try await board.withdrawal()
            _ = try await pass(board, right)
            #expect(try await post("012345", of: "anna", about: right) == 201)
            #expect(try await post("012345", of: "carl", about: right) == 201)
            #expect(try await pass(board, right).outcome == "confirmed")
            let wrong = try await board.withdrawal()
            _ = try await pass(board, wrong)
            #expect(try await post("543210", of: "anna", about: wrong) == 422)
            // There is one attempt.
            #expect(try await post("012345", of: "anna", about: wrong) == 422)
            let told = try await pass(board, wrong)
            #expect(
                (told.outcome ?? told.codes.joined())
                    == ["itself": "pending", "request": "QUORUM_DENIED"][ends, default: "failed"])
            try await expectWell(board, reserved: ends == "transaction" ? 1 : 2)
        }
    }

    @Test func `after the time nobody else is asked, and what was asked may still approve it`()
        async throws
    {
        try await Board.play(.init(expiresAfter: "2s")) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            #expect(try await board.asked(id).count == 3)
            let end = try await passes(board, id) { $0.codes == ["QUORUM_EXPIRED"] }
            #expect(end.action == "escalate" && end.outcome == nil)
            #expect(try await board.state(id) == "PENDING")
            try await expectWell(board, reserved: 1)
            try await board.answer("carl", "approve")
            #expect(try await pass(board, id).codes == ["QUORUM_EXPIRED"])
            try await board.answer("bora", "approve")
            #expect(try await pass(board, id).outcome == "confirmed")
            try await expectWell(board, reserved: 1)
        }
    }

    @Test func `after the time the next is not asked, whatever the first says`() async throws {
        try await Board.play(.init(order: "sequential", expiresAfter: "2s")) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            _ = try await passes(board, id) { $0.codes == ["QUORUM_EXPIRED"] }
            try await board.answer("anna", "approve")
            for _ in 1...2 { #expect(try await pass(board, id).codes == ["QUORUM_EXPIRED"]) }
            #expect(try await board.asked(id) == ["anna"])
            try await expectWell(board, reserved: 1)
        }
    }

    @Test func `after the time it is cancelled where the policy says so`() async throws {
        try await Board.play(.init(expiresAfter: "2s", onExpiry: "cancel")) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            let end = try await passes(board, id) { $0.action == "escalate" }
            #expect(end.codes == ["QUORUM_EXPIRED"])
            #expect(try await board.state(id) == "CANCELLED")
            let kinds = try await Referee.entries(of: board.scene.folder).map(\.kind)
            #expect(kinds.filter { $0 == "cancelled" }.count == 1)
            #expect(try await pass(board, id).outcome == "failed")
            try await expectWell(board, reserved: 0)
        }
    }

    /// Passes until one says so, some hundred at most.
    private func passes(
        _ board: Board, _ id: String, until isSo: (Pass.Item) -> Bool
    ) async throws -> Pass.Item {
        for _ in 1...200 {
            let item = try await pass(board, id)
            if isSo(item) { return item }
        }
        throw SandboxProcess.Failure(description: "200 passes, and it never came")
    }

    @Test func `who approved, who is missing and until when is shown`() async throws {
        try await Board.play { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await board.answer("bora", "approve")
            _ = try await pass(board, id)
            let told =
                "group board: 1 of 2 approvals; approved by bora; waiting for anna, carl; until "
            let status = try await board.scene.folder.run("status")
            #expect(status.lines.contains { $0.contains("\(id): \(told)") }, "\(status.output)")
            let explained = try await board.scene.folder.run("explain", id)
            #expect(explained.code == 0)
            #expect(explained.lines.contains { $0.hasPrefix("  \(told)") }, "\(explained.output)")
            let json = try await board.scene.folder.run("status", "--format", "json").objects
            let asked = try #require(json.first?["asked"] as? [[String: Any]])
            #expect(asked.map { $0["transaction_id"] as? String } == [id])
            let asking = try #require(asked.first?["asking"] as? [String: Any])
            let members = asking["members"] as? [[String: Any]] ?? []
            #expect(members.map { $0["standing"] as? String } == ["open", "approved", "open"])
        }
    }
}
