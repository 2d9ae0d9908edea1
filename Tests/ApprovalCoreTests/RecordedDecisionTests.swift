import AgentTestKit
import ApprovalCore
import Testing

/// INVARIANT: I12. Recorded in Tests/Vectors/decisions.sha256, beside which a release build of
/// the benchmarks prints the same: `DecideBenchmark digest`.
struct RecordedDecisionTests {
    @Test func `the same 12,000 cases give the same bytes on every machine, build and day`()
        async throws
    {
        let serial = try RecordedDecisions.bytes(0..<RecordedDecisions.policies)
        let half = RecordedDecisions.policies / 2
        async let first = Self.bytes(0..<half)
        async let second = Self.bytes(half..<RecordedDecisions.policies)
        let together = try await first + second
        #expect(serial == together)
        let lines = serial.split(separator: 0x0A)
        #expect(lines.count == 12_000)
        let recorded = String(
            decoding: try Vectors.own("decisions.sha256").prefix(64), as: UTF8.self)
        #expect(TestSHA256.hash(serial).description == recorded)
    }

    /// On a thread of the pool, whatever the caller's is.
    @concurrent private static func bytes(_ numbers: Range<Int>) async throws -> [UInt8] {
        try RecordedDecisions.bytes(numbers)
    }
}
