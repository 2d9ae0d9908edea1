import Foundation
import ProgramTestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct VolumeTests {
    @Test func `2,000 PENDING over many pages are each seen once`() async throws {
        try await Scene.play(policy: Scene.unlimited) { scene in
            var raw: [[String: Any]] = []
            for number in 1...2_000 {
                raw.append(
                    number.isMultiple(of: 10)
                        ? AgentFolder.withdrawal("-0.00100000")
                        : AgentFolder.withdrawal("-0.90000000"))
            }
            let ids = try await scene.create(raw)
            #expect(Set(ids).count == 2_000)
            let began = ContinuousClock.now
            let pass = try await scene.once()
            #expect(pass.code == 0, "\(pass.errors)")
            #expect(pass.items.count == 2_000)
            #expect(Set(pass.items.compactMap(\.id)) == Set(ids))
            #expect(pass.summary?["seen"] == 2_000)
            #expect(pass.summary?["confirmed"] == 200)
            let described = try await scene.described()
            #expect(described.count { $0.accepted.count == 1 } == 200)
            #expect(described.filter { $0.accepted.isEmpty }.allSatisfy { $0.reads == 1 })
            #expect(try await Referee.problems(scene, .init(limit: nil)) == [])
            print("2,000 seen and 200 approved in \(ContinuousClock.now - began)")
        }
    }
}
