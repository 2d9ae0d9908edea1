import ApprovalAgent
import Foundation
import PolicyYAML
import Testing

/// What the fuzzer of the policy's loader starts from, and whatever it ever found.
struct FuzzCorpusTests {
    private func files(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let place = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "FuzzTesting/\(folder)")
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(
            at: place, includingPropertiesForKeys: nil
        ).map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
    }

    @Test func `every seed and every find of the policy fuzzer holds`() throws {
        let seeds = try files("Corpus/policy")
        #expect(seeds.count >= 20)
        for (name, bytes) in try seeds + files("Finds/policy") {
            #expect(PolicyTrial.problem(of: bytes) == nil, "\(name)")
        }
    }

    @Test func `a sound seed loads and a bad one is refused`() throws {
        var (loaded, refused) = (0, 0)
        for (name, bytes) in try files("Corpus/policy") {
            let isLoaded = PolicyTrial.check(bytes).loaded != nil
            if name.hasPrefix("sound-") {
                #expect(isLoaded, "\(name)")
                loaded += 1
            } else if name.hasPrefix("bad-") {
                #expect(!isLoaded, "\(name)")
                refused += 1
            }
        }
        #expect(loaded >= 2 && refused >= 15)
    }

    @Test func `files in memory are judged as the same files on disk`() throws {
        var text = PolicyText()
        text.others = ["tests/2_test.yaml": "apiVersion: countersign/v1\nkind: Policy\n"]
        for policy in [text.policy, text.policy + "rulez: []\n", ""] {
            text.policy = policy
            let parts = [policy, text.book] + text.others.values
            let separator = String(decoding: [PolicyTrial.separator], as: UTF8.self)
            let inMemory = PolicyTrial.check(Array(parts.joined(separator: separator).utf8))
            let onDisk = try text.check()
            #expect(inMemory.findings == onDisk.findings)
            #expect(inMemory.loaded?.digest == onDisk.loaded?.digest)
        }
        #expect(
            PolicyTrial.check(Array(text.policy.utf8)).findings.contains {
                $0.file == "p/address_book.yaml" && $0.message == "there is no such file"
            })
    }
}
