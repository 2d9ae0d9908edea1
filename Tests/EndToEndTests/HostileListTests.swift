import Foundation
import ProgramTestKit
import Testing

/// Lies of a list. INVARIANT: I9.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HostileListTests {
    @Test(arguments: ["trailing_comma", "bom", "nan", "truncated"])
    func `an item that spoils its page is put aside, and the others go through`(
        fault: String
    ) async throws {
        try await Scene.play(policy: Scene.unlimited) { scene in
            let ids = try await scene.create((1...9).map { _ in AgentFolder.withdrawal() })
            try await scene.add(
                [
                    [
                        "kind": "bad_json", "fault": fault, "transaction_id": ids[4],
                        "endpoint": "list",
                    ]
                ],
                to: "hostile")
            let pass = try await scene.once()
            #expect(pass.code == 4, "\(pass.errors)")
            #expect(try await scene.approved() == Set(ids).subtracting([ids[4]]))
            let put = pass.items.filter { $0.outcome != "confirmed" }
            #expect(put.map(\.codes) == [["MALFORMED"]])
            #expect(put.map(\.outcome) == ["quarantined"])
            try await scene.clear("hostile")
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(ids))
            #expect(try await Referee.problems(scene, .init(limit: nil)) == [])
        }
    }

    @Test func `a list that is never readable approves nothing of that account and ends`()
        async throws
    {
        try await Scene.play { scene in
            let transfer = try await scene.create([AgentFolder.transfer()])
            _ = try await scene.create((1...9).map { _ in AgentFolder.withdrawal() })
            try await scene.add([["kind": "bad_json"]], to: "hostile")
            let pass = try await scene.once("--dry-run")
            #expect(pass.code != 0)
            #expect(try await scene.approved() == [])
            let requests = try await scene.sandbox.report()["requests"] as? Int ?? 0
            // Two accounts, two pages each of 64 that are halved down to 1, and little else.
            #expect(requests <= 2 * 2 * 127 + 8)
            try await scene.clear("hostile")
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved().isSuperset(of: transfer))
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `an ignored filter widens nothing`() async throws {
        try await Scene.play(policy: Scene.unlimited) { scene in
            let right = try await scene.create((1...3).map { _ in AgentFolder.withdrawal() })
            let types = ["DEPOSIT", "TRANSFER_INCOMING", "WITHDRAWAL_FEE", "withdrawal"].map {
                AgentFolder.withdrawal(fields: ["type": $0])
            }
            let states = ["COMPLETED", "FAILED", "CANCELLED", "CREATING", "pending"].map {
                AgentFolder.withdrawal(fields: ["state": $0])
            }
            let wrong = try await scene.create(types + states)
            let foreign = try await scene.create([AgentFolder.withdrawal()])
            try await scene.add(
                [
                    ["kind": "ignore_filters"],
                    [
                        "kind": "field_value", "field": "account_id", "endpoint": "list",
                        "value": AgentFolder.ID.treasury, "transaction_id": foreign[0],
                    ],
                ], to: "hostile")
            let pass = try await scene.once()
            #expect(pass.item(foreign[0])?.codes == ["MALFORMED"])
            #expect(pass.items.filter { wrong.contains($0.id ?? "") }.isEmpty)
            #expect(try await scene.approved() == Set(right))
            let read = try await scene.described().filter { wrong.contains($0.id) }
            #expect(read.count == 9 && read.allSatisfy { $0.reads == 0 && $0.attempts.isEmpty })
            #expect(try await Referee.problems(scene, .init(limit: nil)) == [])
        }
    }

    @Test(arguments: ["next_null", "loop", "empty_page", "no_object"])
    func `pages that end early, repeat or are empty approve nothing wrong and nothing twice`(
        fault: String
    ) async throws {
        try await Scene.play(policy: Scene.unlimited) { scene in
            let ids = try await scene.create(
                (1...70).map { _ in AgentFolder.withdrawal("-0.00100000") })
            try await scene.add(
                [["kind": "pagination", "fault": fault, "times": 1]], to: "hostile")
            let pass = try await scene.once()
            let expected: (code: Int32, approved: Int) =
                switch fault {
                case "next_null": (0, 64)
                case "empty_page": (0, 6)
                default: (1, 0)
                }
            #expect(pass.code == expected.code, "\(pass.errors)")
            #expect(try await scene.approved().count == expected.approved)
            try await scene.clear("hostile")
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(ids))
            #expect(try await Referee.problems(scene, .init(limit: nil)) == [])
        }
    }
}
