import Foundation
import ProgramTestKit
import Testing

/// INVARIANT: I5. No limit is exceeded, and the same PENDING set gives the same verdicts.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LimitTests {
    private struct Payout {
        let id: String
        let createdAt: String
        let amount: Decimal
    }

    /// 30 payouts of 0.03 to 0.17 of an hour ago, in no order of time, some of the same second.
    private static func payouts() -> [Payout] {
        let start = Date(timeIntervalSinceNow: -3_600)
        let format = ISO8601DateFormatter()
        return (0..<30).map { number in
            let digits = String(number * 7_919 % 10_007)
            return Payout(
                id: String(repeating: "0", count: 32 - digits.count) + digits + "atrx",
                createdAt: format.string(
                    from: start.addingTimeInterval(Double(number * 13 % 20))),
                amount: Decimal(3 + number * 11 % 15) / 100)
        }
    }

    /// Which of them fit one after the other in order of time, then id: written down again here.
    private static func expected(_ payouts: [Payout], limit: Decimal) -> Set<String> {
        let inOrder = payouts.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        var (used, fitting) = (Decimal(0), Set<String>())
        let fee = Decimal(5) / 10_000
        for payout in inOrder where used + payout.amount + fee <= limit {
            used += payout.amount + fee
            fitting.insert(payout.id)
        }
        return fitting
    }

    private static func raw(_ payout: Payout) -> [String: Any] {
        AgentFolder.withdrawal(
            "-\(payout.amount)", fields: ["id": payout.id, "created_at": payout.createdAt])
    }

    @Test func `exactly those that fit in order of time and id leave, at any concurrency`()
        async throws
    {
        let payouts = Self.payouts()
        let expected = Self.expected(payouts, limit: 1)
        #expect(expected.count > 5 && expected.count < 20)
        for concurrency in [16, 1] {
            try await Scene.play { scene in
                try scene.folder.replace(
                    in: "countersign.yaml", "max_concurrency: 16", "max_concurrency: \(concurrency)"
                )
                try await scene.add(
                    [
                        [
                            "probability": 0.5,
                            "fault": ["kind": "latency", "milliseconds": 9],
                        ]
                    ], to: "faults")
                try await scene.create(payouts.map(Self.raw))
                let pass = try await scene.once()
                #expect(pass.code == 0, "\(pass.errors)")
                #expect(try await scene.approved() == expected)
                let refused = pass.items.filter { $0.outcome != "confirmed" }
                #expect(refused.count == 30 - expected.count)
                #expect(
                    refused.allSatisfy {
                        $0.action == "escalate" && $0.codes.contains("LIMIT_EXCEEDED")
                    })
                let again = try await scene.once()
                #expect(again.code == 0)
                #expect(try await scene.approved() == expected)
                #expect(try await Referee.problems(scene) == [])
            }
        }
    }

    @Test func `what the platform fails after it was approved frees no room`() async throws {
        try await Scene.play { scene in
            let first = try await scene.create((1...9).map { _ in AgentFolder.withdrawal() })
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(first))
            for id in first { try await scene.sandbox.control("POST", "transactions/\(id)/fail") }
            let next = try await scene.create([AgentFolder.withdrawal()])
            let pass = try await scene.once()
            #expect(pass.item(next[0])?.codes.contains("LIMIT_EXCEEDED") == true)
            #expect(try await scene.approved() == Set(first))
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `what the platform fails after it was signed frees no room`() async throws {
        try await Scene.play { scene in
            let first = try await scene.create((1...9).map { _ in AgentFolder.withdrawal() })
            try await scene.leaveSigned(9)
            for id in first { try await scene.sandbox.control("POST", "transactions/\(id)/fail") }
            let next = try await scene.create([AgentFolder.withdrawal()])
            let pass = try await scene.once()
            #expect(pass.code == 1)
            #expect(first.allSatisfy { pass.item($0)?.outcome == "failed" })
            #expect(pass.item(next[0])?.codes.contains("LIMIT_EXCEEDED") == true)
            #expect(try await scene.states()["failed"] == 9)
            #expect(try await scene.approved() == [])
            #expect(try await Referee.problems(scene) == [])
        }
    }

    @Test func `another revision counts what truly left`() async throws {
        try await Scene.play { scene in
            let first = try await scene.create((1...4).map { _ in AgentFolder.withdrawal() })
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(first))
            // 0.4020 left so far.
            try scene.revise(2, limit: ("1.00000000", "0.45000000"))
            let second = try await scene.create((1...2).map { _ in AgentFolder.withdrawal() })
            let pass = try await scene.once()
            #expect(second.allSatisfy { pass.item($0)?.codes.contains("LIMIT_EXCEEDED") == true })
            #expect(try await scene.approved() == Set(first))
            try scene.revise(3, limit: ("0.45000000", "0.55000000"))
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved().count == 5)
            try scene.folder.replace(in: "policies/policy.yaml", "btc-payouts-day", "another-name")
            try scene.revise(4, limit: ("0.55000000", "0.65000000"))
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved().count == 6)
            #expect(
                try await Referee.problems(scene, .init(limit: Decimal(string: "0.65"))) == [])
        }
    }
}

extension Scene {
    /// Lets the agent sign `count` transactions that the platform does not take, and kills it.
    func leaveSigned(_ count: Int) async throws {
        try await add(
            [["match": ["endpoint": "approve"], "fault": ["kind": "status", "status": 500]]],
            to: "faults")
        let agent = try start()
        try await sandbox.report {
            ($0["requests_by_endpoint"] as? [String: Int])?["POST approve"] ?? 0 >= count
        }
        agent.kill()
        guard await agent.end().code == -9 else {
            throw SandboxProcess.Failure(description: "it ended by itself: \(agent.errorsSoFar)")
        }
        try await clear("faults")
        let states = try await states()
        guard states["signed", default: 0] + states["delivered", default: 0] == count else {
            throw SandboxProcess.Failure(description: "not all are signed: \(states)")
        }
    }

    /// Writes the policy's next revision with another limit.
    func revise(_ revision: Int, limit: (String, String)? = nil) throws {
        try folder.replace(
            in: "policies/policy.yaml", "revision: \(revision - 1)", "revision: \(revision)")
        if let limit {
            try folder.replace(
                in: "policies/policy.yaml", "max_amount: \"\(limit.0)\"",
                "max_amount: \"\(limit.1)\"")
        }
    }
}
