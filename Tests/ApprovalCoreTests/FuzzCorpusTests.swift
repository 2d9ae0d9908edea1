import ApprovalCore
import Foundation
import Testing

/// What the fuzzer of the JSON reader starts from, and whatever it ever found.
struct FuzzCorpusTests {
    private func files(_ folder: String) throws -> [URL] {
        let place = Vectors.repository.appending(path: "FuzzTesting/\(folder)")
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(
            at: place, includingPropertiesForKeys: nil)
    }

    @Test func `every seed and every find of the JSON fuzzer holds`() throws {
        let seeds = try files("Corpus/json")
        #expect(seeds.count >= 20)
        for file in try seeds + files("Finds/json") {
            let bytes = try Vectors.bytes(of: file)
            #expect(JSONTrial.problem(of: bytes) == nil, "\(file.lastPathComponent)")
        }
    }

    @Test func `the seeds reach both ends: documents that are read and documents that are not`()
        throws
    {
        let parsed = try files("Corpus/json").map {
            try? JSONValue(parsing: try Vectors.bytes(of: $0))
        }
        #expect(parsed.filter { $0 == nil }.count >= 5)
        #expect(parsed.filter { $0?.canonicalBytes != nil }.count >= 10)
        let bodies = try files("Corpus/json").map { try Vectors.bytes(of: $0) }
        #expect(bodies.contains { (try? Transaction(bytes: $0)) != nil })
        #expect(bodies.contains { (try? ApprovalRequest(bytes: $0))?.challengeAttributes != nil })
        #expect(bodies.contains { (try? TransactionPage(bytes: $0)) != nil })
        #expect(bodies.contains { (try? Account(bytes: $0)) != nil })
    }
}
