import Foundation
import ProgramTestKit
import Testing

/// INVARIANT: I5, I9. What the platform changes or invents while people are asked.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct GroupInFlightTests {
    private static let sequential = Board.Terms(order: "sequential")

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

    /// What may happen to a group.
    enum Change: String, CaseIterable {
        case lowered, raised, swapped, added, deactivated

        func happen(_ board: Board) async throws {
            let members = Board.members.map(\.entity)
            switch self {
            case .lowered: try await board.changeGroup(["quorum": 1])
            case .raised: try await board.changeGroup(["quorum": 3])
            case .swapped:
                try await board.changeGroup(
                    ["members": [members[0], members[1], Board.stranger.entity]])
            case .added:
                try await board.changeGroup(["members": members + [Board.stranger.entity]])
            case .deactivated:
                try await board.scene.sandbox.control(
                    "POST", "approval_methods/\(Board.ID.method)/deactivate")
            }
        }

        func end(_ board: Board) async throws {
            try await board.changeGroup(
                ["quorum": 2, "members": Board.members.map(\.entity)])
            try await board.scene.sandbox.control(
                "POST", "approval_methods/\(Board.ID.method)/activate")
        }
    }

    @Test(arguments: Change.allCases)
    func `a group that is not as it is pinned is not asked`(_ change: Change) async throws {
        try await Board.play { board in
            try await change.happen(board)
            let id = try await board.withdrawal()
            let told = try await pass(board, id)
            #expect(told.action == "escalate" && told.codes == ["GROUP_CHANGED"])
            #expect(try await board.requests().isEmpty)
            try await expectWell(board, reserved: 0)
            try await change.end(board)
            #expect(try await pass(board, id).outcome == "pending")
            #expect(try await board.asked(id).count == 3)
            try await expectWell(board, reserved: 1)
        }
    }

    @Test(arguments: Change.allCases)
    func `a group that changes in flight ends the asking for ever, and frees nothing`(
        _ change: Change
    ) async throws {
        try await Board.play(Self.sequential) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await change.happen(board)
            let told = try await pass(board, id)
            #expect(told.action == "escalate" && told.codes == ["GROUP_CHANGED"])
            try await change.end(board)
            try await board.answer("anna", "approve")
            #expect(try await pass(board, id).codes == ["GROUP_CHANGED"])
            #expect(try await board.asked(id) == ["anna"])
            #expect(!board.isStopped)
            try await expectWell(board, reserved: 1)
        }
    }

    @Test func `a quorum lowered beneath those who approved is approved by others`() async throws {
        try await Board.play(Self.sequential) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await board.answer("anna", "approve")
            try await board.changeGroup(["quorum": 1])
            #expect(try await board.state(id) == "APPROVED")
            let told = try await pass(board, id)
            #expect(told.outcome == "conflict" && told.codes == ["GROUP_APPROVED_BY_OTHERS"])
            #expect(board.isStopped)
            try await expectWell(board, reserved: 1)
        }
    }

    @Test func `a group that is not shown is not asked, and asked once it is`() async throws {
        try await Board.play(Self.sequential) { board in
            let hidden: [[String: Any]] = [
                [
                    "kind": "field_missing", "field": "approval_group",
                    "endpoint": ["approval_method", "approval_methods"],
                ]
            ]
            try await board.scene.add(hidden, to: "hostile")
            let id = try await board.withdrawal()
            let told = try await pass(board, id)
            #expect(told.action == "hold" && told.codes == ["GROUP_UNREADABLE"])
            #expect(try await board.requests().isEmpty)
            try await board.scene.clear("hostile")
            #expect(try await pass(board, id).outcome == "pending")
            try await board.answer("anna", "approve")
            try await board.scene.add(hidden, to: "hostile")
            #expect(try await pass(board, id).codes == ["GROUP_UNREADABLE"])
            #expect(try await board.asked(id) == ["anna"])
            try await board.scene.clear("hostile")
            #expect(try await pass(board, id).outcome == "pending")
            #expect(try await board.asked(id) == ["anna", "bora"])
            try await board.answer("bora", "approve")
            #expect(try await pass(board, id).outcome == "confirmed")
            try await expectWell(board, reserved: 1)
        }
    }

    @Test func `approved without those whom we asked stops groups until a person resumes`()
        async throws
    {
        try await Board.play { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            let group = try #require(try await board.groups(id).first).id
            try await board.scene.sandbox.control("POST", "approval_requests/\(group)/approve")
            let other = try await board.withdrawal()
            let told = try await board.scene.once()
            #expect(told.code == 4)
            #expect(told.item(id)?.codes == ["GROUP_APPROVED_BY_OTHERS"])
            #expect(told.item(id)?.outcome == "conflict")
            #expect(told.item(other)?.codes == ["GROUP_STOPPED"])
            #expect(told.item(other)?.action == "hold")
            #expect(try await board.groups(other).isEmpty)
            let status = try await board.scene.folder.run("status")
            #expect(status.output.contains("GROUP_APPROVED_BY_OTHERS of \(id)"))
            try await expectWell(board, reserved: 1)
            #expect(try await board.scene.folder.run("resume").code == 0)
            #expect(!board.isStopped)
            #expect(try await pass(board, other).outcome == "pending")
            for name in ["anna", "carl"] { try await board.answer(name, "approve") }
            #expect(try await pass(board, other).outcome == "confirmed")
            try await expectWell(board, reserved: 2)
        }
    }

    @Test func `an approval in a request that is not ours is none`() async throws {
        try await Board.play(Self.sequential) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            let group = try #require(try await board.groups(id).first).id
            let foreign = try await board.addForeign("carl", in: group)
            try await board.scene.sandbox.control(
                "POST", "approval_requests/\(foreign)/approve")
            #expect(try await pass(board, id).outcome == "pending")
            try await board.answer("anna", "approve")
            #expect(try await board.state(id) == "APPROVED")
            let told = try await pass(board, id)
            #expect(told.outcome == "conflict" && told.codes == ["GROUP_APPROVED_BY_OTHERS"])
            #expect(board.isStopped)
            try await expectWell(board, reserved: 1)
        }
    }

    @Test(arguments: [
        ["kind": "request_id_equals_resource_id", "request_type": "SMS"],
        [
            "kind": "foreign_request", "request_type": "SMS", "field": "entity_id",
            "value": Board.stranger.entity,
        ],
        [
            "kind": "foreign_request", "request_type": "SMS", "field": "resource_type",
            "value": "TRANSACTION",
        ],
        [
            "kind": "foreign_request", "request_type": "SMS", "field": "approval_method_id",
            "value": Board.stranger.method,
        ],
        ["kind": "foreign_request", "request_type": "SMS", "field": "type", "value": "GROUP"],
    ])
    func `a member's request that is not what was asked for is none`(
        _ lie: [String: String]
    ) async throws {
        try await Board.play(Self.sequential) { board in
            try await board.scene.add([lie], to: "hostile")
            let id = try await board.withdrawal()
            let told = try await pass(board, id)
            #expect(told.action == "hold" && told.codes == ["FOREIGN_REQUEST"], "\(told)")
            #expect(told.outcome == "quarantined")
            let referee = try await BoardReferee(board, mayLose: true)
            #expect(referee.problems == [])
            let asking = BoardReferee.asking(referee.entries.filter { $0.id == id })
            #expect(asking?.members.allSatisfy(\.requests.isEmpty) == true)
            #expect(try await board.used() == "1.00000000")
        }
    }

    @Test(arguments: ["request_id_equals_resource_id", "foreign_request"])
    func `a GROUP request that is not what was asked for is none`(_ kind: String) async throws {
        try await Board.play { board in
            var lie: [String: Any] = ["kind": kind, "request_type": "GROUP"]
            if kind == "foreign_request" {
                lie["field"] = "entity_id"
                lie["value"] = Board.stranger.entity
            }
            try await board.scene.add([lie], to: "hostile")
            let id = try await board.withdrawal()
            let told = try await pass(board, id)
            #expect(told.action == "hold" && told.codes == ["FOREIGN_REQUEST"], "\(told)")
            #expect(try await board.asked(id).isEmpty)
            #expect(try await BoardReferee(board, mayLose: true).problems == [])
        }
    }

    @Test(arguments: [("amount", "-9.00000000"), ("address", AgentFolder.ID.coldWallet)])
    func `a transaction that changes while people are asked is for a person`(
        _ field: String, _ value: String
    ) async throws {
        try await Board.play(Self.sequential) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await board.scene.sandbox.control("PATCH", "transactions/\(id)", [field: value])
            let told = try await pass(board, id)
            #expect(told.action == "escalate" && told.codes == ["CHANGED_UNDER_US"])
            try await board.answer("anna", "approve")
            #expect(try await pass(board, id).codes == ["CHANGED_UNDER_US"])
            #expect(try await board.asked(id) == ["anna"])
            #expect(try await BoardReferee(board).problems == [])
            #expect(try await board.used() == "1.00000000")
        }
    }

    @Test func `what changed and was approved all the same is never confirmed`() async throws {
        try await Board.play { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            try await board.scene.sandbox.control(
                "PATCH", "transactions/\(id)", ["amount": "-9.00000000"])
            for name in ["anna", "bora"] { try await board.answer(name, "approve") }
            #expect(try await board.state(id) == "APPROVED")
            let told = try await pass(board, id)
            #expect(told.action == "hold" && told.codes == ["CHANGED_UNDER_US"], "\(told)")
            let kinds = try await Referee.entries(of: board.scene.folder).map(\.kind)
            #expect(!kinds.contains("confirmed"))
        }
    }

    @Test func `while halted nobody is asked, and what was asked is watched`() async throws {
        try await Board.play(Self.sequential) { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            #expect(try await board.scene.folder.run("halt", "--reason", "a drill").code == 0)
            try await board.answer("anna", "approve")
            #expect(try await pass(board, id).codes == ["HALTED"])
            #expect(try await board.asked(id) == ["anna"])
            #expect(try await board.scene.folder.run("resume").code == 0)
            _ = try await pass(board, id)
            #expect(try await board.asked(id) == ["anna", "bora"])
            try await board.answer("bora", "approve")
            #expect(try await pass(board, id).outcome == "confirmed")
            try await expectWell(board, reserved: 1)
        }
    }

    @Test(arguments: ["drop", "truncate"])
    func `a member whose request is lost on the way is asked again, three times at most`(
        _ fault: String
    ) async throws {
        try await Board.play(Self.sequential) { board in
            let id = try await board.withdrawal()
            try await board.scene.add(
                [
                    [
                        "match": ["endpoint": "create_request"], "after": 1,
                        "fault": ["kind": fault, "when": "after"],
                    ]
                ],
                to: "faults")
            for _ in 1...8 { _ = try await board.scene.once() }
            #expect(try await board.asked(id).count { $0 == "anna" } == 3)
            let referee = try await BoardReferee(board, mayLose: true)
            #expect(referee.problems == [])
            #expect(try await board.used() == "1.00000000")
        }
    }

    @Test func `the referee sees a confirmation that people did not give`() async throws {
        try await Board.play { board in
            let id = try await board.withdrawal()
            _ = try await pass(board, id)
            for name in ["anna", "bora"] { try await board.answer(name, "approve") }
            #expect(try await pass(board, id).outcome == "confirmed")
            try await expectWell(board, reserved: 1)
            let anna = try Board.person("anna").entity
            let child = try #require(try await board.requests().first { $0.entity == anna })
            try await board.scene.sandbox.control(
                "PATCH", "approval_requests/\(child.id)", ["state": "FAILED"])
            #expect(
                try await BoardReferee(board).problems
                    == ["\(id): confirmed with 1 approvals of its own"])
        }
    }

    @Test func `killed again and again as its request is made, it makes ten at most`() async throws
    {
        try await Board.play { board in
            let id = try await board.withdrawal()
            for _ in 1...12 {
                guard try await board.killed(at: ["endpoint": "create_request"]) else { break }
            }
            #expect(try await board.groups(id).count <= 10)
        }
    }
}
