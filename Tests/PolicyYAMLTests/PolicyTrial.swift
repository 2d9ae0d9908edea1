import AgentTestKit
import ApprovalAgent
import PolicyYAML

/// What must hold of the policy's loader for any bytes at all. The fuzzer runs it, and so do the
/// tests over what the fuzzer keeps.
enum PolicyTrial {
    /// Stands between the files in the bytes of one trial: the ASCII record separator, which no
    /// policy may hold. First `policy.yaml`, then `address_book.yaml`, then files of tests.
    static let separator: UInt8 = 0x1E

    /// Nil where everything holds; a refusal with findings is fine.
    static func problem(of bytes: [UInt8]) -> String? {
        let (loaded, findings) = check(bytes)
        let hasErrors = findings.contains { $0.severity == .error }
        guard (loaded == nil) == hasErrors else {
            return hasErrors ? "loaded in spite of an error" : "refused without a finding"
        }
        guard loaded?.warnings.count == findings.count || loaded == nil else {
            return "a warning was lost"
        }
        guard findings == findings.sorted() else { return "the findings are out of order" }
        for finding in findings {
            if let problem = problem(of: finding, in: bytes) { return "\(problem): \(finding)" }
        }
        return nil
    }

    /// What the loader says of the files in `bytes`.
    static func check(_ bytes: [UInt8]) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        let parts = bytes.split(
            separator: separator, maxSplits: 5, omittingEmptySubsequences: false)
        let files = parts.enumerated().map { index, part in
            let path =
                switch index {
                case 0: "policy.yaml"
                case 1: "address_book.yaml"
                default: "tests/\(index)_test.yaml"
                }
            return PolicyFile(path: path, bytes: Array(part))
        }
        return PolicyDirectory(path: "", shownAs: "p", sha256: TestSHA256.hash).check(files: files)
    }

    private static func problem(of finding: Finding, in bytes: [UInt8]) -> String? {
        let line = finding.description
        guard !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return "a finding of more than one line"
        }
        guard finding.file.hasPrefix("p/"), !finding.message.isEmpty else {
            return "a finding that says nothing"
        }
        let place = finding.position
        guard place.line >= 1, place.line <= bytes.count + 1, place.column >= 1,
            place.column <= bytes.count + 1
        else { return "a finding outside the file" }
        return nil
    }
}
