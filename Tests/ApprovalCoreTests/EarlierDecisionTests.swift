import AgentTestKit
import ApprovalCore
import Testing

/// The decisions of Tests/Vectors/decisions-asking-nobody.sha256 were recorded before `quorum` and
/// `tier` were part of the language.
struct EarlierDecisionTests {
    @Test func `what asks nobody is decided as it was before anybody could be asked`() throws {
        let bytes = try RecordedDecisions.bytes(0..<RecordedDecisions.firstAsking)
        #expect(bytes.count { $0 == 0x0A } == 10_000)
        let recorded = String(
            decoding: try Vectors.own("decisions-asking-nobody.sha256").prefix(64), as: UTF8.self)
        #expect(TestSHA256.hash(bytes).description == recorded)
    }
}
