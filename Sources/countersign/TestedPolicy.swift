import ApprovalAgent
import ApprovalCore
import Foundation
import PolicyYAML
import SodiumKeys

/// The policy of a configuration: read, checked, and held against its own tests.
struct TestedPolicy: Sendable {
    let directory: PolicyDirectory
    private let shownAs: String

    init(_ configuration: Configuration) {
        shownAs = configuration.policyShownAs
        directory = PolicyDirectory(
            path: configuration.policyDirectory, shownAs: shownAs, sha256: Sodium.sha256,
            now: { SystemClock().now() })
    }

    /// What the tests of a policy gave.
    struct Outcome {
        /// How many were run.
        let count: Int
        /// One line for each thing that a test expected and did not find.
        let failures: [String]
        /// Rules that no test exercises (W109).
        let findings: [Finding]
    }

    /// Reads and checks it; its tests are not run.
    func load() throws(PolicyRejected) -> LoadedPolicy { try directory.load() }

    /// Runs the tests that stand beside a policy.
    func test(_ loaded: LoadedPolicy) -> Outcome {
        let (report, findings) = PolicyTests.run(loaded, shownAs: shownAs)
        let failures = report.results.flatMap { result in
            result.failures.map {
                "\(result.file):\(result.line): test \"\(result.name)\" failed: \($0.message)"
            }
        }
        return Outcome(count: report.results.count, failures: failures, findings: findings)
    }

    /// Reads, checks and tests it. One that fails a test is rejected like one that has an error.
    func loadTested() throws(PolicyRejected) -> LoadedPolicy {
        let loaded = try load()
        let tests = test(loaded)
        guard tests.failures.isEmpty else { throw PolicyRejected(findings: tests.failures) }
        return LoadedPolicy(
            policy: loaded.policy, digest: loaded.digest, files: loaded.files,
            warnings: loaded.warnings + tests.findings.map(\.description))
    }

    /// Loads it again where the bell rings, on a thread of its own: it may take seconds, and
    /// decisions go on meanwhile. `begins` is called first.
    func reloading(bell: Bell, begins: @escaping @Sendable () -> Void) -> Reloading {
        let queue = DispatchQueue(label: "policy")
        return Reloading(bell: bell) { () async throws(PolicyRejected) in
            begins()
            return try await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: loaded()) }
            }.get()
        }
    }

    private func loaded() -> Result<LoadedPolicy, PolicyRejected> {
        do throws(PolicyRejected) { return .success(try loadTested()) } catch {
            return .failure(error)
        }
    }
}

extension Wiring {
    /// The policy's warnings; refuses a policy that fails one of its own tests, as a reload does.
    func passTests() throws(Failure) -> [String] {
        let tests = TestedPolicy(configuration).test(policy)
        guard tests.failures.isEmpty else { throw .refused(tests.failures) }
        return policy.warnings + tests.findings.map(\.description)
    }
}
